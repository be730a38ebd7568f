// The promises of the room, kept over thousands of seeded schedules; and the proof that the simulator would notice.
#include "tests/simulation/simulation.hpp"

#include <gtest/gtest.h>

#include "tests/simulation/shrinker.hpp"

namespace talkback::simulation {
namespace {

constexpr std::uint64_t kSchedules = 20'000;
constexpr std::uint64_t kShares = 4;
constexpr int kEditsMax = 20;

// A share of the schedules, so that shares can run side by side.
class SimulationTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(SimulationTest, EveryScheduleKeepsEveryPromise) {
  Witness::Counts sum;
  for (std::uint64_t seed = GetParam(); seed <= kSchedules; seed += kShares) {
    const Schedule schedule = make_schedule(seed);
    const Outcome outcome = run(schedule);
    ASSERT_FALSE(outcome.failure) << reproduction(schedule, Sabotage::none);
    sum += outcome.counts;
  }
  // Schedules in which nothing happens keep every promise as well.
  EXPECT_GT(sum.committed, kSchedules / kShares);
  EXPECT_GT(sum.refused, kSchedules / kShares / 10);
  EXPECT_GT(sum.again, kSchedules / kShares / 100);
  EXPECT_GT(sum.undone, kSchedules / kShares / 100);
  EXPECT_GT(sum.merged, kSchedules / kShares / 100);
}

INSTANTIATE_TEST_SUITE_P(Shares, SimulationTest, ::testing::Range<std::uint64_t>(1, kShares + 1));

struct Planted {
  Sabotage sabotage;
  const char* name;
};

class PlantedBugTest : public ::testing::TestWithParam<Planted> {};

TEST_P(PlantedBugTest, IsFoundAndShrunkToAFewEdits) {
  const Sabotage sabotage = GetParam().sabotage;
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    const Schedule schedule = make_schedule(seed);
    if (!run(schedule, sabotage).failure) continue;
    const Schedule small =
        shrink(schedule, [&](const Schedule& tried) { return run(tried, sabotage).failure.has_value(); });
    EXPECT_TRUE(run(small, sabotage).failure) << "what is left still shows it";
    EXPECT_FALSE(run(small).failure) << "without the bug nothing is wrong";
    EXPECT_LE(count_edits(small), kEditsMax);
    RecordProperty("edits", count_edits(small));
    return;
  }
  FAIL() << "not found in 2,000 schedules";
}

INSTANTIATE_TEST_SUITE_P(Bugs, PlantedBugTest,
                         ::testing::Values(Planted{Sabotage::store_forgets, "StoreForgets"},
                                           Planted{Sabotage::store_reports_early, "StoreReportsEarly"},
                                           Planted{Sabotage::store_alters, "StoreAlters"},
                                           Planted{Sabotage::replica_store_forgets, "ReplicaStoreForgets"},
                                           Planted{Sabotage::room_forgets_names, "RoomForgetsNames"},
                                           Planted{Sabotage::everybody_is_owner, "EverybodyIsOwner"},
                                           Planted{Sabotage::undo_overwrites, "UndoOverwrites"},
                                           Planted{Sabotage::answers_get_lost, "AnswersGetLost"},
                                           Planted{Sabotage::merge_takes_too_much, "MergeTakesTooMuch"},
                                           Planted{Sabotage::frames_get_lost, "FramesGetLost"}),
                         [](const auto& planted) { return std::string(planted.param.name); });

TEST(ScheduleTest, TheSameSeedTellsTheSameStory) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    EXPECT_EQ(run(make_schedule(seed), Sabotage::none, Story::told).story,
              run(make_schedule(seed), Sabotage::none, Story::told).story);
}

}  // namespace
}  // namespace talkback::simulation
