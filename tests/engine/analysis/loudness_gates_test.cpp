#include "engine/analysis/loudness_gates.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace talkback::analysis {
namespace {

struct Stretch {
  double lufs;
  std::size_t steps;
};

std::vector<double> make_steps(const std::vector<Stretch>& stretches) {
  std::vector<double> steps;
  for (const Stretch& s : stretches) steps.insert(steps.end(), s.steps, std::pow(10.0, (s.lufs + 0.691) / 10.0));
  return steps;
}

TEST(LoudnessGatesTest, NothingIsIntegratedBeforeABlockIsWhole) {
  EXPECT_FALSE(integrated_lufs({}));
  EXPECT_FALSE(range_lu({}));
  EXPECT_FALSE(integrated_lufs(make_steps({{-23, 3}})));
  EXPECT_NEAR(*integrated_lufs(make_steps({{-23, 4}})), -23.0, 1e-7);
}

TEST(LoudnessGatesTest, BlocksAtTheAbsoluteGateCount) {
  EXPECT_NEAR(*integrated_lufs(make_steps({{-69.999, 10}})), -69.999, 1e-7);
  EXPECT_FALSE(integrated_lufs(make_steps({{-70.001, 10}})));
}

TEST(LoudnessGatesTest, BlocksTenUnitsBelowTheMeanDoNot) {
  // Of the ten steps at -40 LUFS, seven blocks hold nothing louder; the three across the edge count, for one loud step
  // makes -26 LUFS.
  const double expected = -20.0 + 10.0 * std::log10((97.0 + 0.75 + 0.5 + 0.25 + 0.01 * 1.5) / 100.0);
  EXPECT_NEAR(*integrated_lufs(make_steps({{-40, 10}, {-20, 100}})), expected, 1e-7);
}

TEST(LoudnessGatesTest, MomentsAreOfTheNewestStepsAfterSilence) {
  const auto steps = make_steps({{-50, 30}, {-30, 26}, {-20, 4}});
  EXPECT_NEAR(*momentary_lufs(steps), -20.0, 1e-7);
  EXPECT_NEAR(*short_term_lufs(steps), 10.0 * std::log10((26 * 1e-3 + 4 * 1e-2) / 30.0), 1e-7);
  EXPECT_NEAR(*momentary_lufs(make_steps({{-20, 1}})), -20.0 - 10.0 * std::log10(4.0), 1e-7);
  EXPECT_FALSE(momentary_lufs({}));
  EXPECT_FALSE(short_term_lufs(make_steps({{-121, 30}})));
}

TEST(LoudnessGatesTest, RangeLeavesOutWhatIsTwentyUnitsBelowTheMean) {
  EXPECT_NEAR(*range_lu(make_steps({{-20, 300}, {-30, 300}})), 10.0, 1e-7);
  EXPECT_NEAR(*range_lu(make_steps({{-20, 300}, {-60, 300}})), 0.0, 0.5);
}

TEST(LoudnessGatesTest, RangeIsNothingBeforeAWindowIsWhole) {
  EXPECT_EQ(range_lu(make_steps({{-20, 29}})), 0.0);
  EXPECT_EQ(range_lu(make_steps({{-20, 30}})), 0.0);
  EXPECT_NEAR(*range_lu(make_steps({{-20, 30}, {-26, 60}})), 6.0, 1e-7);
}

}  // namespace
}  // namespace talkback::analysis
