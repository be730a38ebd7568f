#include "engine/session/apply.hpp"

#include <gtest/gtest.h>

#include "engine/session/canonical.hpp"
#include "engine/session/limits.hpp"
#include "tests/engine/session/session_fixture.hpp"

namespace talkback::session {
namespace {

TEST(ApplyTest, UpdateTouchesOnlyTheNamedField) {
  Session session = small_song();
  ASSERT_TRUE(apply(session, edit_with(set(session, kVocal, "track.fader_db", "-3 dB"))));
  EXPECT_EQ(session.find(kVocal)->track().fader_db(), -3.0);
  EXPECT_EQ(session.find(kVocal)->track().name(), "Vocal");
}

TEST(ApplyTest, LastWriterWinsPerField) {
  Session session = small_song();
  ASSERT_TRUE(apply(session, edit_with(set(session, kVocal, "track.fader_db", "-3"))));
  ASSERT_TRUE(apply(session, edit_with(set(session, kVocal, "track.pan", "0.5"))));
  ASSERT_TRUE(apply(session, edit_with(set(session, kVocal, "track.fader_db", "-6"))));
  EXPECT_EQ(session.find(kVocal)->track().fader_db(), -6.0);
  EXPECT_EQ(session.find(kVocal)->track().pan(), 0.5);
}

TEST(ApplyTest, UpdateOfSomethingDeletedDoesNothingAndIsReported) {
  Session session = small_song();
  const v1::Operation late = set(session, kVocal, "track.fader_db", "-3");
  ASSERT_TRUE(apply(session, edit_with(erase(kVocal))));
  const Sha256Digest before = digest(session);
  const auto report = apply(session, edit_with(late));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->skipped.size(), 1u);
  EXPECT_TRUE(report->changes.empty());
  EXPECT_EQ(digest(session), before);
}

TEST(ApplyTest, DeletingATrackTakesEverythingBelowItAlong) {
  Session session = small_song();
  ASSERT_TRUE(apply(session, edit_with(erase(kVocal))));
  for (const ObjectId id : {kVocal, kCompressor, kEqualiser, kSend, kClip}) EXPECT_EQ(session.find(id), nullptr);
  EXPECT_NE(session.find(kSource), nullptr);
}

TEST(ApplyTest, DeletingABusEndsSendsToItAndClearsOutputs) {
  Session session = small_song();
  ASSERT_TRUE(apply(session, edit_with(set(session, kKeys, "track.output_id", "Reverb"))));
  ASSERT_TRUE(apply(session, edit_with(erase(kReverbBus))));
  EXPECT_EQ(session.find(kSend), nullptr);
  EXPECT_EQ(session.find(kKeys)->track().output_id(), 0u);
}

TEST(ApplyTest, RejectedEditChangesNothing) {
  Session session = small_song();
  const Sha256Digest before = digest(session);
  v1::Edit edit = edit_with(set(session, kVocal, "track.fader_db", "-3"));
  *edit.add_operations() = erase(kKeys);
  *edit.add_operations() = set(session, kVocal, "track.pan", "7");
  const auto report = apply(session, edit);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::invalid);
  EXPECT_EQ(report.error().message, "track \"Vocal\": pan must lie between -1 and 1, not 7");
  EXPECT_EQ(digest(session), before);
}

TEST(ApplyTest, CreatingAnIdTwiceIsAConflict) {
  Session session = small_song();
  const auto report = apply(session, edit_with(create(new_track(kVocal, "Again", v1::Track::AUDIO))));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::conflict);
}

TEST(ApplyTest, InverseOfADeletionBringsTheWholeTreeBack) {
  Session session = small_song();
  const Sha256Digest before = digest(session);
  const auto report = apply(session, edit_with(erase(kReverbBus)));
  ASSERT_TRUE(report);
  ASSERT_TRUE(apply(session, inverse_of(*report)));
  EXPECT_EQ(digest(session), before);
}

TEST(ApplyTest, InverseLeavesLaterWorkOfOthersAlone) {
  Session session = small_song();
  const auto mine = apply(session, edit_with(set(session, kVocal, "track.fader_db", "-3")));
  ASSERT_TRUE(mine);
  ASSERT_TRUE(apply(session, edit_with(set(session, kVocal, "track.pan", "0.25"))));
  ASSERT_TRUE(apply(session, inverse_of(*mine)));
  EXPECT_EQ(session.find(kVocal)->track().fader_db(), 0.0);
  EXPECT_EQ(session.find(kVocal)->track().pan(), 0.25);
}

TEST(ApplyTest, TooManyOperationsAreRefusedByName) {
  Session session = small_song();
  v1::Edit edit;
  for (int i = 0; i <= kEditOperationsMax; ++i) *edit.add_operations() = erase(ObjectId{1'000'000});
  const auto report = apply(session, edit);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::exhausted);
}

}  // namespace
}  // namespace talkback::session
