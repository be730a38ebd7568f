#include "engine/instruments/drum_voice.hpp"

#include <cmath>

#include "engine/dsp/fast_math.hpp"
#include "engine/dsp/oscillator.hpp"
#include "engine/dsp/portable_math.hpp"
#include "engine/instruments/band_limited_wave.hpp"

namespace talkback::instruments {

using namespace drum_parameters;
namespace portable = dsp::portable;

namespace {

constexpr double kTurn = 4294967296.0;
constexpr double kTomBendMs = 60.0;
constexpr std::array<double, 6> kMetalHz = {205.3, 304.4, 369.6, 522.7, 540.0, 800.0};
// Levels that make the drums equally loud.
constexpr float kKickGain = 0.8F, kClickGain = 1.2F, kSnareToneGain = 0.6F, kSnareNoiseGain = 1.1F, kRimGain = 0.6F,
                kClapGain = 1.7F, kHatGain = 0.9F, kTomGain = 0.65F, kCymbalGain = 0.7F, kCowbellGain = 0.8F,
                kShakerGain = 0.7F;

std::uint32_t step_of(double hz, double rate_hz) noexcept {
  const double turns = hz / rate_hz;
  return static_cast<std::uint32_t>((turns < 0.5 ? turns : 0.5) * kTurn);
}
float sine_at(std::uint32_t phase) noexcept {
  return dsp::sine_of_turns(static_cast<float>(phase >> 8) * (1.0F / 16'777'216.0F));
}
double pole_of(double ms, double rate_hz) noexcept { return portable::pole_of(ms * 1e-3 * rate_hz); }
double factor_of(double semitones) noexcept { return portable::exp2(semitones / 12.0); }

struct Filter {
  float g = 0.0F;
  float k = 1.0F;

  // damping: 1 / Q.
  static Filter at(double hz, double damping, double rate_hz) noexcept {
    return {static_cast<float>(portable::tangent_of_turns(std::min(hz / rate_hz, 0.45) / 2.0)),
            static_cast<float>(damping)};
  }
  struct Ways {
    float low, band, high;
  };
  Ways next(std::array<float, 2>& memory, float in) const noexcept {
    const float band = (memory[0] + g * (in - memory[1])) / (1.0F + g * (g + k));
    const float low = memory[1] + g * band;
    memory[0] = 2.0F * band - memory[0];
    memory[1] = 2.0F * low - memory[1];
    return {low, k * band, in - k * band - low};
  }
};

// Squares at fixed frequencies.
template <std::size_t size>
struct Squares {
  std::array<std::uint32_t, size> step;
  std::array<const BandLimitedWave::Table*, size> table;

  Squares(const std::array<double, size>& hz, double factor, double rate_hz) noexcept {
    for (std::size_t i = 0; i < size; ++i) {
      step[i] = step_of(hz[i] * factor, rate_hz);
      table[i] = &BandLimitedWave::saw().table_for(step[i]);
    }
  }
  float next(std::array<std::uint32_t, 6>& phase) const noexcept {
    float sum = 0.0F;
    for (std::size_t i = 0; i < size; ++i) {
      sum += table[i]->at(phase[i] + 0x80000000U) - table[i]->at(phase[i]);
      phase[i] += step[i];
    }
    return sum * (1.0F / static_cast<float>(size));
  }
};

float driven(float x, float gain) noexcept { return gain * x / std::sqrt(1.0F + (gain * gain - 1.0F) * x * x); }

}  // namespace

DrumKey drum_of(int pitch) noexcept {
  static constexpr DrumKey kKeys[] = {{Drum::kick, -2.0},
                                      {Drum::kick},
                                      {Drum::rim},
                                      {Drum::snare},
                                      {Drum::clap},
                                      {Drum::snare, 3.0},
                                      {Drum::tom, 0.0, 0.0},
                                      {Drum::hat, 0.0, 1.0},
                                      {Drum::tom, 0.0, 0.2},
                                      {Drum::hat, 0.0, 0.7},
                                      {Drum::tom, 0.0, 0.4},
                                      {Drum::hat, 0.0, 0.0},
                                      {Drum::tom, 0.0, 0.6},
                                      {Drum::tom, 0.0, 0.8},
                                      {Drum::crash},
                                      {Drum::tom, 0.0, 1.0},
                                      {Drum::ride},
                                      {Drum::crash, -5.0},
                                      {Drum::ride, 0.0, 1.0},
                                      {Drum::shaker, 5.0},
                                      {Drum::crash, 5.0},
                                      {Drum::cowbell},
                                      {Drum::crash, 2.0},
                                      {Drum::shaker, -7.0},
                                      {Drum::ride, -2.0},
                                      {Drum::tom, 9.0, 1.0},
                                      {Drum::tom, 5.0, 1.0},
                                      {Drum::tom, 3.0, 1.0},
                                      {Drum::tom, 1.0, 1.0},
                                      {Drum::tom, -2.0, 1.0},
                                      {Drum::tom, 7.0, 1.0},
                                      {Drum::tom, 4.0, 1.0},
                                      {Drum::cowbell, 7.0},
                                      {Drum::cowbell, 3.0},
                                      {Drum::shaker, 2.0},
                                      {Drum::shaker, 4.0},
                                      {Drum::none},
                                      {Drum::none},
                                      {Drum::shaker, -3.0},
                                      {Drum::shaker, -5.0},
                                      {Drum::rim, 16.0},
                                      {Drum::rim, 7.0},
                                      {Drum::rim, 2.0},
                                      {Drum::none},
                                      {Drum::none},
                                      {Drum::ride, 10.0, 1.0},
                                      {Drum::ride, 12.0, 1.0},
                                      {Drum::shaker}};
  constexpr int kLowest = 35;
  const int index = pitch - kLowest;
  return index >= 0 && index < static_cast<int>(std::size(kKeys)) ? kKeys[index] : DrumKey{};
}

void DrumVoice::archive(dsp::StateArchive& state) {
  archive_note(state);
  state(age, bursts, phase, level, bend, memory, noise, fade, left, right);
  archive_flags(state, is_stopped);
}

// Each drum uses as many levels as its law has.
void DrumVoice::start() noexcept {
  noise = noise_seed(stamp, pitch);
  level = {1.0, 1.0, 0.0};
  const Drum drum = drum_of(pitch).drum;
  if (drum == Drum::clap) level = {0.0, 0.0, 0.0};
  if (drum == Drum::shaker) level = {0.0, 1.0, 0.0};
  if (drum == Drum::hat) level = {1.0, 0.0, 0.0};
  if (drum != Drum::hat && drum != Drum::crash && drum != Drum::ride) return;
  // Spread by the golden section, so that they do not all rise at once.
  for (std::uint32_t i = 0; i < phase.size(); ++i) phase[i] = i * 2'654'435'769U;
}

void DrumVoice::play(const Values& values, SampleRate rate, std::span<float> sound) noexcept {
  const double rate_hz = rate.hz;
  switch (drum_of(pitch).drum) {
    case Drum::kick:
      play_kick(values, rate_hz, sound);
      break;
    case Drum::snare:
      play_snare(values, rate_hz, sound);
      break;
    case Drum::rim:
      play_rim(values, rate_hz, sound);
      break;
    case Drum::clap:
      play_clap(values, rate_hz, sound);
      break;
    case Drum::hat:
      play_hat(values, rate_hz, sound);
      break;
    case Drum::tom:
      play_tom(values, rate_hz, sound);
      break;
    case Drum::crash:
    case Drum::ride:
      play_cymbal(values, rate_hz, sound);
      break;
    case Drum::cowbell:
      play_cowbell(values, rate_hz, sound);
      break;
    case Drum::shaker:
      play_shaker(values, rate_hz, sound);
      break;
    case Drum::none:
      std::ranges::fill(sound, 0.0F);
      break;
  }
  age += static_cast<std::uint32_t>(sound.size());
}

void DrumVoice::play_kick(const Values& values, double rate_hz, std::span<float> sound) noexcept {
  constexpr double kClickMs = 7.0, kClickHz = 4'000.0;
  const auto scale = static_cast<float>(values[kick_tune] * factor_of(drum_of(pitch).transpose_st) / rate_hz * kTurn);
  const auto octaves = static_cast<float>(values[kick_bend]);
  // A tenth is left after bend_ms: a third of the way of -60 dB.
  const double bend_pole = pole_of(3.0 * values[kick_bend_ms], rate_hz);
  const double decay_pole = pole_of(values[kick_decay], rate_hz);
  const double click_pole = pole_of(kClickMs, rate_hz);
  const auto gain = static_cast<float>(portable::gain_from_db(values[kick_drive]));
  const auto click = kClickGain * static_cast<float>(values[kick_click] / 100.0);
  const Filter filter = Filter::at(kClickHz, 1.0, rate_hz);
  for (float& sample : sound) {
    const float body = driven(sine_at(phase[0]), gain) * static_cast<float>(level[0]);
    const float tick = filter.next(memory[0], next_noise(noise)).low * static_cast<float>(level[1]);
    sample = kKickGain * body + click * tick;
    phase[0] += static_cast<std::uint32_t>(scale * dsp::exp2_of(octaves * static_cast<float>(bend)));
    bend *= bend_pole;
    level[0] *= decay_pole;
    level[1] *= click_pole;
  }
}

void DrumVoice::play_snare(const Values& values, double rate_hz, std::span<float> sound) noexcept {
  constexpr double kModes = 1.83;
  const double hz = values[snare_tune] * factor_of(drum_of(pitch).transpose_st);
  const std::uint32_t low_step = step_of(hz, rate_hz);
  const std::uint32_t high_step = step_of(kModes * hz, rate_hz);
  const double tone_pole = pole_of(values[snare_tone_decay], rate_hz);
  const double noise_pole = pole_of(values[snare_decay], rate_hz);
  const auto tone = static_cast<float>(values[snare_tone] / 100.0);
  const auto snappy = static_cast<float>(values[snare_snappy] / 100.0);
  const Filter filter = Filter::at(values[snare_noise_hz], 1.4, rate_hz);
  for (float& sample : sound) {
    const float modes = (1.0F - tone) * sine_at(phase[0]) + tone * sine_at(phase[1]);
    const float wires = filter.next(memory[0], next_noise(noise)).band;
    sample = kSnareToneGain * modes * static_cast<float>(level[0]) +
             kSnareNoiseGain * snappy * wires * static_cast<float>(level[1]);
    phase[0] += low_step;
    phase[1] += high_step;
    level[0] *= tone_pole;
    level[1] *= noise_pole;
  }
}

void DrumVoice::play_rim(const Values& values, double rate_hz, std::span<float> sound) noexcept {
  const double hz = values[rim_tune] * factor_of(drum_of(pitch).transpose_st);
  const std::uint32_t low_step = step_of(0.555 * hz, rate_hz);
  const std::uint32_t high_step = step_of(2.03 * hz, rate_hz);
  const double low_pole = pole_of(values[rim_decay], rate_hz);
  const double high_pole = pole_of(values[rim_decay] / 2.0, rate_hz);
  for (float& sample : sound) {
    sample = kRimGain * (0.6F * sine_at(phase[0]) * static_cast<float>(level[0]) +
                         sine_at(phase[1]) * static_cast<float>(level[1]));
    phase[0] += low_step;
    phase[1] += high_step;
    level[0] *= low_pole;
    level[1] *= high_pole;
  }
}

void DrumVoice::play_clap(const Values& values, double rate_hz, std::span<float> sound) noexcept {
  constexpr int kBursts = 4;
  const auto spread = static_cast<std::uint32_t>(values[clap_spread] * 1e-3 * rate_hz);
  const double burst_pole = pole_of(3.5 * values[clap_spread], rate_hz);
  const double tail_pole = pole_of(values[clap_decay], rate_hz);
  const Filter filter = Filter::at(values[clap_tone], 0.6, rate_hz);
  std::uint32_t at = age;
  for (float& sample : sound) {
    if (bursts < kBursts && at >= static_cast<std::uint32_t>(bursts) * spread) {
      ++bursts;
      level[0] = bursts < kBursts ? 1.0 : 0.0;
      if (bursts == kBursts) level[1] = 0.9;
    }
    ++at;
    sample = kClapGain * filter.next(memory[0], next_noise(noise)).band * static_cast<float>(level[0] + level[1]);
    level[0] *= burst_pole;
    level[1] *= tail_pole;
  }
}

void DrumVoice::play_hat(const Values& values, double rate_hz, std::span<float> sound) noexcept {
  // Two sections of a Butterworth filter.
  const Filter first = Filter::at(values[hat_tone], 1.8478, rate_hz);
  const Filter second = Filter::at(values[hat_tone], 0.7654, rate_hz);
  const double closed = drum_of(pitch).part;
  const double decay_ms = closed > 0.0 ? closed * values[hat_closed_decay] : values[hat_open_decay];
  const double pole = pole_of(decay_ms, rate_hz);
  const auto grain = static_cast<float>(values[hat_noise] / 100.0);
  const Squares<6> squares(kMetalHz, values[hat_tune], rate_hz);
  for (float& sample : sound) {
    const float metal = 2.5F * (1.0F - grain) * squares.next(phase) + grain * next_noise(noise);
    const float high = second.next(memory[1], first.next(memory[0], metal).high).high;
    sample = kHatGain * high * static_cast<float>(level[0]);
    level[0] *= pole;
  }
}

void DrumVoice::play_tom(const Values& values, double rate_hz, std::span<float> sound) noexcept {
  const DrumKey key = drum_of(pitch);
  const double semitones = key.transpose_st + key.part * values[tom_range];
  const auto scale = static_cast<float>(values[tom_tune] * factor_of(semitones) / rate_hz * kTurn);
  const auto octaves = static_cast<float>(values[tom_bend]);
  const double bend_pole = pole_of(3.0 * kTomBendMs, rate_hz);
  // Higher toms are shorter.
  const double decay_ms = values[tom_decay] * factor_of(-semitones / 2.0);
  const double pole = pole_of(decay_ms, rate_hz);
  const double noise_pole = pole_of(decay_ms / 2.0, rate_hz);
  const auto grain = static_cast<float>(values[tom_noise] / 100.0);
  const Filter filter = Filter::at(1'800.0, 1.0, rate_hz);
  for (float& sample : sound) {
    const float hiss = 2.0F * grain * filter.next(memory[0], next_noise(noise)).low * static_cast<float>(level[1]);
    sample = kTomGain * (sine_at(phase[0]) * static_cast<float>(level[0]) + hiss);
    phase[0] += static_cast<std::uint32_t>(scale * dsp::exp2_of(octaves * static_cast<float>(bend)));
    bend *= bend_pole;
    level[0] *= pole;
    level[1] *= noise_pole;
  }
}

void DrumVoice::play_cymbal(const Values& values, double rate_hz, std::span<float> sound) noexcept {
  const DrumKey key = drum_of(pitch);
  const bool is_ride = key.drum == Drum::ride;
  const int from_crash = is_ride ? kRideFromCrash : 0;
  // The ride is smaller, and rings more than it hisses.
  const double factor = values[crash_tune + from_crash] * factor_of(key.transpose_st) * (is_ride ? 1.41 : 1.0);
  const double grain_percent = values[crash_noise + from_crash] * (is_ride ? 0.4 * (1.0 - key.part) : 1.0);
  const auto grain = static_cast<float>(grain_percent / 100.0);
  const Filter filter = Filter::at(values[crash_tone + from_crash], 1.2, rate_hz);
  const double decay_ms = values[crash_decay + from_crash];
  const double fast_pole = pole_of(decay_ms / 8.0, rate_hz);
  const double slow_pole = pole_of(decay_ms, rate_hz);
  const Squares<6> squares(kMetalHz, factor, rate_hz);
  for (float& sample : sound) {
    const float metal = 2.0F * (1.0F - grain) * squares.next(phase) + grain * next_noise(noise);
    sample = kCymbalGain * filter.next(memory[0], metal).high * static_cast<float>(0.6 * level[0] + 0.4 * level[1]);
    level[0] *= fast_pole;
    level[1] *= slow_pole;
  }
}

void DrumVoice::play_cowbell(const Values& values, double rate_hz, std::span<float> sound) noexcept {
  const double hz = values[cowbell_tune] * factor_of(drum_of(pitch).transpose_st);
  const Squares<2> squares({1.0, 1.481}, hz, rate_hz);
  const Filter filter = Filter::at(4.2 * hz, 1.2, rate_hz);
  const double fast_pole = pole_of(25.0, rate_hz);
  const double slow_pole = pole_of(values[cowbell_decay], rate_hz);
  for (float& sample : sound) {
    sample = kCowbellGain * filter.next(memory[0], squares.next(phase)).band *
             static_cast<float>(0.5 * level[0] + 0.5 * level[1]);
    level[0] *= fast_pole;
    level[1] *= slow_pole;
  }
}

void DrumVoice::play_shaker(const Values& values, double rate_hz, std::span<float> sound) noexcept {
  const Filter filter = Filter::at(values[shaker_tone] * factor_of(drum_of(pitch).transpose_st), 1.0, rate_hz);
  const double decay_frames = values[shaker_decay] * 1e-3 * rate_hz;
  const double rise = 8.0 / decay_frames;
  const double pole = portable::pole_of(decay_frames);
  for (float& sample : sound) {
    // level[1]: 1 while it rises.
    if (level[1] != 0.0) {
      level[0] = std::min(level[0] + rise, 1.0);
      if (level[0] == 1.0) level[1] = 0.0;
    } else {
      level[0] *= pole;
    }
    sample = kShakerGain * filter.next(memory[0], next_noise(noise)).high * static_cast<float>(level[0]);
  }
}

}  // namespace talkback::instruments
