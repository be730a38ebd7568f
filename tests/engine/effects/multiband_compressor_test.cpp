#include "engine/effects/multiband_compressor.hpp"

#include <gtest/gtest.h>

#include "engine/dsp/decibel.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

std::vector<float> impulse_response(const std::vector<Setting>& settings, SampleRate rate = {48'000}) {
  auto effect = prepared("multiband_compressor", settings, 1, rate);
  AudioBuffer sound(1, 24'000);
  sound.block().channel(0)[0] = 0.1F;
  effect->process(sound.block());
  for (float& sample : sound.block().channel(0)) sample *= 10.0F;
  return {sound.block().channel(0).begin(), sound.block().channel(0).end()};
}

TEST(MultibandCompressorTest, AtRestTheBandsSumToAnAllPass) {
  for (const std::vector<Setting>& settings :
       {std::vector<Setting>{},
        {{"crossover_1_hz", 60}, {"crossover_2_hz", 90}, {"crossover_3_hz", 140}},
        {{"crossover_1_hz", 500}, {"crossover_2_hz", 100}, {"crossover_3_hz", 20'000}}}) {
    const std::vector<float> response = impulse_response(settings);
    for (double hz = 10.0; hz < 24'000.0; hz *= 1.07)
      EXPECT_NEAR(magnitude_db(response, hz / 48'000.0), 0.0, 0.05) << hz;
  }
}

TEST(MultibandCompressorTest, BandsAreLinkwitzRileyOf24DecibelsAnOctave) {
  const std::vector<Setting> crossovers = {
      {"crossover_1_hz", 100}, {"crossover_2_hz", 1'000}, {"crossover_3_hz", 8'000}};
  const auto band = [&](const char* solo) {
    std::vector<Setting> settings = crossovers;
    settings.push_back({solo, 1});
    return impulse_response(settings);
  };
  const auto low = band("band_1.solo");
  EXPECT_NEAR(magnitude_db(low, 100.0 / 48'000.0), -6.02, 0.05);
  EXPECT_NEAR(magnitude_db(low, 200.0 / 48'000.0), -10.0 * std::log10(std::pow(1.0 + 16.0, 2.0)), 0.1);
  EXPECT_NEAR(magnitude_db(low, 20.0 / 48'000.0), 0.0, 0.05);
  const auto middle = band("band_2.solo");
  EXPECT_NEAR(magnitude_db(middle, 316.2 / 48'000.0), -0.17, 0.05);
  EXPECT_NEAR(magnitude_db(middle, 25.0 / 48'000.0), -48.2, 0.3);
  EXPECT_NEAR(magnitude_db(middle, 4'000.0 / 48'000.0), -48.4, 1.0);
  EXPECT_NEAR(magnitude_db(band("band_4.solo"), 8'000.0 / 48'000.0), -6.02, 0.1);
}

double steady_level_db(double hz, double level_db, const std::vector<Setting>& settings) {
  auto effect = prepared("multiband_compressor", settings, 1);
  AudioBuffer sound = tone(1, 96'000, hz / 48'000.0, dsp::gain_from_db(level_db));
  effect->process(sound.block());
  return dsp::db_from_gain(peak_of(sound.block().slice(80'000, 16'000)));
}

TEST(MultibandCompressorTest, EachBandFollowsItsOwnStaticCurve) {
  const double tones[] = {60.0, 347.0, 2'503.0, 11'003.0};
  for (int b = 0; b < 4; ++b) {
    const std::string prefix = "band_" + std::to_string(b + 1) + ".";
    const std::string names[] = {"threshold_db", "ratio", "knee_db", "makeup_db", "solo", "bypassed", "release_ms"};
    std::vector<std::string> paths;
    for (const std::string& name : names) paths.push_back(prefix + name);
    std::vector<Setting> settings = {{paths[0], -20}, {paths[1], 5}, {paths[2], 8},
                                     {paths[3], 3},   {paths[4], 1}, {paths[6], 1'000}};
    std::vector<Setting> bypassed = settings;
    bypassed.push_back({paths[5], 1});
    for (const double level : {-40.0, -16.0, -4.0}) {
      // What the crossovers let through.
      const double band_level = steady_level_db(tones[b], level, bypassed);
      EXPECT_NEAR(band_level, level, 0.6);
      EXPECT_NEAR(steady_level_db(tones[b], level, settings),
                  band_level + 3.0 - gain_reduction_db({-20, 5, 8}, band_level), 0.1)
          << b << ' ' << level;
    }
  }
}

TEST(MultibandCompressorTest, ABypassedBandIsNeitherCompressedNorMadeUp) {
  auto effect = prepared("multiband_compressor",
                         {{"band_2.bypassed", 1}, {"band_2.threshold_db", -60}, {"band_2.makeup_db", 12}}, 1);
  AudioBuffer sound = tone(1, 48'000, 400.0 / 48'000.0, 0.5);
  effect->process(sound.block());
  EXPECT_NEAR(dsp::db_from_gain(peak_of(sound.block().slice(24'000, 24'000))), -6.02, 0.1);
}

TEST(MultibandCompressorTest, MixOfZeroIsTheAllPass) {
  auto effect = prepared("multiband_compressor", {{"mix_percent", 0}, {"band_3.threshold_db", -60}}, 1);
  AudioBuffer sound = tone(1, 48'000, 3'001.0 / 48'000.0, 0.5);
  effect->process(sound.block());
  EXPECT_NEAR(dsp::db_from_gain(peak_of(sound.block().slice(24'000, 24'000))), -6.02, 0.05);
}

TEST(MultibandCompressorTest, ParametersAtTheirEndsAreDefined) {
  const std::vector<float> response =
      impulse_response({{"crossover_1_hz", 1e9}, {"crossover_2_hz", 0}, {"crossover_3_hz", 20}}, {8'000});
  EXPECT_NEAR(magnitude_db(response, 0.1), 0.0, 0.05);
  auto effect = prepared("multiband_compressor", {{"band_1.ratio", 1e9}, {"band_1.threshold_db", -1e9}});
  effect->set(0, std::nan(""));
  AudioBuffer sound = noise(2, 8'000);
  effect->process(sound.block());
  EXPECT_LT(peak_of(sound.block()), 4.0);
}

}  // namespace
}  // namespace talkback::effects
