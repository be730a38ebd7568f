#include "client/recorder/input_check.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace talkback::recorder {
namespace {

constexpr SampleRate kRate{48'000};

std::vector<float> sine(double hz, double peak, double offset = 0.0, double seconds = 2.0) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * kRate.hz));
  for (std::size_t f = 0; f < samples.size(); ++f)
    samples[f] =
        static_cast<float>(offset + peak * std::sin(2.0 * std::numbers::pi * hz * static_cast<double>(f) / kRate.hz));
  return samples;
}

std::vector<float> noise(double rms, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0.0, rms);
  std::vector<float> samples(static_cast<std::size_t>(2 * kRate.hz));
  for (float& sample : samples) sample = static_cast<float>(normal(random));
  return samples;
}

InputReading read(const std::vector<float>& samples, std::size_t block = 256) {
  InputCheck check(kRate);
  for (std::size_t at = 0; at < samples.size(); at += block)
    check.process(std::span(samples).subspan(at, std::min(block, samples.size() - at)));
  return check.reading();
}

TEST(InputCheckTest, ASineReadsItsPeakAndThreeDecibelsLess) {
  const InputReading reading = read(sine(997.0, 0.1));
  EXPECT_NEAR(reading.peak_dbfs, -20.0, 0.01);
  EXPECT_NEAR(reading.rms_dbfs, -23.01, 0.01);
  EXPECT_NEAR(reading.floor_dbfs, -23.01, 0.05);
  EXPECT_EQ(reading.clipped_frames, 0);
  EXPECT_FALSE(reading.hum_hz);
}

TEST(InputCheckTest, AnyDivisionIntoBlocksReadsTheSame) {
  const std::vector<float> samples = noise(0.01);
  const InputReading one = read(samples, 1);
  const InputReading other = read(samples, 4'097);
  EXPECT_EQ(one.peak_dbfs, other.peak_dbfs);
  EXPECT_EQ(one.rms_dbfs, other.rms_dbfs);
  EXPECT_EQ(one.floor_dbfs, other.floor_dbfs);
}

TEST(InputCheckTest, ACoughDoesNotRaiseTheNoiseFloor) {
  std::vector<float> samples = noise(0.001);
  for (std::size_t f = 10'000; f < 20'000; ++f) samples[f] *= 300.0F;
  EXPECT_NEAR(read(samples).floor_dbfs, -60.0, 0.5);
  EXPECT_GT(read(samples).rms_dbfs, -25.0);
}

TEST(InputCheckTest, HumIsToldFromNoiseWithItsFrequency) {
  for (const int mains : {50, 60}) {
    std::vector<float> samples = noise(0.0002);
    const std::vector<float> hum = sine(mains, 0.002);
    const std::vector<float> third = sine(3.0 * mains, 0.001);
    for (std::size_t f = 0; f < samples.size(); ++f) samples[f] += hum[f] + third[f];
    const InputReading reading = read(samples);
    ASSERT_TRUE(reading.hum_hz) << mains;
    EXPECT_EQ(*reading.hum_hz, mains);
    EXPECT_NEAR(reading.hum_dbfs, 10.0 * std::log10(0.002 * 0.002 / 2 + 0.001 * 0.001 / 2), 0.1);
    EXPECT_TRUE(judge(reading, reading).has_hum);
  }
  EXPECT_FALSE(read(noise(0.01)).hum_hz);
}

TEST(InputCheckTest, ClippingIsCountedAndASinglePeakIsNone) {
  std::vector<float> samples = sine(997.0, 1.5);
  for (float& sample : samples) sample = std::clamp(sample, -1.0F, 1.0F);
  EXPECT_GT(read(samples).clipped_frames, 10'000);
  EXPECT_EQ(judge({}, read(samples)).verdict, InputVerdict::clipping);
  std::vector<float> peak = noise(0.01);
  peak[1'000] = 1.0F;
  EXPECT_EQ(read(peak).clipped_frames, 0);
  EXPECT_EQ(judge({}, read(peak)).verdict, InputVerdict::hot);
}

TEST(InputCheckTest, TheVerdictFollowsTheLevel) {
  EXPECT_EQ(judge({}, {}).verdict, InputVerdict::silent);
  EXPECT_TRUE(read(std::vector<float>(1'000)).is_digital_silence);
  EXPECT_EQ(judge({}, read(noise(1e-6))).verdict, InputVerdict::silent);
  EXPECT_FALSE(read(noise(1e-6)).is_digital_silence);
  EXPECT_EQ(judge({}, read(sine(440.0, 0.01))).verdict, InputVerdict::faint);
  EXPECT_EQ(judge({}, read(sine(440.0, 0.25))).verdict, InputVerdict::good);
  EXPECT_EQ(judge({}, read(sine(440.0, 0.9))).verdict, InputVerdict::hot);
  EXPECT_TRUE(judge(read(noise(0.01)), {}).is_noisy);
  EXPECT_FALSE(judge(read(noise(0.0005)), {}).is_noisy);
  EXPECT_TRUE(judge(read(sine(440.0, 0.001, 0.02)), {}).has_offset);
}

}  // namespace
}  // namespace talkback::recorder
