#include "engine/effects/gate.hpp"

#include <gtest/gtest.h>

#include "engine/dsp/decibel.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

// A level of `db` for each stretch of 100 ms.
AudioBuffer steps(const std::vector<double>& levels_db) {
  AudioBuffer sound(1, static_cast<int>(levels_db.size()) * 4'800);
  for (std::size_t n = 0; n < levels_db.size() * 4'800; ++n)
    sound.block().channel(0)[n] = static_cast<float>(dsp::gain_from_db(levels_db[n / 4'800]));
  return sound;
}

// The gain in dB at the end of each stretch.
std::vector<double> gains_db(const std::vector<double>& levels_db, std::vector<Setting> settings) {
  auto effect = prepared("gate", settings, 1);
  AudioBuffer sound = steps(levels_db);
  effect->process(sound.block());
  std::vector<double> result;
  for (std::size_t i = 0; i < levels_db.size(); ++i)
    result.push_back(dsp::db_from_gain(static_cast<double>(sound.block().channel(0)[i * 4'800 + 4'799])) -
                     levels_db[i]);
  return result;
}

TEST(GateTest, OpensAtTheThresholdAndClosesBelowTheHysteresis) {
  const std::vector<double> gains = gains_db({-41, -39, -43, -45, -41, -39}, {{"threshold_db", -40},
                                                                              {"hysteresis_db", 4},
                                                                              {"hold_ms", 1},
                                                                              {"attack_ms", 1},
                                                                              {"release_ms", 5},
                                                                              {"range_db", 60}});
  const double expected[] = {-60, 0, 0, -60, -60, 0};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(gains[i], expected[i], 0.05) << i;
}

TEST(GateTest, AttackHoldAndReleaseTakeTheirTimes) {
  for (const double attack : {10.0, 100.0, 500.0}) {
    for (const double release : {10.0, 100.0, 500.0}) {
      auto effect = prepared(
          "gate",
          {{"threshold_db", -40}, {"attack_ms", attack}, {"hold_ms", 20}, {"release_ms", release}, {"range_db", 144}},
          1);
      constexpr std::size_t kOn = 5 * 24'000;
      AudioBuffer sound(1, 2 * kOn);
      for (std::size_t n = 0; n < 2 * kOn; ++n) sound.block().channel(0)[n] = n < kOn ? 0.5F : 0.001F;
      effect->process(sound.block());
      std::size_t opened = 0;
      while (static_cast<double>(sound.block().channel(0)[opened]) < 0.5 * (1.0 - std::exp(-1.0))) ++opened;
      EXPECT_NEAR(static_cast<double>(opened) / 48.0 / attack, 1.0, 0.05);
      std::size_t closed = kOn;
      while (static_cast<double>(sound.block().channel(0)[closed]) > 0.001 * std::exp(-1.0)) ++closed;
      EXPECT_NEAR((static_cast<double>(closed - kOn) / 48.0 - 20.0) / release, 1.0, 0.05);
    }
  }
}

TEST(GateTest, OpenSoundComesOutBitForBitAndLateByTheLookAhead) {
  auto effect = prepared("gate", {{"threshold_db", -40}, {"lookahead_ms", 5}, {"attack_ms", 0.2}});
  ASSERT_EQ(effect->latency(), Frames{240});
  AudioBuffer sound = tone(2, 10'000, 0.01, 0.5);
  const AudioBuffer input = sound;
  effect->process(sound.block());
  // The attack is over before the sound comes.
  EXPECT_TRUE(std::ranges::equal(sound.block().slice(240, 9'760).channel(1), input.block().slice(0, 9'760).channel(1)));
}

TEST(GateTest, AKeyAndItsFilterOpenTheGate) {
  const auto heard = [](const AudioBuffer& key, double high_pass_hz) {
    auto effect = prepared("gate", {{"threshold_db", -20}, {"side_chain_high_pass_hz", high_pass_hz}});
    AudioBuffer sound = tone(2, 24'000, 0.01, 0.001);
    effect->process_keyed(sound.block(), key.block());
    return peak_of(sound.block().slice(12'000, 12'000));
  };
  EXPECT_EQ(heard(tone(1, 24'000, 100.0 / 48'000.0, 0.5), 0.0), peak_of(tone(2, 24'000, 0.01, 0.001).block()));
  EXPECT_LT(heard(tone(1, 24'000, 100.0 / 48'000.0, 0.5), 1'000.0), 1e-6);
  EXPECT_LT(heard(AudioBuffer(2, 24'000), 0.0), 1e-6);
}

TEST(GateTest, ParametersAtTheirEndsAreDefined) {
  const std::vector<Setting> silent = {{"range_db", 144}, {"hold_ms", 0}, {"attack_ms", 0}, {"release_ms", 0}};
  auto effect = prepared("gate", silent, 1, {8'000});
  effect->set(0, std::nan(""));
  AudioBuffer sound = tone(1, 8'000, 0.1, 0.001);
  effect->process(sound.block());
  EXPECT_EQ(peak_of(sound.block()), 0.0);
  EXPECT_NEAR(gains_db({-90, -90}, {{"range_db", 0}})[1], 0.0, 1e-4);
}

}  // namespace
}  // namespace talkback::effects
