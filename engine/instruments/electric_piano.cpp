#include "engine/instruments/electric_piano.hpp"

#include <cmath>

#include "engine/dsp/fast_math.hpp"
#include "engine/dsp/oscillator.hpp"
#include "engine/dsp/portable_math.hpp"

namespace talkback::instruments {

namespace {

namespace portable = dsp::portable;

enum Parameter {
  body_ratio,
  body_index,
  body_index_decay,
  body_decay,
  tine_percent,
  tine_ratio,
  tine_index,
  tine_decay,
  detune_cents,
  hammer_percent,
  hammer_ms,
  index_scaling,
  decay_scaling,
  velocity_percent,
  index_velocity,
  attack_ms,
  release_ms,
  tremolo_rate,
  tremolo_percent,
  tremolo_spread,
  bend_range,
  count
};

constexpr ParameterInfo kTable[] = {
    {"body_ratio", "", 0.5, 16.0, 1.0},
    {"body_index", "rad", 0.0, 10.0, 1.1},
    {"body_index_decay_ms", "ms", 20.0, 30'000.0, 2'500.0, Taper::logarithmic},
    {"body_decay_ms", "ms", 100.0, 60'000.0, 12'000.0, Taper::logarithmic},
    {"tine_percent", "%", 0.0, 100.0, 30.0},
    {"tine_ratio", "", 1.0, 20.0, 14.0},
    {"tine_index", "rad", 0.0, 10.0, 1.2},
    {"tine_decay_ms", "ms", 20.0, 30'000.0, 1'600.0, Taper::logarithmic},
    {"detune_cents", "cents", -50.0, 50.0, 2.0},
    {"hammer_percent", "%", 0.0, 100.0, 15.0},
    {"hammer_ms", "ms", 2.0, 200.0, 25.0, Taper::logarithmic},
    {"index_scaling_percent", "%", 0.0, 100.0, 40.0},
    {"decay_scaling_percent", "%", 0.0, 100.0, 50.0},
    {"velocity_percent", "%", 0.0, 100.0, 80.0},
    {"index_velocity_percent", "%", 0.0, 100.0, 85.0},
    {"attack_ms", "ms", 0.5, 500.0, 1.0, Taper::logarithmic},
    {"release_ms", "ms", 5.0, 10'000.0, 250.0, Taper::logarithmic},
    {"tremolo_rate_hz", "Hz", 0.05, 20.0, 4.5, Taper::logarithmic},
    {"tremolo_percent", "%", 0.0, 100.0, 0.0},
    {"tremolo_spread_percent", "%", 0.0, 100.0, 100.0},
    {"bend_range_st", "st", 0.0, 48.0, 2.0},
};
static_assert(std::size(kTable) == count);

constexpr double kTurn = 4294967296.0;
constexpr double kTau = 6.283185307179586;
// Of one voice at full velocity, so that chords stay below full scale.
constexpr double kVoiceGain = 0.3;
constexpr double kHammerGain = 1.5;
constexpr double kEnd = 1e-5;
constexpr int kMiddleC = 60;

double hz_of(double pitch) noexcept { return 440.0 * portable::exp2((pitch - 69.0) / 12.0); }

// Half the rate is the highest there is.
std::uint32_t step_of(double hz, double rate_hz) noexcept {
  const double turns = hz / rate_hz;
  return static_cast<std::uint32_t>((turns < 0.5 ? turns : 0.5) * kTurn);
}

float turns_of(std::uint32_t phase) noexcept {
  return static_cast<float>(static_cast<std::int32_t>(phase >> 8)) * (1.0F / 16'777'216.0F);
}

double octaves_above_middle_c(int pitch) noexcept { return (pitch - kMiddleC) / 12.0; }

// The largest index whose sidebands beyond half the rate are kFoldedLevel of the carrier.
double index_without_folding(double carrier_hz, double modulator_hz, double rate_hz) noexcept {
  const double order = (rate_hz / 2.0 - carrier_hz) / modulator_hz;
  if (order < 1.0) return 0.0;
  constexpr double kEuler = 2.718281828459045;
  const float octaves = dsp::log2_of(static_cast<float>(ElectricPiano::kFoldedLevel)) +
                        0.5F * dsp::log2_of(static_cast<float>(kTau * order));
  return 2.0 * order / kEuler * static_cast<double>(dsp::exp2_of(octaves / static_cast<float>(order)));
}

}  // namespace

ElectricPiano::ElectricPiano() : values_(kTable) { static_assert(kParameterCount == count); }

std::span<const ParameterInfo> ElectricPiano::parameters() const noexcept { return kTable; }

void ElectricPiano::prepare(SampleRate rate) {
  rate_ = rate;
  choke_pole_ = portable::pole_of(kChokeMs * 1e-3 * rate.hz);
  // A one-pole low pass, 3 dB down at kHammerHz.
  hammer_smoothing_ = static_cast<float>(1.0 - portable::exp2(-kTau * kHammerHz / rate.hz / 0.6931471805599453));
  reset();
}

void ElectricPiano::reset() noexcept {
  values_.reset();
  frames_to_line_ = 0;
  tremolo_phase_ = 0;
  voices_.reset();
  controls_ = {};
  reckon_times();
  for (int i = 0; i < 2; ++i) aim_tremolo();
}

void ElectricPiano::set(int index, double wanted) noexcept { values_.set(index, wanted, index == bend_range); }

void ElectricPiano::archive(dsp::StateArchive& state) {
  state(values_, frames_to_line_, tremolo_phase_, tremolo_, voices_, controls_);
  if (!state.is_loading()) return;
  frames_to_line_ = std::clamp(frames_to_line_, 0, kLineFrames);
  reckon_times();
  for (Voice& voice : voices_) {
    if (voice.is_active()) reckon_decays(voice);
  }
}

void ElectricPiano::Pair::archive(dsp::StateArchive& state) {
  state(carrier, modulator, carrier_step, modulator_step, amplitude, deviation, carrier_level, modulator_level);
}

void ElectricPiano::Voice::archive(dsp::StateArchive& state) {
  archive_note(state);
  state(body, tine, level, hammer, hammer_level, hammer_memory, noise, attack, gate);
  archive_flags(state, is_released);
}

double ElectricPiano::Voice::loudness() const noexcept {
  return gate * std::max(body.carrier_level, tine.carrier_level);
}

void ElectricPiano::note_on(int pitch, int velocity) noexcept {
  Voice& voice = voices_.take(pitch, velocity);
  voice.noise = noise_seed(voice.stamp, pitch);
  reckon_decays(voice);
  aim(voice, true);
}

void ElectricPiano::note_off(int pitch) noexcept { voices_.note_off(pitch, controls_.pedal); }

void ElectricPiano::all_notes_off() noexcept { voices_.release_all(); }

void ElectricPiano::control_change(int number, int value) noexcept {
  controls_.set(number, value);
  if (number == ChannelControls::kPedal && !controls_.pedal) voices_.lift_pedal();
  if (number == ChannelControls::kAllSoundOff || number == ChannelControls::kAllNotesOff) all_notes_off();
}

void ElectricPiano::pitch_bend(int value) noexcept { controls_.bend = value / 8192.0; }

void ElectricPiano::reckon_times() noexcept {
  const double frames_per_ms = rate_.hz * 1e-3;
  attack_step_ = 1.0 / (values_[attack_ms] * frames_per_ms);
  release_pole_ = portable::pole_of(values_[release_ms] * frames_per_ms);
  hammer_pole_ = portable::pole_of(values_[hammer_ms] * frames_per_ms);
}

void ElectricPiano::reckon_decays(Voice& voice) const noexcept {
  const double shorter = portable::exp2(-values_[decay_scaling] / 100.0 * octaves_above_middle_c(voice.pitch));
  const auto pole = [&](double ms) { return portable::pole_of(ms * shorter * 1e-3 * rate_.hz); };
  voice.body.carrier_pole = pole(values_[body_decay]);
  voice.body.modulator_pole = pole(values_[body_index_decay]);
  voice.tine.carrier_pole = pole(values_[tine_decay]);
  voice.tine.modulator_pole = pole(values_[tine_decay] / 2.0);
}

double ElectricPiano::index_of(const Voice& voice, int parameter, double carrier_hz,
                               double modulator_hz) const noexcept {
  const double soft = 1.0 - voice.velocity / 127.0;
  const double wanted = values_[parameter] * (1.0 - values_[index_velocity] / 100.0 * soft) *
                        portable::exp2(-values_[index_scaling] / 100.0 * octaves_above_middle_c(voice.pitch));
  return std::min(wanted, index_without_folding(carrier_hz, modulator_hz, rate_.hz));
}

void ElectricPiano::aim(Voice& voice, bool jumps) noexcept {
  const double hz = hz_of(voice.pitch + controls_.bend * values_[bend_range]);
  const auto aim_pair = [&](Pair& pair, double carrier_hz, int ratio, int index, double amplitude) {
    const double modulator_hz = hz * values_[ratio];
    pair.carrier_step = step_of(carrier_hz, rate_.hz);
    pair.modulator_step = step_of(modulator_hz, rate_.hz);
    pair.deviation.aim(index_of(voice, index, carrier_hz, modulator_hz) / kTau, jumps);
    pair.amplitude.aim(amplitude, jumps);
  };
  const double tine = values_[tine_percent] / 100.0;
  aim_pair(voice.body, hz, body_ratio, body_index, 1.0 - tine);
  aim_pair(voice.tine, hz * portable::exp2(values_[detune_cents] / 1'200.0), tine_ratio, tine_index, tine);
  const double velocity = voice.velocity / 127.0;
  voice.hammer.aim(kHammerGain * values_[hammer_percent] / 100.0 * velocity, jumps);
  const double loud = 1.0 - values_[velocity_percent] / 100.0 * (1.0 - velocity * velocity);
  voice.level.aim(kVoiceGain * loud * controls_.gain(), jumps);
}

void ElectricPiano::aim_tremolo() noexcept {
  const double depth = std::max(values_[tremolo_percent] / 100.0, controls_.wheel / 127.0);
  const double turns = static_cast<double>(tremolo_phase_ >> 32) / kTurn;
  for (int c = 0; c < 2; ++c) {
    const double lag = c * values_[tremolo_spread] / 200.0;
    const double wave = portable::sine_of_turns(turns - lag);
    tremolo_[static_cast<std::size_t>(c)].aim(1.0 - depth * (1.0 - wave) / 2.0, false);
  }
}

void ElectricPiano::begin_line() noexcept {
  const bool has_moved = values_.advance();
  if (has_moved) reckon_times();
  tremolo_phase_ += static_cast<std::uint64_t>(values_[tremolo_rate] * kLineFrames / rate_.hz * kTurn * kTurn);
  aim_tremolo();
  for (Voice& voice : voices_) {
    if (!voice.is_active()) continue;
    // Here and not where it happens, so that any division into blocks gives the same.
    if (!(voice.loudness() >= kEnd)) {
      voice = {};
      continue;
    }
    if (voice.tine.carrier_level < kEnd) voice.tine.carrier_level = 0.0;
    if (voice.hammer_level < kEnd) voice.hammer_level = 0.0;
    if (has_moved) reckon_decays(voice);
    aim(voice, false);
  }
  frames_to_line_ = kLineFrames;
}

void ElectricPiano::Pair::add(std::span<float> sound) noexcept {
  std::array<float, kLineFrames> away{};
  std::array<float, kLineFrames> level{};
  std::array<float, kLineFrames> carried{};
  const auto frames = static_cast<std::uint32_t>(sound.size());
  for (std::uint32_t n = 0; n < frames; ++n) {
    away[n] = deviation.next() * static_cast<float>(modulator_level);
    level[n] = amplitude.next() * static_cast<float>(carrier_level);
    carrier_level *= carrier_pole;
    modulator_level *= modulator_pole;
  }
  // Whole lines without a branch, for the vectoriser.
  for (std::uint32_t n = 0; n < kLineFrames; ++n) {
    const float wave = dsp::sine_of_turns(turns_of(modulator + n * modulator_step));
    carried[n] = dsp::sine_of_turns(turns_of(carrier + n * carrier_step) + away[n] * wave);
  }
  for (std::uint32_t n = 0; n < frames; ++n) sound[n] += level[n] * carried[n];
  carrier += frames * carrier_step;
  modulator += frames * modulator_step;
}

// At most to the end of the line.
void ElectricPiano::play(Voice& voice, std::span<float> sound) noexcept {
  std::array<float, kLineFrames> buffer{};
  const std::span<float> own = std::span(buffer).first(sound.size());
  voice.body.add(own);
  if (voice.tine.carrier_level != 0.0) voice.tine.add(own);
  if (voice.hammer_level != 0.0) {
    for (float& sample : own) {
      voice.hammer_memory += hammer_smoothing_ * (next_noise(voice.noise) - voice.hammer_memory);
      sample += voice.hammer.next() * static_cast<float>(voice.hammer_level) * voice.hammer_memory;
      voice.hammer_level *= hammer_pole_;
    }
  }
  const double gate_pole = voice.is_choked     ? std::min(release_pole_, choke_pole_)
                           : voice.is_released ? release_pole_
                                               : 1.0;
  for (std::size_t n = 0; n < own.size(); ++n) {
    voice.attack = std::min(voice.attack + attack_step_, 1.0);
    sound[n] += own[n] * voice.level.next() * static_cast<float>(voice.attack * voice.gate);
    voice.gate *= gate_pole;
  }
}

void ElectricPiano::render(AudioBlock block) noexcept {
  for (int done = 0; done < block.frame_count();) {
    if (frames_to_line_ == 0) begin_line();
    const int frames = std::min(frames_to_line_, block.frame_count() - done);
    std::array<float, kLineFrames> buffer{};
    const std::span<float> sound = std::span(buffer).first(static_cast<std::size_t>(frames));
    for (Voice& voice : voices_) {
      if (voice.is_active()) play(voice, sound);
    }
    const AudioBlock part = block.slice(done, frames);
    for (int c = 0; c < 2; ++c) {
      float* out = part.channel(c).data();
      for (std::size_t n = 0; n < sound.size(); ++n) out[n] = sound[n] * tremolo_[static_cast<std::size_t>(c)].next();
    }
    frames_to_line_ -= frames;
    done += frames;
  }
}

}  // namespace talkback::instruments
