#include "engine/effects/de_esser.hpp"

#include <gtest/gtest.h>

#include "engine/dsp/decibel.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

double steady_gain_db(double hz, double level_db, std::vector<Setting> settings) {
  auto effect = prepared("de_esser", settings, 1);
  AudioBuffer sound = tone(1, 48'000, hz / 48'000.0, dsp::gain_from_db(level_db));
  effect->process(sound.block());
  return dsp::db_from_gain(peak_of(sound.block().slice(36'000, 12'000))) - level_db;
}

TEST(DeEsserTest, SibilantsMeetTheStaticCurve) {
  for (const double mode : {1.0, 2.0}) {
    for (const double level : {-40.0, -30.0, -25.0, -20.0, -6.0}) {
      const double expected = -std::clamp(level + 30.0, 0.0, 12.0);
      EXPECT_NEAR(steady_gain_db(9'877.0, level,
                                 {{"mode", mode}, {"frequency_hz", 2'000}, {"threshold_db", -30}, {"range_db", 12}}),
                  expected, 0.1)
          << mode << ' ' << level;
    }
  }
}

TEST(DeEsserTest, LowSoundDoesNotSteer) { EXPECT_NEAR(steady_gain_db(300.0, 0.0, {{"threshold_db", -50}}), 0.0, 0.05); }

TEST(DeEsserTest, AtRestTheSplitBandsSumToAnAllPass) {
  for (const double hz : {500.0, 6'000.0, 16'000.0}) {
    auto effect = prepared("de_esser", {{"frequency_hz", hz}, {"threshold_db", 0}}, 1);
    AudioBuffer sound(1, 9'600);
    sound.block().channel(0)[0] = 0.5F;
    effect->process(sound.block());
    for (double at = 20.0; at < 24'000.0; at *= 1.1)
      EXPECT_NEAR(magnitude_db(sound.block().channel(0), at / 48'000.0), -6.0206, 0.01) << hz << ' ' << at;
  }
}

TEST(DeEsserTest, AtRestTheWideBandIsTheInput) {
  auto effect = prepared("de_esser", {{"mode", 2}, {"threshold_db", 0}, {"range_db", 40}});
  AudioBuffer sound = noise(2, 5'000, 0.3F);
  effect->process(sound.block());
  EXPECT_TRUE(std::ranges::equal(sound.block().channel(1), noise(2, 5'000, 0.3F).block().channel(1)));
}

TEST(DeEsserTest, WideBandTurnsTheVoiceDownWithTheSibilant) {
  const auto low_part_db = [](double mode) {
    auto effect = prepared("de_esser", {{"mode", mode}, {"frequency_hz", 4'000}, {"threshold_db", -40}}, 1);
    AudioBuffer sound = tone(1, 48'000, 10'000.0 / 48'000.0, 0.1);
    const AudioBuffer voice = tone(1, 48'000, 300.0 / 48'000.0, 0.1);
    for (std::size_t n = 0; n < 48'000; ++n) sound.block().channel(0)[n] += voice.block().channel(0)[n];
    effect->process(sound.block());
    return magnitude_db(sound.block().slice(24'000, 24'000).channel(0), 300.0 / 48'000.0) -
           magnitude_db(voice.block().slice(24'000, 24'000).channel(0), 300.0 / 48'000.0);
  };
  EXPECT_NEAR(low_part_db(1), 0.0, 0.05);
  EXPECT_NEAR(low_part_db(2), -12.0, 0.1);
}

TEST(DeEsserTest, ListeningGivesTheUpperBand) {
  // 24 dB an octave: two octaves below, 48.2 dB are gone.
  EXPECT_NEAR(steady_gain_db(1'000.0, -6.0, {{"listen", 1}, {"frequency_hz", 4'000}}), -48.6, 0.6);
  EXPECT_NEAR(steady_gain_db(15'877.0, -6.0, {{"listen", 1}, {"frequency_hz", 1'000}}), 0.0, 0.05);
}

TEST(DeEsserTest, ParametersAtTheirEndsAreDefined) {
  auto effect = prepared("de_esser", {{"frequency_hz", 1e9}, {"threshold_db", -1e9}, {"range_db", 1e9}}, 2, {8'000});
  effect->set(1, std::nan(""));
  AudioBuffer sound = noise(2, 8'000);
  effect->process(sound.block());
  EXPECT_LT(peak_of(sound.block()), 1.0);
}

}  // namespace
}  // namespace talkback::effects
