#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "engine/dsp/biquad.hpp"
#include "engine/dsp/decibel.hpp"
#include "engine/dsp/delay_line.hpp"
#include "engine/dsp/dither.hpp"
#include "engine/dsp/fade.hpp"
#include "engine/dsp/fast_math.hpp"
#include "engine/dsp/pan.hpp"
#include "engine/dsp/true_peak.hpp"

namespace talkback::dsp {
namespace {

TEST(DecibelTest, SilenceIsExactAndUnityIsOne) {
  EXPECT_EQ(gain_from_db(-144.0), 0.0);
  EXPECT_EQ(gain_from_db(0.0), 1.0);
  EXPECT_NEAR(db_from_gain(0.5), -6.0206, 1e-4);
}

TEST(PanTest, PowerIsConstantAndTheCentreIsThreeDecibelsDown) {
  for (double pan = -1.0; pan <= 1.0; pan += 0.05) {
    const PanGains gains = mono_pan(pan);
    EXPECT_NEAR(gains.left * gains.left + gains.right * gains.right, 1.0, 1e-12);
  }
  EXPECT_NEAR(db_from_gain(mono_pan(0.0).left), -3.0103, 1e-3);
  EXPECT_EQ(mono_pan(1.0).left, 0.0);
  EXPECT_EQ(mono_pan(-1.0).right, 0.0);
  EXPECT_EQ(stereo_balance(0.0).left, 1.0);
  EXPECT_NEAR(stereo_balance(-1.0).left * kMonoSpreadGain, mono_pan(-1.0).left, 1e-12);
}

TEST(FadeTest, PairsSumToOneInGainOrInPower) {
  for (double x = 0.0; x <= 1.0; x += 0.1) {
    EXPECT_NEAR(fade_gain(FadeShape::linear, x) + fade_gain(FadeShape::linear, 1.0 - x), 1.0, 1e-12);
    const double in = fade_gain(FadeShape::equal_power, x);
    const double out = fade_gain(FadeShape::equal_power, 1.0 - x);
    EXPECT_NEAR(in * in + out * out, 1.0, 1e-12);
  }
}

TEST(FastMathTest, LogarithmAndPowerStayWithinTheirStatedError) {
  for (float x = 1e-9F; x < 100.0F; x *= 1.01F)
    EXPECT_NEAR(log2_of(x), std::log2(x), 3e-6F * std::max(1.0F, std::abs(std::log2(x))));
  for (float x = -40.0F; x < 20.0F; x += 0.013F) EXPECT_NEAR(exp2_of(x) / std::exp2(x), 1.0F, 1e-6F);
}

TEST(DitherTest, NoiseDependsOnSeedChannelAndFrameOnly) {
  const TpdfDither dither(7);
  EXPECT_EQ(dither.quantise(0.1F, 16, 1, FramePosition{1234}),
            TpdfDither(7).quantise(0.1F, 16, 1, FramePosition{1234}));
  EXPECT_NE(dither.noise(0, FramePosition{5}), dither.noise(1, FramePosition{5}));
  EXPECT_NE(dither.noise(0, FramePosition{5}), dither.noise(0, FramePosition{6}));
  EXPECT_NE(dither.noise(0, FramePosition{5}), TpdfDither(8).noise(0, FramePosition{5}));
}

TEST(DitherTest, ErrorHasTheMeanAndPowerOfTpdfWhateverTheSignal) {
  const TpdfDither dither;
  for (const float sample : {0.0F, 0.1F, 0.3F / 32768.0F}) {
    double sum = 0.0;
    double square = 0.0;
    constexpr int kCount = 200'000;
    for (int n = 0; n < kCount; ++n) {
      const double error = dither.quantise(sample, 16, 0, FramePosition{n}) - static_cast<double>(sample) * 32768.0;
      sum += error;
      square += error * error;
    }
    EXPECT_NEAR(sum / kCount, 0.0, 0.01);
    EXPECT_NEAR(square / kCount, 0.25, 0.01);  // 1/12 of rounding, 1/6 of the triangular noise
  }
}

TEST(DitherTest, ClipsAtFullScale) {
  // Many at once are each as alone.
  const std::vector<float> samples = {2.0F, -2.0F, 0.1F, -0.1F, 0.0F, 0.999999F, -1e-6F, 0.5F, 0.25F};
  for (const int bits : {16, 24}) {
    std::vector<std::int32_t> together(samples.size());
    TpdfDither(3).quantise(samples, bits, 1, FramePosition{77}, together.data());
    for (std::size_t n = 0; n < samples.size(); ++n) {
      const FramePosition frame{77 + static_cast<std::int64_t>(n)};
      EXPECT_EQ(together[n], TpdfDither(3).quantise(samples[n], bits, 1, frame));
    }
  }
  EXPECT_EQ(TpdfDither().quantise(2.0F, 16, 0, {}), 32767);
  EXPECT_EQ(TpdfDither().quantise(-2.0F, 16, 0, {}), -32768);
}

TEST(DelayLineTest, GivesBackWhatWentIn) {
  DelayLine line;
  line.prepare(100, 64);
  std::vector<float> block(50);
  for (int round = 0; round < 10; ++round) {
    for (int n = 0; n < 50; ++n) block[static_cast<std::size_t>(n)] = static_cast<float>(round * 50 + n);
    line.write(block);
    line.read(70, block);
    for (int n = 0; n < 50; ++n) {
      EXPECT_EQ(block[static_cast<std::size_t>(n)], static_cast<float>(std::max(0, round * 50 + n - 70)));
    }
  }
}

double peak_of_tone_db(TruePeakDetector::Reach reach, double cycles_per_frame, float floor) {
  TruePeakDetector detector;
  detector.prepare(1, reach);
  AudioBuffer tone(1, 4000);
  for (std::size_t n = 0; n < 4000; ++n) {
    const double angle = 2.0 * std::numbers::pi * static_cast<double>(n) * cycles_per_frame + std::numbers::pi / 4.0;
    tone.block().channel(0)[n] = static_cast<float>(0.5 * std::sin(angle));
  }
  std::vector<float> peaks(4000);
  detector.process(tone.block(), peaks, floor);
  float greatest = 0.0F;
  for (std::size_t n = 1000; n < 4000; ++n) greatest = std::max(greatest, peaks[n]);
  return db_from_gain(static_cast<double>(greatest));
}

TEST(TruePeakTest, FindsThePeakBetweenTheSamples) {
  for (const double rate_part : {0.0101, 0.125, 1.0 / 6.0, 0.25, 0.3226, 0.4, 0.4167}) {
    EXPECT_NEAR(peak_of_tone_db(TruePeakDetector::Reach::near, rate_part, 0.0F), -6.0206, 0.05) << rate_part;
    EXPECT_NEAR(peak_of_tone_db(TruePeakDetector::Reach::far, rate_part, 0.0F), -6.0206, 0.05) << rate_part;
  }
  EXPECT_NEAR(peak_of_tone_db(TruePeakDetector::Reach::far, 0.4801, 0.0F), -6.0206, 0.05);
}

TEST(TruePeakTest, AFloorBelowThePeakHidesNothing) {
  for (const double rate_part : {0.0101, 0.25, 0.4167}) {
    for (const float floor : {0.3F, 0.499F})
      EXPECT_EQ(peak_of_tone_db(TruePeakDetector::Reach::near, rate_part, floor),
                peak_of_tone_db(TruePeakDetector::Reach::near, rate_part, 0.0F));
  }
}

TEST(BiquadTest, GlidesGiveTheSameSamplesInAnyDivision) {
  const Biquad first{0.2, 0.1, 0.0, -0.9, 0.3};
  const Biquad second{0.4, -0.1, 0.05, -1.2, 0.5};
  const auto render = [&](int step) {
    BiquadCascade cascade;
    cascade.set(std::vector<Biquad>(5, first));
    cascade.reset();
    cascade.set(std::vector<Biquad>(5, second));
    AudioBuffer sound(2, 300);
    for (int n = 0; n < 300; ++n) {
      sound.block().channel(0)[static_cast<std::size_t>(n)] = static_cast<float>(n % 17) * 0.05F;
      sound.block().channel(1)[static_cast<std::size_t>(n)] = static_cast<float>(n % 23) * 0.03F;
    }
    for (int n = 0; n < 300; n += step) cascade.process(sound.block().slice(n, std::min(step, 300 - n)));
    return std::vector<float>(sound.block().channel(1).begin(), sound.block().channel(1).end());
  };
  EXPECT_EQ(render(300), render(1));
  EXPECT_EQ(render(300), render(7));
}

}  // namespace
}  // namespace talkback::dsp
