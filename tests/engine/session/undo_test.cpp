// Undo takes back what one edit did and leaves what came after alone.
#include "engine/session/undo.hpp"

#include <gtest/gtest.h>

#include <set>

#include "engine/session/canonical.hpp"
#include "tests/engine/session/session_fixture.hpp"
#include "tests/support/random_edits.hpp"

namespace talkback::session {
namespace {

std::vector<Change> changes_of(Session& session, const v1::Edit& edit) {
  auto report = apply(session, edit);
  EXPECT_TRUE(report) << report.error().message;
  return report ? report->changes : std::vector<Change>();
}

double fader_of(const Session& session, ObjectId track) { return session.find(track)->track().fader_db(); }

TEST(UndoTest, AFieldGoesBack) {
  Session session = small_song();
  const auto before = digest(session);
  const auto changes = changes_of(session, edit_with(set(session, kVocal, "track.fader_db", "-7")));
  const auto undo = undo_of(session, changes);
  ASSERT_TRUE(undo);
  EXPECT_TRUE(undo->left.empty());
  const auto undone = changes_of(session, undo->edit);
  EXPECT_EQ(digest(session), before);
  // And the redo.
  const auto redo = undo_of(session, undone);
  ASSERT_TRUE(redo);
  changes_of(session, redo->edit);
  EXPECT_EQ(fader_of(session, kVocal), -7.0);
}

TEST(UndoTest, AFieldThatSomebodySetSinceStaysAndIsNamed) {
  Session session = small_song();
  v1::Edit both = edit_with(set(session, kVocal, "track.fader_db", "-7"));
  *both.add_operations() = set(session, kVocal, "track.pan", "0.2");
  const auto changes = changes_of(session, both);
  changes_of(session, edit_with(set(session, kVocal, "track.fader_db", "-3")));
  const auto undo = undo_of(session, changes);
  ASSERT_TRUE(undo);
  ASSERT_EQ(undo->left.size(), 1U);
  EXPECT_EQ(undo->left[0], "track \"Vocal\": its fader has been changed since");
  changes_of(session, undo->edit);
  EXPECT_EQ(fader_of(session, kVocal), -3.0);
  EXPECT_EQ(session.find(kVocal)->track().pan(), 0.0);
}

TEST(UndoTest, AnAddedTrackGoesUnlessSomebodyWorkedOnIt) {
  Session session = small_song();
  const ObjectId added{500};
  const auto before = digest(session);
  const auto changes = changes_of(session, edit_with(create(new_track(added, "Choir", v1::Track::AUDIO))));
  {
    Session undone = session;
    const auto undo = undo_of(undone, changes);
    ASSERT_TRUE(undo);
    changes_of(undone, undo->edit);
    EXPECT_EQ(digest(undone), before);
  }
  changes_of(session, edit_with(set(session, added, "track.fader_db", "-3")));
  const auto undo = undo_of(session, changes);
  ASSERT_TRUE(undo);
  EXPECT_EQ(undo->edit.operations_size(), 0);
  ASSERT_EQ(undo->left.size(), 1U);
  EXPECT_EQ(undo->left[0], "track \"Choir\": it has been worked on since");
}

TEST(UndoTest, ATreeThatTheEditMadeStaysAsAWhole) {
  Session session = small_song();
  const ObjectId folder{510};
  const ObjectId inside{511};
  v1::Edit edit = edit_with(create(new_track(folder, "Choir", v1::Track::FOLDER)));
  *edit.add_operations() = create(new_track(inside, "Alto", v1::Track::AUDIO, folder));
  const auto changes = changes_of(session, edit);
  for (const ObjectId worked_on : {folder, inside}) {
    Session later = session;
    changes_of(later, edit_with(set(later, worked_on, "track.fader_db", "-3")));
    const auto undo = undo_of(later, changes);
    ASSERT_TRUE(undo);
    EXPECT_EQ(undo->edit.operations_size(), 0);
    ASSERT_EQ(undo->left.size(), 1U);
    EXPECT_EQ(undo->left[0], "track \"Choir\": it has been worked on since");
  }
}

TEST(UndoTest, ABusThatOthersSendToStays) {
  Session session = small_song();
  const ObjectId bus{501};
  const auto changes = changes_of(session, edit_with(create(new_track(bus, "Plate", v1::Track::BUS))));
  changes_of(session, edit_with(set(session, kSend, "send.target_id", "Plate")));
  const auto undo = undo_of(session, changes);
  ASSERT_TRUE(undo);
  EXPECT_EQ(undo->edit.operations_size(), 0);
}

TEST(UndoTest, ADeletedTrackComesBackWithAllThatWasBelowAndReferredToIt) {
  Session session = small_song();
  const auto before = digest(session);
  const auto changes = changes_of(session, edit_with(erase(kReverbBus)));
  ASSERT_EQ(session.find(kSend), nullptr);
  const auto undo = undo_of(session, changes);
  ASSERT_TRUE(undo);
  EXPECT_TRUE(undo->left.empty());
  changes_of(session, undo->edit);
  EXPECT_EQ(digest(session), before);
}

TEST(UndoTest, WhatBelongedToSomethingGoneStaysAway) {
  Session session = small_song();
  const auto changes = changes_of(session, edit_with(erase(kClip)));
  changes_of(session, edit_with(erase(kVocal)));
  const auto undo = undo_of(session, changes);
  ASSERT_TRUE(undo);
  EXPECT_EQ(undo->edit.operations_size(), 0);
  ASSERT_EQ(undo->left.size(), 1U);
  EXPECT_NE(undo->left[0].find("what it belonged to is gone"), std::string::npos) << undo->left[0];
}

// Of any two authors: what the undo changes is what its edit had changed, and stood as that had left it.
TEST(UndoTest, LaterWorkIsNeverTouched) {
  int undone_later = 0;
  int undone_at_once = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    support::RandomEdits edits(seed);
    Session session = Session::create({"random", 48'000});
    for (int i = 0; i < 60; ++i) static_cast<void>(apply(session, edits.next(session)));
    for (int i = 0; i < 40; ++i) {
      const Session start = session;
      const auto report = apply(session, edits.next(session));
      if (!report || report->changes.empty()) continue;
      // At once it restores all.
      const auto at_once = undo_of(session, report->changes);
      ASSERT_TRUE(at_once) << at_once.error().message;
      EXPECT_TRUE(at_once->left.empty()) << at_once->left[0];
      Session restored = session;
      ASSERT_TRUE(apply(restored, at_once->edit));
      ASSERT_EQ(digest(restored), digest(start));
      ++undone_at_once;

      std::map<ObjectId, ObjectPointer> after;
      for (const Change& change : report->changes)
        after[id_of(*(change.before ? change.before : change.after))] = change.after;
      for (int later = 0; later < 3; ++later) static_cast<void>(apply(session, edits.next(session)));
      const auto undo = undo_of(session, report->changes);
      if (!undo) continue;
      Session tried = session;
      const auto undone = apply(tried, undo->edit);
      ASSERT_TRUE(undone);
      for (const Change& change : undone->changes) {
        const ObjectId id = id_of(*(change.before ? change.before : change.after));
        ASSERT_TRUE(after.contains(id)) << "the undo touched what the edit had not";
        if (change.after || !after[id]) continue;
        ASSERT_EQ(canonical_form(*change.before), canonical_form(*after[id])) << "it deleted what was worked on";
      }
      // And the undo can be undone.
      const auto redo = undo_of(tried, undone->changes);
      ASSERT_TRUE(redo) << redo.error().message;
      ASSERT_TRUE(apply(tried, redo->edit));
      ASSERT_EQ(digest(tried), digest(session));
      ++undone_later;
    }
  }
  EXPECT_GT(undone_at_once, 500);
  EXPECT_GT(undone_later, 500);
}

TEST(UndoTest, APerformerTakesBackWhatIsTheirsAndTheRestIsNamed) {
  Session session = small_song();
  changes_of(session, edit_with(set(session, kVocal, "track.performer", "ben")));
  v1::Edit both = edit_with(set(session, kVocal, "track.fader_db", "-7"));
  *both.add_operations() = set(session, kKeys, "track.fader_db", "-8");
  const auto changes = changes_of(session, both);
  const auto undo = undo_of(session, changes, "ben");
  ASSERT_TRUE(undo);
  ASSERT_EQ(undo->left.size(), 1U);
  EXPECT_NE(undo->left.front().find("Keys"), std::string::npos) << undo->left.front();
  EXPECT_NE(undo->left.front().find("not on a track of yours"), std::string::npos) << undo->left.front();
  changes_of(session, undo->edit);
  EXPECT_EQ(fader_of(session, kVocal), 0.0);
  EXPECT_EQ(fader_of(session, kKeys), -8.0);
}

TEST(UndoTest, APerformerBringsBackOnlyWhatStoodOnTheirTracks) {
  Session session = small_song();
  changes_of(session, edit_with(set(session, kVocal, "track.performer", "ben")));
  const auto before = digest(session);
  v1::Edit both;
  both.add_operations()->set_delete_id(kVocal.value);
  both.add_operations()->set_delete_id(kKeys.value);
  const auto changes = changes_of(session, both);
  const auto undo = undo_of(session, changes, "ben");
  ASSERT_TRUE(undo) << undo.error().message;
  changes_of(session, undo->edit);
  EXPECT_NE(session.find(kVocal), nullptr);
  EXPECT_EQ(session.find(kKeys), nullptr);
  EXPECT_FALSE(undo->left.empty());
  // The producer brings back the rest.
  const auto rest = undo_of(session, changes);
  ASSERT_TRUE(rest);
  changes_of(session, rest->edit);
  EXPECT_EQ(digest(session), before);
}

}  // namespace
}  // namespace talkback::session
