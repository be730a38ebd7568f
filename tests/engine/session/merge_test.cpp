// A merge brings over what one side did, keeps what the other did, and leaves what both did to be decided.
#include "engine/session/merge.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "engine/session/canonical.hpp"
#include "engine/session/diff.hpp"
#include "tests/engine/session/session_fixture.hpp"
#include "tests/support/random_edits.hpp"

namespace talkback::session {
namespace {

class MergeTest : public ::testing::Test {
 protected:
  void change(Session& session, const v1::Operation& operation) {
    const auto report = apply(session, edit_with(operation));
    ASSERT_TRUE(report) << report.error().message;
  }
  Session taken(const Merge& merge, const std::vector<std::size_t>& chosen) {
    Session merged = ours_;
    const auto edit = merge.edit_of(chosen);
    EXPECT_TRUE(edit) << edit.error().message;
    if (edit) {
      EXPECT_TRUE(apply(merged, *edit));
    }
    return merged;
  }
  v1::Operation move(ObjectId id, ObjectId parent) {
    v1::Operation operation;
    operation.mutable_update()->mutable_values()->set_id(id.value);
    operation.mutable_update()->mutable_values()->set_parent_id(parent.value);
    operation.mutable_update()->mutable_fields()->add_paths("parent_id");
    return operation;
  }
  v1::Object note(ObjectId id, std::uint32_t pitch) {
    v1::Object object;
    object.set_id(id.value);
    object.set_parent_id(kMidiClip.value);
    object.set_order("m");
    object.mutable_note()->set_pitch(pitch);
    object.mutable_note()->set_velocity(64);
    object.mutable_note()->set_length_ticks(1000);
    return object;
  }

  Session base_ = small_song();
  Session ours_ = base_;
  Session theirs_ = base_;
};

TEST_F(MergeTest, FieldsOfBothSidesStandTogether) {
  change(ours_, set(base_, kVocal, "track.fader_db", "-3"));
  change(theirs_, set(base_, kVocal, "track.pan", "0.5"));
  const Merge merge(base_, ours_, theirs_);
  ASSERT_EQ(merge.items().size(), 1U);
  EXPECT_FALSE(merge.items()[0].is_conflict);
  EXPECT_EQ(merge.items()[0].keys, std::vector<std::string>{to_string(kVocal) + ".track.pan"});
  const Session merged = taken(merge, {0});
  EXPECT_EQ(merged.find(kVocal)->track().fader_db(), -3);
  EXPECT_EQ(merged.find(kVocal)->track().pan(), 0.5);
}

TEST_F(MergeTest, OneFieldChangedByBothIsAConflictWithBothValues) {
  change(ours_, set(base_, kVocal, "track.fader_db", "-3"));
  change(theirs_, set(base_, kVocal, "track.fader_db", "-6"));
  const Merge merge(base_, ours_, theirs_);
  ASSERT_EQ(merge.items().size(), 1U);
  const MergeItem& item = merge.items()[0];
  EXPECT_TRUE(item.is_conflict);
  EXPECT_TRUE(item.obstacle.empty());
  ASSERT_EQ(item.ours.size(), 1U);
  ASSERT_EQ(item.theirs.size(), 1U);
  EXPECT_NE(item.ours[0].find("-> -3 dB"), std::string::npos) << item.ours[0];
  EXPECT_NE(item.theirs[0].find("-> -6 dB"), std::string::npos) << item.theirs[0];
  EXPECT_EQ(taken(merge, {0}).find(kVocal)->track().fader_db(), -6);
}

TEST_F(MergeTest, TheSameChangeOnBothSidesIsNoItem) {
  change(ours_, set(base_, kVocal, "track.fader_db", "-3"));
  change(theirs_, set(base_, kVocal, "track.fader_db", "-3"));
  EXPECT_TRUE(Merge(base_, ours_, theirs_).items().empty());
}

TEST_F(MergeTest, ADeletionAgainstWorkIsAConflictEitherWay) {
  change(ours_, erase(kVocal));
  change(theirs_, set(base_, kCompressor, "insert.compressor.ratio", "8"));
  {
    const Merge merge(base_, ours_, theirs_);
    ASSERT_EQ(merge.items().size(), 1U);
    EXPECT_TRUE(merge.items()[0].is_conflict);
    EXPECT_EQ(merge.items()[0].ours, std::vector<std::string>{"Track \"Vocal\" deleted"});
    // Taking their side brings the whole track back, with their change.
    const Session merged = taken(merge, {0});
    ASSERT_NE(merged.find(kClip), nullptr);
    EXPECT_EQ(merged.find(kCompressor)->insert().compressor().ratio(), 8);
  }
  std::swap(ours_, theirs_);
  const Merge merge(base_, ours_, theirs_);
  ASSERT_EQ(merge.items().size(), 1U);
  EXPECT_TRUE(merge.items()[0].is_conflict);
  EXPECT_EQ(merge.items()[0].theirs, std::vector<std::string>{"Track \"Vocal\" deleted"});
  EXPECT_EQ(taken(merge, {0}).find(kVocal), nullptr);
}

// Nobody deleted the choir, nor what theirs put into it.
TEST_F(MergeTest, WhatOursMovedIntoADeletedFolderGoesBackAndKeepsWhatTheirsMovedIntoIt) {
  const ObjectId choir{104};
  for (Session* each : {&base_, &ours_, &theirs_}) change(*each, create(new_track(choir, "Choir", v1::Track::FOLDER)));
  change(ours_, move(choir, kBand));
  change(theirs_, move(kKeys, choir));
  change(theirs_, erase(kBand));
  const Merge merge(base_, ours_, theirs_);
  ASSERT_EQ(merge.items().size(), 2U);
  const auto deletion = std::ranges::find_if(merge.items(), &MergeItem::is_conflict);
  ASSERT_NE(deletion, merge.items().end());
  EXPECT_EQ(deletion->theirs, std::vector<std::string>{"Track \"Band\" deleted"});
  EXPECT_TRUE(deletion->obstacle.empty()) << deletion->obstacle;
  const Session merged = taken(merge, {0, 1});
  EXPECT_EQ(merged.find(kBand), nullptr);
  ASSERT_NE(merged.find(choir), nullptr);
  EXPECT_EQ(merged.find(choir)->parent_id(), kRootId.value);
  ASSERT_NE(merged.find(kKeys), nullptr);
  EXPECT_EQ(merged.find(kKeys)->parent_id(), choir.value);
}

TEST_F(MergeTest, WhatOursMovedIntoANewFolderInADeletedOneGoesBackToo) {
  const ObjectId choir{104};
  change(ours_, create(new_track(choir, "Choir", v1::Track::FOLDER, kBand)));
  change(ours_, move(kKeys, choir));
  change(theirs_, erase(kBand));
  const Merge merge(base_, ours_, theirs_);
  ASSERT_EQ(merge.items().size(), 1U);
  EXPECT_TRUE(merge.items()[0].is_conflict);
  const Session merged = taken(merge, {0});
  EXPECT_EQ(merged.find(choir), nullptr);
  ASSERT_NE(merged.find(kKeys), nullptr);
  EXPECT_EQ(merged.find(kKeys)->parent_id(), kRootId.value);
}

TEST_F(MergeTest, WhatOursMovedIntoADeletedFolderStaysWhereItsOwnPlaceIsGone) {
  const ObjectId choir{104};
  const ObjectId old{105};
  for (Session* each : {&base_, &ours_, &theirs_}) {
    change(*each, create(new_track(old, "Old", v1::Track::FOLDER)));
    change(*each, create(new_track(choir, "Choir", v1::Track::FOLDER, old)));
  }
  change(ours_, move(choir, kBand));
  change(ours_, erase(old));
  change(theirs_, erase(kBand));
  const Merge merge(base_, ours_, theirs_);
  ASSERT_EQ(merge.items().size(), 1U);
  EXPECT_TRUE(merge.items()[0].is_conflict);
  EXPECT_FALSE(merge.items()[0].obstacle.empty());
  EXPECT_FALSE(merge.edit_of({0}));
}

TEST_F(MergeTest, ANewTrackComesAsOneItemAndASendBringsItsBus) {
  const ObjectId bus{500};
  change(theirs_, create(new_track(bus, "Echo", v1::Track::BUS)));
  v1::Object send;
  send.set_id(501);
  send.set_parent_id(kVocal.value);
  send.set_order("z");
  send.mutable_send()->set_target_id(bus.value);
  change(theirs_, create(send));
  const Merge merge(base_, ours_, theirs_);
  ASSERT_EQ(merge.items().size(), 2U);
  const std::size_t sends = merge.items()[0].keys[0] == to_string(ObjectId{501}) ? 0 : 1;
  EXPECT_EQ(merge.items()[sends].needs, std::vector<std::size_t>{1 - sends});
  const Session merged = taken(merge, {sends});
  EXPECT_NE(merged.find(bus), nullptr);
  EXPECT_NE(merged.find(ObjectId{501}), nullptr);
}

TEST_F(MergeTest, ManyNotesAreOneItemAndTurnedDownOnesStayAway) {
  for (std::uint32_t i = 0; i < 12; ++i) change(theirs_, create(note(ObjectId{600 + i}, 60 + i)));
  const Merge merge(base_, ours_, theirs_);
  ASSERT_EQ(merge.items().size(), 1U);
  EXPECT_EQ(merge.items()[0].keys.size(), 12U);
  EXPECT_EQ(merge.items()[0].theirs[0].substr(0, 14), "12 notes added");
  const Merge left(base_, ours_, theirs_, {merge.items()[0].keys.begin(), merge.items()[0].keys.end()});
  EXPECT_TRUE(left.items().empty());
}

TEST_F(MergeTest, WhatTheRulesForbidTogetherIsNamedAndLeft) {
  // Each side routes one way; both ways are a circle.
  const ObjectId a{500};
  const ObjectId b{501};
  for (Session* session : {&base_, &ours_, &theirs_}) {
    change(*session, create(new_track(a, "A", v1::Track::BUS)));
    change(*session, create(new_track(b, "B", v1::Track::BUS)));
  }
  change(ours_, set(base_, a, "track.output_id", "B"));
  change(theirs_, set(base_, b, "track.output_id", "A"));
  const Merge merge(base_, ours_, theirs_);
  ASSERT_EQ(merge.items().size(), 1U);
  EXPECT_TRUE(merge.items()[0].is_conflict);
  EXPECT_FALSE(merge.items()[0].obstacle.empty());
  EXPECT_FALSE(merge.edit_of({0}));
}

TEST_F(MergeTest, AReferenceToWhatOursDeletedCannotBeTaken) {
  change(ours_, erase(kReverbBus));
  v1::Object send;
  send.set_id(501);
  send.set_parent_id(kKeys.value);
  send.set_order("z");
  send.mutable_send()->set_target_id(kReverbBus.value);
  change(theirs_, create(send));
  const Merge merge(base_, ours_, theirs_);
  ASSERT_EQ(merge.items().size(), 1U);
  EXPECT_EQ(merge.items()[0].obstacle, "what it refers to has been deleted");
}

std::vector<std::size_t> clean_items(const Merge& merge) {
  std::vector<std::size_t> clean;
  for (std::size_t i = 0; i < merge.items().size(); ++i)
    if (!merge.items()[i].is_conflict) clean.push_back(i);
  return clean;
}

void work_on(Session& session, support::RandomEdits& edits, int count) {
  for (int i = 0; i < count; ++i) static_cast<void>(apply(session, edits.next(session)).has_value());
}

TEST(MergePropertyTest, RandomBranchesMerge) {
  int conflicts = 0;
  int taken = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    support::RandomEdits edits(seed);
    Session base = Session::create({"random", 48'000});
    work_on(base, edits, 25);
    Session ours = base;
    Session theirs = base;
    work_on(ours, edits, static_cast<int>(seed % 8));
    work_on(theirs, edits, static_cast<int>(seed % 11));

    // Nothing of our own: the merge is their session, but where an object became another kind.
    const Merge forward(base, base, theirs);
    Session walked = base;
    const auto all = forward.edit_of(clean_items(forward));
    ASSERT_TRUE(all) << all.error().message;
    ASSERT_TRUE(apply(walked, *all));
    ASSERT_EQ(digest(walked), digest(theirs));
    ASSERT_TRUE(Merge(base, theirs, theirs).items().empty());
    ASSERT_TRUE(Merge(base, ours, base).items().empty());

    const Merge merge(base, ours, theirs);
    const std::vector<std::size_t> clean = clean_items(merge);
    const auto edit = merge.edit_of(clean);
    ASSERT_TRUE(edit) << edit.error().message;
    Session merged = ours;
    ASSERT_TRUE(apply(merged, *edit));
    taken += static_cast<int>(clean.size());
    // What was clean is there now, and what was a conflict still is one: nothing was decided.
    const Merge again(base, merged, theirs);
    EXPECT_TRUE(clean_items(again).empty());
    for (const MergeItem& item : merge.items()) {
      ASSERT_FALSE(item.keys.empty());
      ASSERT_FALSE(item.theirs.empty());
      conflicts += item.is_conflict ? 1 : 0;
    }
    // A conflict can be decided for their side by itself, unless it says why not.
    for (std::size_t i = 0; i < merge.items().size(); ++i) {
      if (merge.items()[i].is_conflict) {
        ASSERT_EQ(merge.edit_of({i}).has_value(), merge.items()[i].obstacle.empty());
      }
    }
  }
  EXPECT_GT(conflicts, 100);
  EXPECT_GT(taken, 1000);
}

}  // namespace
}  // namespace talkback::session
