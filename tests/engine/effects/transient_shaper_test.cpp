#include "engine/effects/transient_shaper.hpp"

#include <gtest/gtest.h>

#include "engine/dsp/decibel.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

// A drum every half second: 200 Hz with a decay of 100 ms.
AudioBuffer drums(double peak) {
  AudioBuffer sound = tone(2, 96'000, 200.0 / 48'000.0, peak, std::numbers::pi / 2.0);
  for (int c = 0; c < 2; ++c) {
    for (std::size_t n = 0; n < 96'000; ++n)
      sound.block().channel(c)[n] *= static_cast<float>(std::exp(-static_cast<double>(n % 24'000) / 4'800.0));
  }
  return sound;
}

// What the shaper does to the peak of a stretch after the start of the last drum, in dB.
double change_db(const std::vector<Setting>& settings, double from_ms, double to_ms, double peak = 0.5) {
  auto effect = prepared("transient_shaper", settings);
  effect->reset();
  const AudioBuffer input = drums(peak);
  AudioBuffer sound = input;
  effect->process(sound.block());
  const int first = 72'000 + static_cast<int>(from_ms * 48.0);
  const int frames = static_cast<int>((to_ms - from_ms) * 48.0);
  return dsp::db_from_gain(peak_of(sound.block().slice(first, frames))) -
         dsp::db_from_gain(peak_of(std::as_const(input).block().slice(first, frames)));
}

TEST(TransientShaperTest, AttackChangesTheBeginningsAndLeavesTheTails) {
  for (const double db : {-12.0, 6.0, 12.0}) {
    EXPECT_NEAR(change_db({{"attack_db", db}}, 1.0, 4.0), db, 0.15 * std::abs(db)) << db;
    EXPECT_NEAR(change_db({{"attack_db", db}}, 150.0, 400.0), 0.0, 0.1) << db;
  }
}

TEST(TransientShaperTest, SustainChangesTheTailsAndLeavesTheBeginnings) {
  for (const double db : {-12.0, 6.0, 12.0}) {
    EXPECT_NEAR(change_db({{"sustain_db", db}}, 300.0, 450.0), db, 0.15 * std::abs(db)) << db;
    EXPECT_NEAR(change_db({{"sustain_db", db}}, 1.5, 5.0), 0.0, 0.2) << db;
  }
}

TEST(TransientShaperTest, LevelDoesNotMatter) {
  for (const double from : {1.0, 100.0, 300.0}) {
    EXPECT_NEAR(change_db({{"attack_db", 9}, {"sustain_db", -6}}, from, from + 20.0, 0.5),
                change_db({{"attack_db", 9}, {"sustain_db", -6}}, from, from + 20.0, 0.0005), 0.01);
  }
}

TEST(TransientShaperTest, SteadyTonesKeepTheirLevel) {
  for (const double hz : {50.0, 440.0, 5'000.0}) {
    auto effect = prepared("transient_shaper", {{"attack_db", 24}, {"sustain_db", 24}}, 1);
    AudioBuffer sound = tone(1, 48'000, hz / 48'000.0, 0.1);
    const AudioBuffer input = sound;
    effect->process(sound.block());
    EXPECT_NEAR(dsp::db_from_gain(peak_of(sound.block().slice(36'000, 12'000))), -20.0, 0.1) << hz;
  }
}

TEST(TransientShaperTest, AtZeroTheSoundIsTheInput) {
  auto effect = prepared("transient_shaper", {});
  effect->set(0, std::nan(""));
  AudioBuffer sound = drums(0.5);
  effect->process(sound.block());
  EXPECT_TRUE(std::ranges::equal(sound.block().channel(0), drums(0.5).block().channel(0)));
}

}  // namespace
}  // namespace talkback::effects
