#include "engine/effects/phaser.hpp"

#include <gtest/gtest.h>

#include <complex>

#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

double level_at(double hz, const std::vector<Setting>& settings) {
  auto effect = prepared("phaser", settings);
  AudioBuffer sound = tone(2, 48'000, hz / 48'000.0, 0.25);
  effect->process(sound.block());
  double sum = 0.0;
  for (const float sample : sound.block().channel(0).subspan(24'000))
    sum += static_cast<double>(sample) * static_cast<double>(sample);
  return std::sqrt(sum / 24'000.0) / (0.25 / std::numbers::sqrt2);
}

double warped(double hz) { return std::tan(std::numbers::pi * hz / 48'000.0); }
double unwarped(double tangent) { return std::atan(tangent) * 48'000.0 / std::numbers::pi; }

TEST(PhaserTest, NotchesStandWhereTheLawPutsThem) {
  for (const int stages : {2, 4, 12}) {
    const std::vector<Setting> still = {
        {"depth_octaves", 0}, {"centre_hz", 1'000}, {"stages", static_cast<double>(stages)}};
    for (int k = 0; 2 * k + 1 < stages; ++k) {
      const double hz = unwarped(warped(1'000) * std::tan((2 * k + 1) * std::numbers::pi / (2.0 * stages)));
      EXPECT_LT(level_at(hz, still), 2e-3) << stages << " stages, " << hz << " Hz";
    }
    // All-pass: the wet sound alone has the level of the input everywhere.
    auto wet = still;
    wet.push_back({"mix_percent", 100});
    for (const double hz : {100.0, 1'000.0, 9'000.0}) EXPECT_NEAR(level_at(hz, wet), 1.0, 1e-4) << hz;
  }
}

// wet = A / (1 - k A) with A = exp(-2 i n atan(tan(pi f / rate) / tan(pi corner / rate))).
TEST(PhaserTest, FeedbackIsSolvedForWithoutADelay) {
  for (const double feedback : {-0.8, 0.8}) {
    for (const double hz : {200.0, 700.0, 1'000.0, 6'000.0, 15'000.0}) {
      const std::complex<double> a = std::polar(1.0, -2.0 * 6.0 * std::atan(warped(hz) / warped(1'000)));
      EXPECT_NEAR(level_at(hz, {{"depth_octaves", 0},
                                {"centre_hz", 1'000},
                                {"stages", 6},
                                {"feedback_percent", 100.0 * feedback},
                                {"mix_percent", 100}}),
                  std::abs(a / (1.0 - feedback * a)), 0.01)
          << hz << " Hz, feedback " << feedback;
    }
  }
}

// One stage turns the phase by 90 degrees at its corner: a notch of two stages passes a tone when the corner does.
TEST(PhaserTest, TheCornerSwingsByItsOctavesAtItsRate) {
  auto effect = prepared(
      "phaser", {{"centre_hz", 1'000}, {"depth_octaves", 2}, {"rate_hz", 1}, {"stages", 2}, {"mix_percent", 50}});
  AudioBuffer sound = tone(2, 48'000, 1'000.0 * std::sqrt(2.0) / 48'000.0, 0.5);
  effect->process(sound.block());
  // exp2(sin(2 pi t)) = sqrt(2) at t = 1/12 and 5/12.
  const auto loud = [&](double seconds) {
    return peak_of(sound.block().slice(static_cast<int>(seconds * 48'000.0) - 48, 96));
  };
  EXPECT_LT(loud(1.0 / 12.0), 0.02);
  EXPECT_LT(loud(5.0 / 12.0), 0.02);
  EXPECT_GT(loud(0.75), 0.3);
}

TEST(PhaserTest, ExtremesStayFinite) {
  for (const double feedback : {-100.0, 100.0}) {
    auto effect = prepared(
        "phaser",
        {{"centre_hz", 20'000}, {"depth_octaves", 8}, {"rate_hz", 20}, {"feedback_percent", feedback}, {"stages", 12}},
        2, {8'000});
    AudioBuffer sound = noise(2, 100'000);
    effect->process(sound.block());
    EXPECT_LT(peak_of(sound.block()), 30.0);
    for (int i = 0; i < 8; ++i) effect->set(i, std::nan(""));
    effect->process(sound.block());
    EXPECT_TRUE(std::isfinite(peak_of(sound.block())));
  }
}

}  // namespace
}  // namespace talkback::effects
