#include "engine/dsp/envelope_scan.hpp"

#include <gtest/gtest.h>

#include <random>

#include "engine/dsp/envelope.hpp"
#include "engine/dsp/one_pole.hpp"

namespace talkback::dsp {
namespace {

constexpr SampleRate kRate{48'000};

// Bursts and silences of some hundred frames, 0 to 40.
std::vector<float> levels_of(unsigned seed, std::size_t frames) {
  std::mt19937 random(seed);
  std::vector<float> levels(frames);
  float top = 0.0F;
  for (std::size_t n = 0; n < frames; ++n) {
    if (random() % 300 == 0) top = random() % 3 == 0 ? 0.0F : static_cast<float>(random() % 40);
    levels[n] = top * static_cast<float>(random() % 1'000) / 1'000.0F;
  }
  return levels;
}

EnvelopeScan scan_of(double attack_ms, double release_ms) {
  EnvelopeScan scan;
  scan.set(pole_of_time(attack_ms / 1e3, kRate), pole_of_time(release_ms / 1e3, kRate));
  return scan;
}

TEST(EnvelopeScanTest, FollowsAsTheRecursionDoes) {
  for (const auto& [attack_ms, release_ms] : {std::pair{0.05, 1.0}, {10.0, 120.0}, {0.0, 50.0}, {500.0, 5'000.0}}) {
    std::vector<float> levels = levels_of(1, 100'000);
    EnvelopeFollower follower;
    const auto attack = static_cast<float>(pole_of_time(attack_ms / 1e3, kRate));
    const auto release = static_cast<float>(pole_of_time(release_ms / 1e3, kRate));
    std::vector<float> wanted;
    for (const float level : levels) wanted.push_back(follower.next(level, attack, release));
    EnvelopeScan scan = scan_of(attack_ms, release_ms);
    scan.process(levels.data(), levels.size());
    float greatest = 0.0F;
    for (std::size_t n = 0; n < levels.size(); ++n) greatest = std::max(greatest, std::abs(levels[n] - wanted[n]));
    // In dB, where it steers a compressor: what single precision leaves of the longest times.
    EXPECT_LT(greatest, 0.01F) << attack_ms;
  }
}

TEST(EnvelopeScanTest, ReachesASteadyLevel) {
  for (const double release_ms : {1.0, 100.0, 5'000.0}) {
    EnvelopeScan scan = scan_of(0.5, release_ms);
    std::vector<float> levels(48'000, 30.0F);
    scan.process(levels.data(), levels.size());
    EXPECT_NEAR(levels.back(), 30.0F, 1e-5F);
  }
}

TEST(EnvelopeScanTest, AnyDivisionGivesTheSame) {
  const std::vector<float> levels = levels_of(2, 5'000);
  std::vector<float> whole = levels;
  scan_of(3.0, 40.0).process(whole.data(), whole.size());
  std::mt19937 random(3);
  for (const unsigned longest : {1U, 3U, 8U, 9U, 100U}) {
    std::vector<float> parts = levels;
    EnvelopeScan scan = scan_of(3.0, 40.0);
    for (std::size_t n = 0; n < parts.size();) {
      const std::size_t frames = std::min<std::size_t>(parts.size() - n, 1 + random() % longest);
      scan.process(parts.data() + n, frames);
      n += frames;
    }
    EXPECT_EQ(parts, whole) << longest;
  }
}

TEST(EnvelopeScanTest, ComesToRestAndLeavesNoTrace) {
  EnvelopeScan scan = scan_of(10.0, 20.0);
  std::vector<float> levels(48'003, 0.0F);
  levels[7] = 30.0F;
  scan.process(levels.data(), levels.size());
  EXPECT_TRUE(scan.is_at_rest());
  EXPECT_EQ(levels.back(), 0.0F);
  EnvelopeScan rested = scan_of(10.0, 20.0);
  rested.rest(48'003);
  std::vector<std::byte> first;
  std::vector<std::byte> second;
  auto saving = StateArchive::saving(first);
  scan.archive(saving);
  auto saving_rested = StateArchive::saving(second);
  rested.archive(saving_rested);
  EXPECT_EQ(first, second);
}

TEST(EnvelopeScanTest, GoesOnFromAnArchive) {
  std::vector<float> levels = levels_of(4, 1'000);
  EnvelopeScan scan = scan_of(5.0, 60.0);
  scan.process(levels.data(), 501);
  std::vector<std::byte> bytes;
  auto saving = StateArchive::saving(bytes);
  scan.archive(saving);
  EnvelopeScan other = scan_of(5.0, 60.0);
  auto loading = StateArchive::loading(bytes);
  other.archive(loading);
  EXPECT_TRUE(loading.is_complete());
  std::vector<float> again(levels.begin() + 501, levels.end());
  other.process(again.data(), again.size());
  scan.process(levels.data() + 501, 499);
  EXPECT_TRUE(std::equal(again.begin(), again.end(), levels.begin() + 501));
}

}  // namespace
}  // namespace talkback::dsp
