#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "engine/analysis/correlation_meter.hpp"
#include "engine/analysis/peak_meter.hpp"
#include "engine/analysis/rms_meter.hpp"
#include "engine/analysis/spectrum_analyser.hpp"
#include "tests/support/realtime_guard.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback::analysis {
namespace {

constexpr SampleRate kRate{48'000};

AudioBuffer tone(double hz, double level, int frames, double right = 1.0) {
  AudioBuffer sound(2, frames);
  for (int n = 0; n < frames; ++n) {
    const double value = level * std::sin(2.0 * std::numbers::pi * hz * n / kRate.hz);
    sound.block().channel(0)[static_cast<std::size_t>(n)] = static_cast<float>(value);
    sound.block().channel(1)[static_cast<std::size_t>(n)] = static_cast<float>(value * right);
  }
  return sound;
}

template <class Meter>
void feed(Meter& meter, const AudioBuffer& sound, int block_frames = 128) {
  for (int n = 0; n < sound.frame_count(); n += block_frames) {
    const test::RealtimeGuard guard;
    meter.process(sound.block().slice(n, std::min(block_frames, sound.frame_count() - n)));
  }
}

TEST(PeakMeterTest, RisesAtOnceAndFallsTwentyDecibelsIn1700Milliseconds) {
  PeakMeter meter(kRate);
  EXPECT_EQ(meter.level_db(0), -std::numeric_limits<double>::infinity());
  AudioBuffer click(2, 128);
  click.block().channel(0)[5] = -0.5F;
  feed(meter, click);
  EXPECT_NEAR(meter.level_db(0), -6.02, 0.04);
  EXPECT_EQ(meter.level_db(1), -std::numeric_limits<double>::infinity());
  feed(meter, AudioBuffer(2, 81'600));
  EXPECT_NEAR(meter.level_db(0), -26.02, 0.05);
  EXPECT_NEAR(meter.held_db(0), -6.02, 0.01) << "held for two seconds";
  feed(meter, AudioBuffer(2, 48'000));
  EXPECT_LT(meter.held_db(0), -10.0);
  EXPECT_NEAR(meter.greatest_db(0), -6.02, 0.01);
}

TEST(PeakMeterTest, CountsSamplesAtFullScaleAndAbove) {
  PeakMeter meter(kRate);
  AudioBuffer sound(2, 256);
  for (const std::size_t n : {3U, 4U, 200U}) sound.block().channel(1)[n] = n == 4 ? -1.5F : 1.0F;
  feed(meter, sound);
  EXPECT_EQ(meter.clips(), 3);
  EXPECT_NEAR(meter.greatest_db(1), 3.52, 0.01);
  meter.reset();
  EXPECT_EQ(meter.clips(), 0);
}

TEST(RmsMeterTest, ReadsASineOfFullScaleAsZero) {
  RmsMeter meter(kRate);
  feed(meter, tone(997.0, 1.0, 96'000, 0.5));
  EXPECT_NEAR(meter.level_db(0), 0.0, 0.02);
  EXPECT_NEAR(meter.level_db(1), -6.02, 0.02);
  EXPECT_NEAR(meter.whole_db(), 10.0 * std::log10((1.0 + 0.25) / 2.0), 0.02);
  // 125 ms later, 1/e of the power is left: 4.34 dB.
  feed(meter, AudioBuffer(2, 6'000));
  EXPECT_NEAR(meter.level_db(0), -4.34, 0.05);
}

TEST(CorrelationMeterTest, KnowsMonoInvertedIndependentAndSilent) {
  const auto measure = [](const AudioBuffer& sound) {
    CorrelationMeter meter(kRate);
    feed(meter, sound);
    EXPECT_NEAR(meter.value().value_or(9.0), meter.whole().value_or(9.0), 0.05);
    return meter.value();
  };
  EXPECT_NEAR(measure(tone(500.0, 0.3, 48'000)).value_or(9.0), 1.0, 1e-6);
  EXPECT_NEAR(measure(tone(500.0, 0.3, 48'000, -0.2)).value_or(9.0), -1.0, 1e-6);
  EXPECT_NEAR(measure(test_noise(2, 96'000)).value_or(9.0), 0.0, 0.03);
  EXPECT_FALSE(measure(AudioBuffer(2, 4'800)));
  EXPECT_FALSE(measure(tone(500.0, 0.3, 48'000, 0.0)));
}

// A quarter turn apart: independent, though one is the other a little later.
TEST(CorrelationMeterTest, ForgetsInItsTime) {
  CorrelationMeter meter(kRate);
  feed(meter, tone(500.0, 0.3, 48'000));
  feed(meter, tone(500.0, 0.3, 144'000, -1.0));
  EXPECT_LT(meter.value().value_or(9.0), -0.999);
  EXPECT_NEAR(meter.whole().value_or(9.0), -0.5, 0.01);
}

TEST(SpectrumAnalyserTest, ReadsASineOfFullScaleAsZeroAtAnyFrequency) {
  for (const double hz : {46.875, 100.0, 440.0, 997.0, 1'000.0, 5'005.86, 12'345.6, 20'000.0}) {
    for (const double level : {1.0, 0.001}) {
      SpectrumAnalyser analyser(kRate);
      EXPECT_FALSE(analyser.has_spectrum());
      feed(analyser, tone(hz, level, 3 * SpectrumAnalyser::kWindowFrames), 441);
      const auto peak = analyser.peak();
      ASSERT_TRUE(peak);
      const double expected = 20.0 * std::log10(level);
      EXPECT_NEAR(peak->level_db, expected, 0.1) << hz;
      EXPECT_NEAR(peak->frequency_hz, hz, 2.0);
      double greatest = -200.0;
      for (int bin = 0; bin < SpectrumAnalyser::kBins; ++bin) greatest = std::max(greatest, analyser.bin_db(bin));
      EXPECT_LT(greatest, expected + 0.1);
      EXPECT_GT(greatest, expected - 1.52);
      // Far from the line there is nothing.
      EXPECT_LT(analyser.bin_db(hz < 10'000.0 ? 2'000 : 100), expected - 90.0) << hz;
    }
  }
}

TEST(SpectrumAnalyserTest, BinCentresReadTheAmplitude) {
  SpectrumAnalyser analyser(kRate);
  feed(analyser, tone(analyser.bin_hz(100), 0.5, SpectrumAnalyser::kWindowFrames));
  EXPECT_NEAR(analyser.bin_db(100), -6.02, 0.01);
  EXPECT_NEAR(analyser.bin_db(99), -12.04, 0.01) << "half of it beside the line";
}

TEST(SpectrumAnalyserTest, ThirdOctavesHoldALineAndAddNoise) {
  SpectrumAnalyser analyser(kRate);
  feed(analyser, tone(1'000.0, 0.5, 2 * SpectrumAnalyser::kWindowFrames));
  const auto bands = analyser.third_octaves_db();
  EXPECT_NEAR(SpectrumAnalyser::band_hz(16), 1'000.0, 1e-6);
  EXPECT_NEAR(bands[16], -6.02, 0.1);
  EXPECT_LT(bands[13], -80.0);
  // White noise: each band has its width's share, and all have nearly all.
  SpectrumAnalyser noise(kRate);
  double all = 0.0;
  const AudioBuffer sound = test_noise(2, 480'000, 0.5F);
  RmsMeter rms(kRate);
  feed(rms, sound);
  std::array<double, SpectrumAnalyser::kBands> mean{};
  int windows = 0;
  for (int n = 0; n + 1'024 <= sound.frame_count(); n += 1'024) {
    noise.process(sound.block().slice(n, 1'024));
    if (!noise.has_spectrum()) continue;
    ++windows;
    const auto levels = noise.third_octaves_db();
    for (std::size_t b = 0; b < levels.size(); ++b) mean[b] += std::pow(10.0, levels[b] / 10.0);
  }
  for (double& power : mean) all += power / windows;
  EXPECT_NEAR(10.0 * std::log10(all), rms.whole_db() + 10.0 * std::log10(22'387.0 / 24'000.0), 0.2);
  EXPECT_NEAR(10.0 * std::log10(mean[26] / mean[16]), 10.0, 0.5) << "ten times as wide";
}

TEST(SpectrumAnalyserTest, SilenceHasNoPeak) {
  SpectrumAnalyser analyser(kRate);
  feed(analyser, AudioBuffer(1, SpectrumAnalyser::kWindowFrames));
  EXPECT_TRUE(analyser.has_spectrum());
  EXPECT_FALSE(analyser.peak());
  EXPECT_EQ(analyser.bin_db(5), -std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace talkback::analysis
