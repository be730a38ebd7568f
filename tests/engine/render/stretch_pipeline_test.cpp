#include "engine/render/stretch_pipeline.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>

namespace talkback::render {
namespace {

constexpr int kEntries = 40;

// Entries with up to three inputs each among those before them.
StretchPipeline::Plan random_plan(unsigned seed, std::vector<std::vector<int>>& inputs) {
  std::mt19937 random(seed);
  StretchPipeline::Plan plan;
  plan.readers.resize(kEntries);
  plan.input_counts.resize(kEntries);
  inputs.assign(kEntries, {});
  for (int entry = 0; entry < kEntries; ++entry) {
    plan.order.push_back(entry);
    for (unsigned i = 0; entry > 0 && i < random() % 4; ++i) {
      const int input = static_cast<int>(random() % static_cast<unsigned>(entry));
      inputs[static_cast<std::size_t>(entry)].push_back(input);
      plan.readers[static_cast<std::size_t>(input)].push_back(entry);
      ++plan.input_counts[static_cast<std::size_t>(entry)];
    }
  }
  return plan;
}

// Runs plans whose entries look whether everything that they need has run, and nothing twice.
class StretchPipelineTest : public ::testing::TestWithParam<int> {};

TEST_P(StretchPipelineTest, EveryEntryRunsOnceAfterItsInputsAndItsPast) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::vector<std::vector<int>> inputs;
    StretchPipeline pipeline(GetParam());
    pipeline.set(random_plan(seed, inputs));
    // Twice: a second run starts as the first did.
    for (int round = 0; round < 2; ++round) {
      std::array<std::atomic<int>, kEntries> runs{};  // stretches that each has run for
      std::atomic<int> begun{0};
      std::atomic<int> visited{0};
      std::atomic<int> wrong{0};
      StretchPipeline::Work work;
      work.begin = [&](int stretch) {
        if (begun++ != stretch || stretch > visited + StretchPipeline::kSlots) ++wrong;
      };
      work.run = [&](int entry, int stretch) {
        if (stretch >= begun) ++wrong;
        for (const int input : inputs[static_cast<std::size_t>(entry)])
          if (runs[static_cast<std::size_t>(input)] <= stretch) ++wrong;
        if (runs[static_cast<std::size_t>(entry)]++ != stretch) ++wrong;
      };
      work.visit = [&](int stretch) {
        if (stretch != visited++) ++wrong;
        for (const auto& count : runs)
          if (count <= stretch) ++wrong;
        return true;
      };
      pipeline.run(50, work);
      EXPECT_EQ(wrong, 0) << seed;
      EXPECT_EQ(visited, 50);
    }
  }
}

TEST_P(StretchPipelineTest, NoStretchIsVisitedAfterOneThatEndsIt) {
  std::vector<std::vector<int>> inputs;
  StretchPipeline pipeline(GetParam());
  pipeline.set(random_plan(7, inputs));
  std::vector<int> visited;
  StretchPipeline::Work work;
  work.begin = [](int) {};
  work.run = [](int, int) {};
  work.visit = [&](int stretch) {
    visited.push_back(stretch);
    return stretch < 3;
  };
  pipeline.run(1'000, work);
  EXPECT_EQ(visited, (std::vector<int>{0, 1, 2, 3}));
  visited.clear();
  work.visit = [&](int stretch) {
    visited.push_back(stretch);
    return true;
  };
  pipeline.run(3, work);
  EXPECT_EQ(visited, (std::vector<int>{0, 1, 2}));
}

TEST_P(StretchPipelineTest, NothingToRunIsVisitedAllTheSame) {
  StretchPipeline pipeline(GetParam());
  pipeline.set({});
  int visited = 0;
  StretchPipeline::Work work;
  work.begin = [](int) {};
  work.run = [](int, int) {};
  work.visit = [&](int) { return ++visited > 0; };
  pipeline.run(5, work);
  EXPECT_EQ(visited, 5);
}

INSTANTIATE_TEST_SUITE_P(Threads, StretchPipelineTest, ::testing::Values(1, 2, 4));

}  // namespace
}  // namespace talkback::render
