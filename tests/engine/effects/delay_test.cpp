#include "engine/effects/delay.hpp"

#include <gtest/gtest.h>

#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

AudioBuffer echoes(const std::vector<Setting>& settings) {
  auto effect = prepared("delay", settings);
  AudioBuffer sound(2, 30'000);
  sound.block().channel(0)[0] = 1.0F;
  sound.block().channel(1)[0] = 1.0F;
  effect->process(sound.block());
  return sound;
}

// A tap comes out through one-pole cuts: its sum over the next frames is what is left of it.
double energy_at(const AudioBuffer& sound, int channel, std::size_t frame) {
  double energy = 0.0;
  for (const float sample : sound.block().channel(channel).subspan(frame, 200))
    energy += static_cast<double>(sample) * static_cast<double>(sample);
  return energy;
}

const std::vector<Setting> kWide = {
    {"low_cut_hz", 10}, {"high_cut_hz", 22'000}, {"mix_percent", 100}, {"time_ms", 100}};

TEST(DelayTest, EchoesComeAtTheFrameOfTheirTimeAndFallByTheFeedback) {
  auto settings = kWide;
  settings.push_back({"feedback_percent", 50});
  const AudioBuffer sound = echoes(settings);
  EXPECT_EQ(peak_of(sound.block().slice(0, 4'800)), 0.0);
  EXPECT_GT(std::abs(sound.block().channel(0)[4'800]), 0.9F);
  EXPECT_NEAR(energy_at(sound, 0, 9'600) / energy_at(sound, 0, 4'800), 0.25, 0.03);
}

TEST(DelayTest, PingPongCrossesOver) {
  auto settings = kWide;
  settings.push_back({"feedback_percent", 50});
  settings.push_back({"ping_pong", 1});
  const AudioBuffer sound = echoes(settings);
  EXPECT_GT(energy_at(sound, 0, 4'800), 0.8);
  EXPECT_EQ(energy_at(sound, 1, 4'800), 0.0);
  EXPECT_GT(energy_at(sound, 1, 9'600), 0.7);
  EXPECT_LT(energy_at(sound, 0, 9'600), 1e-4);
}

TEST(DelayTest, MixOfZeroIsTheInput) {
  auto effect = prepared("delay", {{"mix_percent", 0}});
  AudioBuffer sound = noise(2, 1'000);
  effect->process(sound.block());
  EXPECT_TRUE(std::ranges::equal(sound.block().channel(0), noise(2, 1'000).block().channel(0)));
}

// The delay of a ramp is read off its height: 100 ms and 5 ms around it, twice a second.
TEST(DelayTest, ModulationSwingsAroundTheTime) {
  auto settings = kWide;
  settings.insert(settings.end(),
                  {{"feedback_percent", 0}, {"modulation_rate_hz", 2}, {"modulation_depth_ms", 5}, {"low_cut_hz", 10}});
  auto effect = prepared("delay", settings);
  // A tone in the middle of the pass band of both cuts; its phase tells the delay.
  constexpr double kHz = 500.0;
  AudioBuffer sound = tone(2, 48'000, kHz / 48'000.0, 0.5);
  effect->process(sound.block());
  double worst = 0.0;
  for (int n = 12'000; n < 48'000; ++n) {
    const double ms = 100.0 + 5.0 * std::sin(2.0 * std::numbers::pi * 2.0 * (n + 1) / 48'000.0);
    const double expected = 0.5 * std::sin(2.0 * std::numbers::pi * kHz * (n / 48'000.0 - ms / 1e3));
    worst = std::max(worst,
                     std::abs(expected - static_cast<double>(sound.block().channel(0)[static_cast<std::size_t>(n)])));
  }
  // The cuts turn the phase by a degree or two.
  EXPECT_LT(worst, 0.025);
}

std::size_t saved_bytes(double time_ms_max, double depth_ms_max) {
  Delay delay(time_ms_max, depth_ms_max);
  delay.prepare({48'000}, 2);
  std::vector<std::byte> bytes;
  dsp::StateArchive state = dsp::StateArchive::saving(bytes);
  delay.archive(state);
  return bytes.size();
}

TEST(DelayTest, TheStateIsAsLongAsTheLongestTime) {
  EXPECT_LT(saved_bytes(100.0, 0.0), 2 * 4'800 * sizeof(float) + 500);
  EXPECT_LT(saved_bytes(100.0, 10.0), 2 * 5'288 * sizeof(float) + 500);
}

}  // namespace
}  // namespace talkback::effects
