#include "engine/effects/modulated_delay.hpp"

#include <gtest/gtest.h>

#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

const std::vector<Setting> kStill = {{"depth_ms", 0}, {"mix_percent", 100}, {"feedback_percent", 0}};

std::vector<Setting> still_and(std::vector<Setting> more) {
  more.insert(more.end(), kStill.begin(), kStill.end());
  return more;
}

double rms(std::span<const float> samples) {
  double sum = 0.0;
  for (const float sample : samples) sum += static_cast<double>(sample) * static_cast<double>(sample);
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

// A tone that was late by a time that is no whole number of frames, against the same tone computed late.
TEST(ModulatedDelayTest, DelaysByPartsOfAFrame) {
  for (const double ms : {1.0, 1.007, 3.333}) {
    // Half way between two frames the interpolation is 0.2 dB down at a quarter of the rate.
    for (const auto& [hz, tolerance] :
         {std::pair(200.0, 2e-5F), std::pair(5'000.0, 2e-4F), std::pair(12'000.0, 1.2e-2F)}) {
      auto effect = prepared("flanger", still_and({{"delay_ms", ms}}));
      AudioBuffer sound = tone(2, 4'000, hz / 48'000.0, 0.5);
      effect->process(sound.block());
      const AudioBuffer late = tone(2, 4'000, hz / 48'000.0, 0.5, -2.0 * std::numbers::pi * hz / 48'000.0 * ms * 48.0);
      for (std::size_t n = 1'000; n < 4'000; ++n)
        ASSERT_NEAR(sound.block().channel(0)[n], late.block().channel(0)[n], tolerance)
            << ms << " ms, " << hz << " Hz, " << n;
    }
  }
}

// In equal parts with itself a millisecond late, a sound is cut at 500 Hz and doubled at 1 kHz.
TEST(ModulatedDelayTest, TheFlangerIsACombWithNotchesAtOddHalvesOfItsTime) {
  for (const double hz : {500.0, 1'500.0, 1'000.0, 2'000.0}) {
    auto effect = prepared("flanger", {{"depth_ms", 0}, {"mix_percent", 50}, {"feedback_percent", 0}, {"delay_ms", 1}});
    AudioBuffer sound = tone(2, 9'600, hz / 48'000.0, 0.5);
    effect->process(sound.block());
    const double level = rms(sound.block().channel(0).subspan(4'800)) / (0.5 / std::numbers::sqrt2);
    EXPECT_NEAR(level, std::fmod(hz, 1'000.0) == 0.0 ? 1.0 : 0.0, 1e-3) << hz;
  }
}

// wet = late / (1 - feedback late): 1 / (1 - 0.5) at the peaks of the comb, 1 / (1 + 0.5) between.
TEST(ModulatedDelayTest, FeedbackSharpensTheComb) {
  for (const auto& [hz, gain] : {std::pair(1'000.0, 2.0), std::pair(1'500.0, 1.0 / 1.5)}) {
    auto effect =
        prepared("flanger", {{"depth_ms", 0}, {"mix_percent", 100}, {"feedback_percent", 50}, {"delay_ms", 1}});
    AudioBuffer sound = tone(2, 19'200, hz / 48'000.0, 0.25);
    effect->process(sound.block());
    EXPECT_NEAR(rms(sound.block().channel(0).subspan(9'600)) / (0.25 / std::numbers::sqrt2), gain, 0.01) << hz;
  }
}

// The delay of a ramp is read off its height: 10 ms and from 0 to 4 more, twice a second, and a quarter turn apart.
TEST(ModulatedDelayTest, TheDelaySwingsBetweenItsEndsAndTheRightRunsAhead) {
  for (const bool is_triangle : {false, true}) {
    auto effect = prepared("chorus", {{"delay_ms", 10},
                                      {"depth_ms", 4},
                                      {"rate_hz", 2},
                                      {"voices", 1},
                                      {"shape", is_triangle ? 2.0 : 1.0},
                                      {"stereo_phase_degrees", 90},
                                      {"mix_percent", 100}});
    AudioBuffer sound(2, 48'000);
    for (int c = 0; c < 2; ++c) {
      for (int n = 0; n < 48'000; ++n)
        sound.block().channel(c)[static_cast<std::size_t>(n)] = static_cast<float>(n) * 0x1p-16F;
    }
    effect->process(sound.block());
    for (int n = 2'000; n < 48'000; n += 731) {
      for (int c = 0; c < 2; ++c) {
        const double ms =
            (n - static_cast<double>(sound.block().channel(c)[static_cast<std::size_t>(n)]) * 65'536.0) / 48.0;
        const double turns = std::fmod(n / 24'000.0 + 0.25 * c, 1.0);
        const double triangle = turns < 0.25 ? 4.0 * turns : turns < 0.75 ? 2.0 - 4.0 * turns : 4.0 * turns - 4.0;
        const double wave = is_triangle ? triangle : std::sin(2.0 * std::numbers::pi * turns);
        ASSERT_NEAR(ms, 12.0 + 2.0 * wave, 2e-3) << n << " channel " << c;
      }
    }
  }
}

TEST(ModulatedDelayTest, VoicesKeepTheLevelOfNoise) {
  for (const int voices : {1, 3, 6}) {
    auto effect = prepared("chorus", {{"voices", static_cast<double>(voices)}, {"depth_ms", 8}, {"mix_percent", 100}});
    AudioBuffer sound = noise(2, 96'000);
    const double before = rms(sound.block().channel(0));
    effect->process(sound.block());
    // The interpolation takes some of the highest octave.
    EXPECT_NEAR(20.0 * std::log10(rms(sound.block().channel(0).subspan(9'600)) / before), -0.5, 0.5) << voices;
  }
}

TEST(ModulatedDelayTest, ExtremesStayFinite) {
  for (const std::string_view name : {"chorus", "flanger"}) {
    for (const double feedback : {-98.0, 98.0}) {
      auto effect = prepared(
          name, {{"delay_ms", 0}, {"depth_ms", 100}, {"rate_hz", 20}, {"feedback_percent", feedback}}, 2, {44'100});
      AudioBuffer sound = noise(2, 200'000);
      effect->process(sound.block());
      EXPECT_LT(peak_of(sound.block()), 20.0) << name;
      effect->set(0, std::nan(""));
      effect->process(sound.block());
      EXPECT_TRUE(std::isfinite(peak_of(sound.block()))) << name;
    }
  }
}

// A tone of 200 Hz moves by at most 0.013 a frame; a jump of the delay by 30 ms at once would step by up to 1.
TEST(ModulatedDelayTest, MovingTheDelayDoesNotClick) {
  auto effect = prepared("chorus", still_and({{"voices", 1}, {"delay_ms", 5}}));
  AudioBuffer sound = tone(2, 9'600, 200.0 / 48'000.0, 0.5);
  effect->process(sound.block().slice(0, 4'800));
  effect->set(1, 35.0);
  effect->process(sound.block().slice(4'800, 4'800));
  for (std::size_t n = 3'000; n < 9'600; ++n)
    ASSERT_LT(std::abs(sound.block().channel(0)[n] - sound.block().channel(0)[n - 1]), 0.04F) << n;
}

}  // namespace
}  // namespace talkback::effects
