// What an equaliser makes of a shape or slope that changes while it sounds: the cross-fade of its header.
#include <gtest/gtest.h>

#include <map>

#include "engine/effects/equaliser.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

constexpr int kRate = 48'000;
constexpr int kFade = 480;
constexpr int kFrames = 6'000;
// Not on the control grid.
constexpr int kSwitch = 2'501;

using Samples = std::vector<float>;

struct Switch {
  std::vector<Setting> settings;  // the band that changes is the first
  Setting change;
};

const std::vector<Switch>& switches() {
  static const std::vector<Switch> list = [] {
    std::vector<Switch> result;
    for (int from = 0; from <= 7; ++from) {
      for (int to = 0; to <= 7; ++to) {
        if (from == to) continue;
        result.push_back({{{"band_1.shape", static_cast<double>(from)},
                           {"band_1.frequency_hz", 700},
                           {"band_1.gain_db", 9},
                           {"band_1.q", 2}},
                          {"band_1.shape", static_cast<double>(to)}});
      }
    }
    for (const double shape : {4.0, 5.0}) {
      for (const auto& [from, to] : {std::pair(12.0, 48.0), {48.0, 6.0}, {30.0, 36.0}})
        result.push_back({{{"band_1.shape", shape}, {"band_1.frequency_hz", 500}, {"band_1.slope_db_per_octave", from}},
                          {"band_1.slope_db_per_octave", to}});
    }
    // One that takes a correction, and one that takes none.
    result.push_back({{{"band_1.shape", 5}, {"band_1.frequency_hz", 14'000}, {"band_1.q", 20}}, {"band_1.shape", 4}});
    result.push_back({{{"band_1.shape", 1}, {"band_1.frequency_hz", 14'000}, {"band_1.q", 12}}, {"band_1.shape", 5}});
    return result;
  }();
  return list;
}

void set(Processor& effect, const Setting& setting) {
  effect.set(parameter_index(effect.parameters(), setting.name), setting.value);
}

Samples samples_of(const AudioBuffer& sound, int channel = 0) {
  return {sound.block().channel(channel).begin(), sound.block().channel(channel).end()};
}

AudioBuffer sine() { return tone(1, kFrames, 300.0 / kRate, 0.5); }

Samples unchanged(const std::vector<Setting>& settings) {
  AudioBuffer sound = sine();
  prepared("equaliser", settings, 1)->process(sound.block());
  return samples_of(sound);
}

// With what changes changed from the beginning, and silence before the switch.
Samples from_silence(const Switch& test) {
  auto effect = prepared("equaliser", test.settings, 1);
  set(*effect, test.change);
  effect->reset();
  AudioBuffer sound = sine();
  effect->process(sound.block().slice(kSwitch, kFrames - kSwitch));
  return samples_of(sound);
}

Samples switched(const Switch& test) {
  auto effect = prepared("equaliser", test.settings, 1);
  AudioBuffer sound = sine();
  effect->process(sound.block().slice(0, kSwitch));
  set(*effect, test.change);
  effect->process(sound.block().slice(kSwitch, kFrames - kSwitch));
  return samples_of(sound);
}

std::string name_of(const Switch& test) {
  return std::string(test.settings[0].name) + " " + std::to_string(test.settings[0].value) + ", then " +
         std::string(test.change.name) + " " + std::to_string(test.change.value);
}

TEST(EqualiserSwitchTest, ASwitchIsTheCrossFadeOfItsLaw) {
  for (const Switch& test : switches()) {
    const Samples before = unchanged(test.settings);
    const Samples now = from_silence(test);
    const Samples heard = switched(test);
    for (int n = 0; n < kFrames; ++n) {
      const auto k = static_cast<std::size_t>(n);
      const double x = std::clamp((n - kSwitch + 1) / static_cast<double>(kFade), 0.0, 1.0);
      const double weight = x * x * (3.0 - 2.0 * x);
      const auto from = static_cast<double>(before[k]);
      const double expected = n < kSwitch ? from : from + weight * (static_cast<double>(now[k]) - from);
      ASSERT_NEAR(static_cast<double>(heard[k]), expected, 2e-6) << name_of(test) << ", frame " << n;
    }
    // Up to the switch, and behind the fade, to the bit.
    EXPECT_TRUE(std::equal(heard.begin(), heard.begin() + kSwitch, before.begin())) << name_of(test);
    EXPECT_TRUE(std::equal(heard.begin() + kSwitch + kFade, heard.end(), now.begin() + kSwitch + kFade))
        << name_of(test);
  }
}

TEST(EqualiserSwitchTest, NoStepIsLargerThanTheLawPermits) {
  for (const Switch& test : switches()) {
    const Samples before = unchanged(test.settings);
    const Samples now = from_silence(test);
    const Samples heard = switched(test);
    double apart = 0.0;
    double steepest = 0.0;
    for (std::size_t n = kSwitch; n < kSwitch + kFade; ++n) {
      apart = std::max(apart, std::abs(static_cast<double>(now[n] - before[n])));
      steepest = std::max(steepest, std::abs(static_cast<double>(before[n] - before[n - 1])));
      if (n > kSwitch) steepest = std::max(steepest, std::abs(static_cast<double>(now[n] - now[n - 1])));
    }
    for (std::size_t n = kSwitch; n < kSwitch + kFade; ++n)
      ASSERT_LE(std::abs(static_cast<double>(heard[n] - heard[n - 1])), steepest + 1.5 / kFade * apart + 2e-6)
          << name_of(test) << ", frame " << n;
  }
}

// Bands behind the one that changes keep what they remember, though their sections move: far above a low shelf that
// rings for long nothing happens.
TEST(EqualiserSwitchTest, OtherBandsGoOn) {
  const Switch test{{{"band_1.shape", 5},
                     {"band_1.frequency_hz", 20},
                     {"band_1.slope_db_per_octave", 6},
                     {"band_2.shape", 1},
                     {"band_2.frequency_hz", 300},
                     {"band_2.gain_db", 24},
                     {"band_2.q", 40}},
                    {"band_1.slope_db_per_octave", 48}};
  AudioBuffer sound = tone(1, 48'000, 300.0 / kRate, 0.02);
  auto effect = prepared("equaliser", test.settings, 1);
  effect->process(sound.block().slice(0, 40'000));
  set(*effect, test.change);
  effect->process(sound.block().slice(40'000, 8'000));
  const auto x = sound.block().channel(0);
  const double loud = peak_of(sound.block().slice(30'000, 10'000));
  EXPECT_NEAR(loud, 0.02 * std::pow(10.0, 24.0 / 20.0), 0.01);
  // Were its memory lost, the bell would need 42 ms to come back.
  for (int n = 40'000; n < 46'000; n += 160) ASSERT_GT(peak_of(sound.block().slice(n, 160)), 0.9 * loud) << n;
  for (std::size_t n = 40'000; n < 46'000; ++n)
    ASSERT_LT(std::abs(static_cast<double>(x[n] - x[n - 1])), 1.2 * loud * 2.0 * std::numbers::pi * 300.0 / kRate) << n;
}

// At their frames: switches on and off the grid, two of them within one fade, and a frequency that glides meanwhile.
const std::multimap<int, Setting>& score() {
  static const std::multimap<int, Setting> list = {{640, {"band_1.frequency_hz", 900}},
                                                   {1'003, {"band_1.shape", 4}},
                                                   {1'003, {"band_3.shape", 0}},
                                                   {1'024, {"band_2.frequency_hz", 60}},
                                                   {1'200, {"band_1.shape", 6}},
                                                   {1'217, {"band_2.slope_db_per_octave", 12}},
                                                   {1'344, {"band_1.frequency_hz", 2'000}},
                                                   {1'400, {"band_3.shape", 3}},
                                                   {2'971, {"band_1.shape", 1}},
                                                   {2'971, {"output_db", -3}},
                                                   {3'100, {"band_1.shape", 6}},
                                                   {3'200, {"band_1.shape", 1}},
                                                   {4'064, {"band_2.slope_db_per_octave", 36}}};
  return list;
}

std::unique_ptr<Processor> of_three_bands() {
  return prepared("equaliser", {{"band_1.shape", 1},
                                {"band_1.gain_db", 9},
                                {"band_2.shape", 5},
                                {"band_2.frequency_hz", 120},
                                {"band_2.slope_db_per_octave", 30},
                                {"band_3.shape", 3},
                                {"band_3.frequency_hz", 9'000},
                                {"band_3.gain_db", -6},
                                {"band_3.q", 8}});
}

void play(Processor& effect, AudioBlock sound, int from, int to, int block_frames) {
  for (int n = from; n < to;) {
    const auto [first, last] = score().equal_range(n);
    for (auto it = first; it != last; ++it) set(effect, it->second);
    const auto next = score().upper_bound(n);
    const int end = next == score().end() ? to : std::min(to, next->first);
    const int frames = std::min(end - n, block_frames - n % block_frames);
    effect.process(sound.slice(n, frames));
    n += frames;
  }
}

TEST(EqualiserSwitchTest, AnyBlockSizeGivesTheSameSamples) {
  const auto run = [](int block_frames) {
    auto effect = of_three_bands();
    AudioBuffer sound = noise(2, kFrames);
    play(*effect, sound.block(), 0, kFrames, block_frames);
    Samples result = samples_of(sound);
    const Samples right = samples_of(sound, 1);
    result.insert(result.end(), right.begin(), right.end());
    return result;
  };
  const Samples reference = run(kFrames);
  for (const int block : {1, 2, 7, 32, 64, 127, 128, 255, 256, 257, 480, 512, 1'000, 1'024, 2'048, 4'096})
    EXPECT_EQ(run(block), reference) << "in blocks of " << block;
}

std::vector<std::byte> saved(Processor& effect) {
  std::vector<std::byte> bytes;
  auto archive = dsp::StateArchive::saving(bytes);
  effect.archive(archive);
  return bytes;
}

TEST(EqualiserSwitchTest, AStateTakenInAFadeGoesOnTheSame) {
  AudioBuffer whole = noise(2, kFrames);
  auto reference = of_three_bands();
  play(*reference, whole.block(), 0, kFrames, kFrames);
  for (int cut = 900; cut < 4'700; cut += 53) {
    AudioBuffer sound = noise(2, kFrames);
    auto first = of_three_bands();
    play(*first, sound.block(), 0, cut, 100);
    const std::vector<std::byte> state = saved(*first);
    auto second = prepared("equaliser", {});
    auto loading = dsp::StateArchive::loading(state);
    second->archive(loading);
    ASSERT_TRUE(loading.is_complete()) << cut;
    ASSERT_EQ(saved(*second), state) << cut;
    play(*second, sound.block(), cut, kFrames, 100);
    ASSERT_EQ(samples_of(sound), samples_of(whole)) << cut;
    ASSERT_EQ(saved(*second), saved(*reference)) << cut;
  }
}

// Behind the fade nothing is left of what was before: one that switched and one that never had to are alike.
TEST(EqualiserSwitchTest, StatesMeetAgainAfterASwitch) {
  constexpr int kSettle = 8'192;
  const std::vector<Setting> settings{
      {"band_1.shape", 1}, {"band_1.gain_db", 6}, {"band_2.shape", 5}, {"band_2.frequency_hz", 200}};
  const Setting change{"band_1.shape", 3};
  auto switching = prepared("equaliser", settings);
  auto other = prepared("equaliser", settings);
  set(*other, change);
  other->reset();
  const AudioBuffer sound = noise(2, 12 * kSettle);
  int alike_from = -1;
  for (int n = 0; n < sound.frame_count(); n += kSettle) {
    if (n == kSettle) set(*switching, change);
    for (Processor* effect : {switching.get(), other.get()}) {
      AudioBuffer copy(2, kSettle);
      for (int c = 0; c < 2; ++c)
        std::ranges::copy(sound.block().slice(n, kSettle).channel(c), copy.block().channel(c).begin());
      effect->process(copy.block());
      auto settling = dsp::StateArchive::settling();
      effect->archive(settling);
    }
    const bool alike = saved(*switching) == saved(*other);
    if (alike && alike_from < 0) alike_from = n;
    EXPECT_EQ(alike, alike_from >= 0) << n;
  }
  EXPECT_GT(alike_from, 0);
}

TEST(EqualiserSwitchTest, ResetEndsAFade) {
  const Switch test{{{"band_1.shape", 4}, {"band_1.frequency_hz", 500}}, {"band_1.shape", 5}};
  auto effect = prepared("equaliser", test.settings, 1);
  AudioBuffer sound = sine();
  effect->process(sound.block().slice(0, 1'000));
  set(*effect, test.change);
  effect->process(sound.block().slice(1'000, 100));
  set(*effect, {"band_1.shape", 6});
  effect->reset();
  AudioBuffer again = sine();
  effect->process(again.block());
  EXPECT_EQ(samples_of(again), unchanged({{"band_1.shape", 6}, {"band_1.frequency_hz", 500}}));
}

// What a band of this shape does not look at, and a value that means the same, switch nothing.
TEST(EqualiserSwitchTest, WhatMeansTheSameIsNoSwitch) {
  const std::vector<Setting> settings{{"band_1.shape", 1}, {"band_1.gain_db", 6}};
  for (const Setting& change : {Setting{"band_1.slope_db_per_octave", 48}, Setting{"band_1.shape", 1.4}})
    EXPECT_EQ(switched({settings, change}), unchanged(settings)) << change.name;
}

}  // namespace
}  // namespace talkback::effects
