// What every effect promises.
#include "engine/effects/processor.hpp"

#include <gtest/gtest.h>

#include "engine/base/realtime.hpp"
#include "tests/engine/effects/effect_support.hpp"
#include "tests/support/realtime_guard.hpp"

namespace talkback::effects {
namespace {

struct Case {
  std::string_view effect;
  std::vector<Setting> settings;
  // Moves during the sound, at grid lines.
  std::string_view moving;
  double from;
  double to;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> list = {
      {"equaliser",
       {{"band_1.shape", 1},
        {"band_1.gain_db", 6},
        {"band_2.shape", 6 - 1},
        {"band_2.slope_db_per_octave", 30},
        {"band_3.shape", 3},
        {"band_3.gain_db", -4}},
       "band_1.frequency_hz",
       300,
       4000},
      {"equaliser", {{"band_1.gain_db", 6}, {"band_2.shape", 4}}, "band_1.shape", 1, 7},
      {"equaliser", {{"band_1.shape", 5}, {"band_2.shape", 2}}, "band_1.slope_db_per_octave", 48, 6},
      {"compressor", {{"threshold_db", -30}, {"detector", 2}}, "makeup_db", 0, 12},
      {"compressor",
       {{"threshold_db", -30}, {"lookahead_ms", 3}, {"side_chain_low_pass_hz", 3'000}, {"auto_makeup", 1}},
       "side_chain_high_pass_hz",
       0,
       500},
      {"delay", {{"time_ms", 20}, {"ping_pong", 1}, {"feedback_percent", 60}}, "time_ms", 20, 35},
      {"delay", {{"time_ms", 20}, {"modulation_rate_hz", 4}}, "modulation_depth_ms", 0, 6},
      {"reverb", {{"decay_s", 0.6}}, "mix_percent", 20, 80},
      {"reverb",
       {{"decay_s", 0.6}, {"modulation_depth_ms", 1.5}, {"low_crossover_hz", 400}},
       "low_decay_percent",
       100,
       180},
      {"limiter", {{"drive_db", 12}}, "ceiling_dbtp", -1, -9},
      {"gate",
       {{"threshold_db", -8}, {"hold_ms", 0.2}, {"release_ms", 3}, {"lookahead_ms", 2}},
       "side_chain_high_pass_hz",
       0,
       9'000},
      {"de_esser", {{"threshold_db", -20}}, "frequency_hz", 2'000, 9'000},
      {"de_esser", {{"threshold_db", -20}, {"mode", 2}}, "threshold_db", -10, -30},
      {"transient_shaper", {{"attack_db", 6}, {"sustain_db", -12}}, "attack_db", -24, 24},
      {"multiband_compressor",
       {{"band_2.threshold_db", -40}, {"band_3.solo", 1}, {"detector", 2}},
       "crossover_2_hz",
       200,
       3'000},
      {"saturation", {{"character", 1}, {"mix_percent", 60}}, "drive_db", 0, 30},
      {"saturation", {{"character", 2}}, "mix_percent", 100, 20},
      {"saturation", {{"character", 3}}, "output_db", -12, 3},
      {"saturation", {{"character", 4}}, "drive_db", 30, 3},
      {"expander", {{"threshold_db", -8}, {"release_ms", 5}, {"lookahead_ms", 1}}, "threshold_db", -20, 0},
      {"chorus", {{"rate_hz", 3}, {"feedback_percent", 40}}, "depth_ms", 2, 9},
      {"flanger", {{"feedback_percent", -80}, {"shape", 2}, {"stereo_phase_degrees", 180}}, "rate_hz", 1, 9},
      {"phaser", {{"feedback_percent", 70}, {"stereo_phase_degrees", 90}, {"stages", 12}}, "centre_hz", 300, 3000},
      {"tremolo", {{"shape", 3}, {"stereo_phase_degrees", 120}}, "depth_percent", 20, 100},
      {"pitch_shifter", {{"preserve_formants", 1}, {"mix_percent", 70}}, "shift_st", -5, 7},
      {"convolution", {{"pre_delay_ms", 15}, {"low_cut_hz", 200}}, "mix_percent", 20, 80},
      {"stereo_field", {{"width_percent", 150}, {"rotation_degrees", 20}}, "mono_below_hz", 0, 400},
      {"utility", {{"swap_channels", 1}, {"dc_filter", 1}}, "gain_db", -3, 9},
  };
  return list;
}

// Cuts at grid lines whatever the block size, as graph/ does where a parameter moves.
std::vector<float> render(const Case& test, int block_frames) {
  constexpr int kFrames = 6000;
  auto effect = prepared(test.effect, test.settings);
  const int index = parameter_index(effect->parameters(), test.moving);
  effect->set(index, test.from);
  effect->reset();
  AudioBuffer sound = noise(2, kFrames);
  int done = 0;
  while (done < kFrames) {
    if (done % dsp::kControlFrames == 0) effect->set(index, test.from + (test.to - test.from) * done / kFrames);
    const int to_block = block_frames - done % block_frames;
    const int to_grid = dsp::kControlFrames - done % dsp::kControlFrames;
    const int frames = std::min({to_block, to_grid, kFrames - done});
    effect->process(sound.block().slice(done, frames));
    done += frames;
  }
  std::vector<float> result(sound.block().channel(0).begin(), sound.block().channel(0).end());
  result.insert(result.end(), sound.block().channel(1).begin(), sound.block().channel(1).end());
  return result;
}

TEST(ProcessorTest, AnyBlockSizeGivesTheSameSamplesWhileParametersMove) {
  for (const Case& test : cases()) {
    const auto reference = render(test, 6000);
    for (const int block : {1, 16, 441, 512})
      EXPECT_EQ(reference, render(test, block)) << test.effect << " in blocks of " << block;
  }
}

TEST(ProcessorTest, AnyBlockSizeGivesTheSameSamplesWhileParametersRest) {
  for (const Case& test : cases()) {
    const auto run = [&](int block_frames) {
      auto effect = prepared(test.effect, test.settings);
      AudioBuffer sound = noise(2, 20'000);
      for (int n = 0; n < 20'000; n += block_frames) {
        effect->process(sound.block().slice(n, std::min(block_frames, 20'000 - n)));
      }
      return std::vector<float>(sound.block().channel(1).begin(), sound.block().channel(1).end());
    };
    const auto reference = run(20'000);
    for (const int block : {1, 16, 441, 4096})
      EXPECT_EQ(reference, run(block)) << test.effect << " in blocks of " << block;
  }
}

TEST(ProcessorTest, AnyBlockSizeGivesTheSameSamplesUnderAKey) {
  for (const Case& test : cases()) {
    if (!make_effect(test.effect)->has_side_chain()) continue;
    const AudioBuffer key = tone(1, 20'000, 0.013, 0.9);
    const auto run = [&](int block_frames) {
      auto effect = prepared(test.effect, test.settings);
      AudioBuffer sound = noise(2, 20'000, 0.1F);
      for (int n = 0; n < 20'000; n += block_frames) {
        const int frames = std::min(block_frames, 20'000 - n);
        effect->process_keyed(sound.block().slice(n, frames), key.block().slice(n, frames));
      }
      return std::vector<float>(sound.block().channel(1).begin(), sound.block().channel(1).end());
    };
    const auto reference = run(20'000);
    for (const int block : {1, 16, 441}) EXPECT_EQ(reference, run(block)) << test.effect << " in blocks of " << block;
  }
}

// A sine through a change of any parameter that does not jump, from one end of its range to the other: between
// neighbouring samples there is no step that the sine at its loudest would not make as well.
TEST(ProcessorTest, ParametersMoveWithoutClicks) {
  constexpr int kFrames = 9'600;
  constexpr double kCyclesPerFrame = 0.002;
  for (const std::string_view name : {"compressor", "gate", "expander", "de_esser", "transient_shaper",
                                      "multiband_compressor", "saturation", "limiter", "equaliser", "utility"}) {
    const auto table = make_effect(name)->parameters();
    for (int index = 0; index < static_cast<int>(table.size()); ++index) {
      const ParameterInfo& parameter = table[static_cast<std::size_t>(index)];
      if (parameter.motion == Motion::jumps) continue;
      // A saturated sine is steep by itself.
      if (name == "saturation" && parameter.name == "drive_db") continue;
      // A crossover that sweeps turns the phase of what it passes, so it goes two octaves only.
      const bool is_crossover = parameter.unit == "Hz" && parameter.min > 0.0;
      auto effect = prepared(name, {{"attack_ms", 5}, {"release_ms", 5}}, 1);
      effect->set(index, is_crossover ? 1'000.0 : parameter.min);
      effect->reset();
      AudioBuffer sound = tone(1, kFrames, kCyclesPerFrame, 0.25);
      effect->process(sound.block().slice(0, kFrames / 2));
      effect->set(index, is_crossover ? 4'000.0 : parameter.max);
      effect->process(sound.block().slice(kFrames / 2, kFrames / 2));
      const auto x = sound.block().channel(0);
      const double loudest = std::max(peak_of(sound.block()), 0.25);
      for (std::size_t n = 2'000; n < kFrames; ++n) {
        // The slope of the sine, and a glide over its whole height.
        ASSERT_LT(std::abs(static_cast<double>(x[n] - x[n - 1])),
                  loudest * (2.0 * std::numbers::pi * kCyclesPerFrame + 2.0 / dsp::kControlFrames))
            << name << ' ' << parameter.name << " at " << n;
      }
    }
  }
}

// What a lane or a live edit does, on the thread that it is done on.
void move_and_process(Processor& effect, int index, double value, AudioBlock block,
                      ConstAudioBlock key) noexcept TALKBACK_REALTIME {
  effect.set(index, value);
  key.empty() ? effect.process(block) : effect.process_keyed(block, key);
}

TEST(ProcessorRealtimeTest, NothingAllocatesLocksOrWaitsWhateverMoves) {
  constexpr int kBlock = 96;
  for (const Case& test : cases()) {
    for (const int channels : {1, 2}) {
      auto effect = prepared(test.effect, test.settings, channels);
      const auto table = effect->parameters();
      const AudioBuffer key = tone(1, kBlock, 0.013, 0.9);
      const ConstAudioBlock heard = effect->has_side_chain() ? ConstAudioBlock(key.block()) : ConstAudioBlock();
      for (int index = 0; index < static_cast<int>(table.size()); ++index) {
        const ParameterInfo& parameter = table[static_cast<std::size_t>(index)];
        for (const double value : {parameter.max, parameter.min, parameter.default_value}) {
          AudioBuffer sound = noise(channels, kBlock);
          {
            const test::RealtimeGuard guard;
            move_and_process(*effect, index, value, sound.block(), heard);
          }
          for (int c = 0; c < channels; ++c)
            for (const float sample : sound.block().channel(c))
              ASSERT_TRUE(std::isfinite(sample)) << test.effect << ' ' << parameter.name << ' ' << value;
        }
      }
    }
  }
}

TEST(ProcessorTest, SilenceInIsSilenceOut) {
  for (const Case& test : cases()) {
    auto effect = prepared(test.effect, test.settings);
    AudioBuffer sound(2, 5000);
    effect->process(sound.block());
    EXPECT_EQ(peak_of(sound.block()), 0.0) << test.effect;
  }
}

TEST(ProcessorTest, ResetForgetsThePast) {
  for (const Case& test : cases()) {
    auto effect = prepared(test.effect, test.settings);
    AudioBuffer first = noise(2, 5000);
    effect->process(first.block());
    effect->reset();
    AudioBuffer second = noise(2, 5000);
    effect->process(second.block());
    for (int c = 0; c < 2; ++c) {
      EXPECT_TRUE(std::ranges::equal(first.block().channel(c), second.block().channel(c))) << test.effect;
    }
  }
}

std::vector<std::byte> saved(Processor& effect) {
  std::vector<std::byte> bytes;
  dsp::StateArchive archive = dsp::StateArchive::saving(bytes);
  effect.archive(archive);
  return bytes;
}

// Whoever loads what was saved goes on alike, wherever the cut lies between grid lines and glides.
TEST(ProcessorTest, AnotherObjectGoesOnFromASavedState) {
  constexpr int kFrames = 12'000;
  for (const Case& test : cases()) {
    const auto make = [&] {
      auto effect = prepared(test.effect, test.settings);
      effect->set(parameter_index(effect->parameters(), test.moving), test.from);
      effect->reset();
      return effect;
    };
    for (const int cut : {0, 32, 4'100, 4'117, 4'999}) {
      auto first = make();
      const int index = parameter_index(first->parameters(), test.moving);
      AudioBuffer sound = noise(2, kFrames);
      const int set_at = cut - cut % dsp::kControlFrames;
      first->process(sound.block().slice(0, set_at));
      first->set(index, test.to);
      first->process(sound.block().slice(set_at, cut - set_at));
      const std::vector<std::byte> state = saved(*first);
      auto second = make();
      dsp::StateArchive loading = dsp::StateArchive::loading(state);
      second->archive(loading);
      EXPECT_TRUE(loading.is_complete()) << test.effect;
      EXPECT_EQ(saved(*second), state) << test.effect << " at " << cut;

      AudioBuffer copy = sound;
      // Another change, which must start from the same place.
      const int next = set_at + 3 * dsp::kControlFrames;
      for (const auto& [effect, buffer] : {std::pair(first.get(), &sound), std::pair(second.get(), &copy)}) {
        effect->process(buffer->block().slice(cut, next - cut));
        effect->set(index, test.from);
        effect->process(buffer->block().slice(next, kFrames - next));
      }
      for (int c = 0; c < 2; ++c)
        EXPECT_TRUE(std::ranges::equal(sound.block().channel(c), copy.block().channel(c)))
            << test.effect << " at " << cut;
      EXPECT_EQ(saved(*second), saved(*first)) << test.effect << " at " << cut;
    }
  }
}

TEST(ProcessorTest, AStateThatWasCutIsRefused) {
  for (const Case& test : cases()) {
    auto effect = prepared(test.effect, test.settings);
    AudioBuffer sound = noise(2, 1'000);
    effect->process(sound.block());
    std::vector<std::byte> state = saved(*effect);
    state.pop_back();
    dsp::StateArchive shorter = dsp::StateArchive::loading(state);
    effect->archive(shorter);
    EXPECT_FALSE(shorter.is_complete()) << test.effect;
    state.resize(state.size() + 9);
    dsp::StateArchive longer = dsp::StateArchive::loading(state);
    effect->archive(longer);
    EXPECT_FALSE(longer.is_complete()) << test.effect;
  }
}

TEST(ProcessorTest, DefaultsLieInTheirRangesAndNamesAreFoundAgain) {
  for (const Case& test : cases()) {
    const auto effect = make_effect(test.effect);
    for (const ParameterInfo& parameter : effect->parameters()) {
      EXPECT_LE(parameter.min, parameter.default_value) << parameter.name;
      EXPECT_GE(parameter.max, parameter.default_value) << parameter.name;
      EXPECT_EQ(
          effect->parameters()[static_cast<std::size_t>(parameter_index(effect->parameters(), parameter.name))].name,
          parameter.name);
    }
  }
  EXPECT_EQ(make_effect("kazoo"), nullptr);
}

}  // namespace
}  // namespace talkback::effects
