// The calibration against loops made by hand: any delay, level, polarity, room and noise.
#include "client/recorder/calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numbers>
#include <random>

namespace talkback::recorder {
namespace {

struct Loop {
  double delay = 756.0;  // frames; between the frames by a windowed sinc
  double gain = 0.25;
  double noise_rms = 0.0;
  std::vector<std::pair<int, double>> echoes{};  // frames behind the direct sound, gain against it
  double clip_at = 1e9;
  unsigned seed = 1;
};

const LoopProbe& probe_at(int rate_hz) {
  static std::map<int, LoopProbe> probes;
  auto found = probes.find(rate_hz);
  if (found == probes.end()) found = probes.emplace(rate_hz, make_loop_probe(SampleRate{rate_hz})).first;
  return found->second;
}

void add_delayed(const LoopProbe& probe, double delay, double gain, std::vector<float>& sound) {
  constexpr int kHalf = 32;
  const auto whole = static_cast<std::int64_t>(std::floor(delay));
  const double rest = delay - std::floor(delay);
  std::vector<std::pair<std::int64_t, double>> taps;
  if (rest == 0.0) {
    taps.emplace_back(whole, gain);
  } else {
    for (int t = 1 - kHalf; t <= kHalf; ++t) {
      const double x = std::numbers::pi * (t - rest);
      const double window = 0.5 + 0.5 * std::cos(x / kHalf);
      taps.emplace_back(whole + t, gain * window * std::sin(x) / x);
    }
  }
  for (const FramePosition start : probe.starts)
    for (std::int64_t f = 0; f < std::ssize(probe.sweep); ++f)
      for (const auto& [shift, factor] : taps) {
        const std::int64_t at = start.count + f + shift;
        if (at >= 0 && at < std::ssize(sound))
          sound[static_cast<std::size_t>(at)] +=
              static_cast<float>(factor * static_cast<double>(probe.sweep[static_cast<std::size_t>(f)]));
      }
}

std::vector<float> come_back(const LoopProbe& probe, const Loop& loop) {
  std::vector<float> sound(static_cast<std::size_t>(probe.length.count));
  add_delayed(probe, loop.delay, loop.gain, sound);
  for (const auto& [behind, gain] : loop.echoes) add_delayed(probe, loop.delay + behind, loop.gain * gain, sound);
  std::mt19937 random(loop.seed);
  std::normal_distribution<double> noise(0.0, 1.0);
  for (float& sample : sound) {
    if (loop.noise_rms > 0.0) sample += static_cast<float>(loop.noise_rms * noise(random));
    sample = std::clamp(sample, static_cast<float>(-loop.clip_at), static_cast<float>(loop.clip_at));
  }
  return sound;
}

TEST(CalibrationTest, FindsTheRoundTripOfACableToTheFrameAtEveryRate) {
  for (const int rate : {44'100, 48'000, 88'200, 96'000, 192'000}) {
    for (const int delay : {0, 1, 17, 256, 756, 3'001, rate, 2 * rate - 10}) {
      const LoopProbe& probe = probe_at(rate);
      const auto found = find_round_trip(probe, come_back(probe, {.delay = static_cast<double>(delay)}));
      ASSERT_TRUE(found) << found.error().message << " at " << rate << " Hz, delay " << delay;
      EXPECT_EQ(found->frames.count, delay) << rate;
      EXPECT_NEAR(found->exact_frames, delay, 0.01) << rate;
      EXPECT_GT(found->confidence, 0.95) << rate << " Hz, delay " << delay;
      EXPECT_FALSE(found->is_inverted);
    }
  }
}

TEST(CalibrationTest, FindsADelayBetweenTheFrames) {
  const LoopProbe& probe = probe_at(48'000);
  for (const double rest : {0.1, 0.25, 0.4, 0.6, 0.9}) {
    const auto found = find_round_trip(probe, come_back(probe, {.delay = 1'000.0 + rest}));
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->exact_frames, 1'000.0 + rest, 0.05);
  }
}

TEST(CalibrationTest, PolarityAndLevelDoNotMatter) {
  const LoopProbe& probe = probe_at(48'000);
  for (const double gain : {-0.5, -0.001, 0.0001, 1e-6}) {
    const auto found = find_round_trip(probe, come_back(probe, {.gain = gain}));
    ASSERT_TRUE(found) << gain;
    EXPECT_EQ(found->frames.count, 756);
    EXPECT_EQ(found->is_inverted, gain < 0.0);
    EXPECT_GT(found->confidence, 0.95);
  }
}

TEST(CalibrationTest, ClippingDoesNotMoveIt) {
  const LoopProbe& probe = probe_at(48'000);
  const auto found = find_round_trip(probe, come_back(probe, {.gain = 4.0, .clip_at = 1.0}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->frames.count, 756);
  EXPECT_GT(found->confidence, kFairConfidence);
}

// The loop 17 dB under the room's noise: right to the frame, forty times.
TEST(CalibrationTest, NoiseDoesNotMoveIt) {
  const LoopProbe& probe = probe_at(48'000);
  for (unsigned seed = 1; seed <= 40; ++seed) {
    const Loop loop{.delay = 300.0 + 37.0 * seed, .gain = 0.02, .noise_rms = 0.1, .seed = seed};
    const auto found = find_round_trip(probe, come_back(probe, loop));
    ASSERT_TRUE(found) << found.error().message << ", seed " << seed;
    EXPECT_LE(std::abs(found->exact_frames - loop.delay), 1.0) << "seed " << seed;
  }
}

// A room: forty reflections, some nearly as loud as what comes straight, and one that is louder.
TEST(CalibrationTest, ARoomDoesNotMoveIt) {
  const LoopProbe& probe = probe_at(48'000);
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    Loop loop{.delay = 900.0 + seed, .gain = 0.05, .noise_rms = 0.001, .seed = seed};
    for (int e = 0; e < 40; ++e) {
      const int behind = 60 + static_cast<int>(random() % 9'000);
      const double sign = random() % 2 == 0 ? 1.0 : -1.0;
      loop.echoes.emplace_back(behind, sign * 0.7 * std::exp(-behind / 3'000.0));
    }
    loop.echoes.emplace_back(200 + static_cast<int>(random() % 400), 1.4);
    const auto found = find_round_trip(probe, come_back(probe, loop));
    EXPECT_TRUE(found) << ", seed " << seed;
    EXPECT_LE(std::abs(found->frames.count - std::llround(loop.delay)), 1) << "seed " << seed;
  }
}

TEST(CalibrationTest, ASlammedDoorSpoilsOneSweepOnly) {
  const LoopProbe& probe = probe_at(48'000);
  std::vector<float> sound = come_back(probe, {.gain = 0.02});
  std::mt19937 random(3);
  const auto from = static_cast<std::size_t>(probe.starts[2].count);
  for (std::size_t f = from; f < from + 24'000; ++f)
    sound[f] += static_cast<float>(static_cast<double>(random() % 2'000) / 1'000.0 - 1.0);
  const auto found = find_round_trip(probe, sound);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->frames.count, 756);
}

TEST(CalibrationTest, WithoutALoopNothingIsFound) {
  const LoopProbe& probe = probe_at(48'000);
  EXPECT_EQ(find_round_trip(probe, {}).error().code, ErrorCode::not_found);
  EXPECT_EQ(find_round_trip(probe, come_back(probe, {.gain = 0.0})).error().code, ErrorCode::not_found);
  for (unsigned seed = 1; seed <= 40; ++seed) {
    // Noise; and a loop so far under it that any figure would be a guess.
    for (const double gain : {0.0, 1e-5}) {
      const auto found = find_round_trip(probe, come_back(probe, {.gain = gain, .noise_rms = 0.1, .seed = seed}));
      EXPECT_FALSE(found) << "seed " << seed << ": " << (found ? found->frames.count : 0);
    }
  }
}

// Hum, a song, and a metronome in the room are no loop either.
TEST(CalibrationTest, OtherSoundsAreNoLoop) {
  const LoopProbe& probe = probe_at(48'000);
  std::vector<float> hum(static_cast<std::size_t>(probe.length.count));
  std::vector<float> clicks = hum;
  std::vector<float> chord = hum;
  for (std::size_t f = 0; f < hum.size(); ++f) {
    const double seconds = static_cast<double>(f) / 48'000.0;
    for (const double hz : {50.0, 100.0, 150.0})
      hum[f] += static_cast<float>(0.1 * std::sin(2.0 * std::numbers::pi * hz * seconds));
    for (const double hz : {220.0, 277.2, 329.6, 1'318.5})
      chord[f] += static_cast<float>(0.1 * std::sin(2.0 * std::numbers::pi * hz * seconds));
    clicks[f] = f % 24'000 < 20 ? 0.5F : 0.0F;
  }
  for (const auto& sound : {hum, clicks, chord}) {
    const auto found = find_round_trip(probe, sound);
    EXPECT_FALSE(found) << (found ? found->frames.count : 0) << ", " << (found ? found->confidence : 0.0);
  }
}

// A driver that loses a buffer now and then gives sweeps of different round trips: no figure instead of one of them.
TEST(CalibrationTest, LostBuffersGiveNoFigure) {
  const LoopProbe& probe = probe_at(48'000);
  std::vector<float> sound = come_back(probe, {});
  for (const std::size_t i : {1U, 2U, 3U, 4U}) {
    const auto from = sound.begin() + probe.starts[i].count - 2'000;
    sound.erase(from, from + 256);
  }
  const auto found = find_round_trip(probe, sound);
  EXPECT_FALSE(found) << (found ? found->frames.count : 0);
}

TEST(CalibrationTest, FarNoiseLowersTheConfidence) {
  const LoopProbe& probe = probe_at(48'000);
  const auto clean = find_round_trip(probe, come_back(probe, {.gain = 0.1, .noise_rms = 0.0001}));
  const auto noisy = find_round_trip(probe, come_back(probe, {.gain = 0.006, .noise_rms = 0.1}));
  ASSERT_TRUE(clean);
  EXPECT_STREQ(confidence_text(clean->confidence), "sure");
  if (noisy) {
    EXPECT_LT(noisy->confidence, clean->confidence);
  }
}

}  // namespace
}  // namespace talkback::recorder
