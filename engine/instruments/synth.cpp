#include "engine/instruments/synth.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/dsp/control_grid.hpp"
#include "engine/dsp/decibel.hpp"
#include "engine/dsp/oscillator.hpp"
#include "engine/instruments/synth_parameters.hpp"
#include "engine/instruments/voice_pool.hpp"

namespace talkback::instruments {

using namespace synth_parameters;

namespace {

constexpr double kTurn = 4294967296.0;
// Of one voice at full velocity, so that chords stay below full scale.
constexpr double kVoiceGain = 0.25;
constexpr double kWheelSemitones = 0.5;
constexpr int kMiddleC = 60;

// Half the rate is the highest there is.
std::uint32_t step_of(double pitch, double rate_hz) noexcept {
  const double hz = 440.0 * std::exp2((pitch - 69.0) / 12.0);
  const double turns = hz / rate_hz;
  return static_cast<std::uint32_t>((turns < 0.5 ? turns : 0.5) * kTurn);
}

}  // namespace

Synth::Synth() : values_(kTable) {
  static_assert(kParameterCount == count);
  for (int i = 0; i < count; ++i) smooth_[static_cast<std::size_t>(i)] = {values_[i], values_[i], 0};
}

std::span<const ParameterInfo> Synth::parameters() const noexcept { return kTable; }

void Synth::prepare(SampleRate rate) {
  rate_ = rate;
  choke_pole_ = AdsrTimes::pole_of(kChokeMs, rate);
  // The tables are made here, not while sound is made.
  BandLimitedWave::saw();
  BandLimitedWave::triangle();
  reset();
}

void Synth::reset() noexcept {
  for (int i = 0; i < count; ++i) smooth_[static_cast<std::size_t>(i)] = {values_[i], values_[i], 0};
  frames_to_line_ = 0;
  lfo_phase_ = {};
  voices_ = {};
  next_stamp_ = 0;
  last_pitch_ = -1;
  bend_ = 0.0;
  wheel_ = pressure_ = 0;
  volume_ = expression_ = 127;
  pedal_ = false;
  reckon_times();
}

void Synth::set(int index, double wanted) noexcept {
  if (!values_.set(index, wanted)) return;
  Smooth& smooth = smooth_[static_cast<std::size_t>(index)];
  smooth.target = values_[index];
  smooth.lines = is_switch(index) ? 1 : dsp::kControlFrames / kLineFrames;
}

void Synth::archive(dsp::StateArchive& state) {
  // What the next note sets anew leaves no trace.
  if (!state.is_loading() && std::ranges::none_of(voices_, &Voice::is_active)) next_stamp_ = 0;
  state(values_, smooth_, frames_to_line_, lfo_phase_, next_stamp_, last_pitch_, bend_, wheel_, pressure_, volume_,
        expression_);
  archive_flags(state, pedal_);
  for (Voice& voice : voices_) {
    bool is_active = voice.is_active();
    archive_flags(state, is_active);
    if (state.is_loading()) voice = {};
    if (is_active) voice.archive(state);
  }
  if (state.is_loading()) {
    // A damaged archive must not lead outside of lines and tables.
    frames_to_line_ = std::clamp(frames_to_line_, 0, kLineFrames);
    for (int* control : {&wheel_, &pressure_, &volume_, &expression_}) *control = std::clamp(*control, 0, 127);
    for (int i = 0; i < count; ++i) {
      const ParameterInfo& info = kTable[i];
      Smooth& smooth = smooth_[static_cast<std::size_t>(i)];
      if (!(smooth.value >= info.min && smooth.value <= info.max)) smooth.value = info.default_value;
      if (!(smooth.target >= info.min && smooth.target <= info.max)) smooth.target = info.default_value;
      smooth.lines = std::clamp(smooth.lines, 0, dsp::kControlFrames);
    }
    reckon_times();
  }
}

void Synth::Voice::archive(dsp::StateArchive& state) {
  archive_flags(state, is_held, is_pedalled, is_choked);
  state(pitch, velocity, stamp, from_pitch, amplitude, filter, oscillators, sub_phase, sub_step, noise, sub,
        noise_level, drive, cutoff, damping, level, memory);
}

int Synth::voice_count() const noexcept {
  return static_cast<int>(
      std::ranges::count_if(voices_, [](const Voice& voice) { return voice.is_active() && !voice.is_choked; }));
}

void Synth::choke(Voice& voice) noexcept {
  voice.is_choked = true;
  voice.is_held = voice.is_pedalled = false;
  voice.amplitude.release();
}

Synth::Voice& Synth::take_slot() noexcept {
  const auto age = [](const Voice& voice) { return std::pair(voice.is_held || voice.is_pedalled, voice.stamp); };
  if (voice_count() >= kVoicesMax) {
    Voice* oldest = nullptr;
    for (Voice& voice : voices_) {
      if (voice.is_active() && !voice.is_choked && (oldest == nullptr || age(voice) < age(*oldest))) oldest = &voice;
    }
    choke(*oldest);
  }
  const auto free = std::ranges::find_if(voices_, [](const Voice& voice) { return !voice.is_active(); });
  if (free != voices_.end()) return *free;
  // So many give way at once that one of them is cut off: the quietest.
  Voice* quietest = nullptr;
  for (Voice& voice : voices_) {
    if (voice.is_choked && (quietest == nullptr || voice.amplitude.level < quietest->amplitude.level))
      quietest = &voice;
  }
  return *quietest;
}

void Synth::note_on(int pitch, int velocity) noexcept {
  if (std::ranges::none_of(voices_, &Voice::is_active)) next_stamp_ = 0;
  if (values_[mono] >= 0.5) {
    for (Voice& voice : voices_) {
      if (voice.is_active() && !voice.is_choked) choke(voice);
    }
  }
  Voice& voice = take_slot();
  voice = {};
  voice.pitch = pitch;
  voice.velocity = velocity;
  voice.stamp = next_stamp_++;
  voice.is_held = true;
  voice.from_pitch = value(glide_ms) > 0.0 && last_pitch_ >= 0 ? last_pitch_ : pitch;
  // Never 0, where the generator stands still.
  voice.noise = (voice.stamp * 128U + static_cast<std::uint32_t>(pitch) + 1U) * 2'654'435'769U | 1U;
  for (Oscillator& oscillator : voice.oscillators) {
    // Spread by the golden section, so that they do not all rise at once.
    for (std::uint32_t u = 0; u < kUnisonMax; ++u) oscillator.phase[u] = u * 2'654'435'769U;
  }
  last_pitch_ = pitch;
  aim(voice, true);
}

void Synth::note_off(int pitch) noexcept {
  for (Voice& voice : voices_) {
    if (voice.pitch != pitch || !voice.is_held) continue;
    voice.is_held = false;
    voice.is_pedalled = pedal_;
    if (pedal_) continue;
    voice.amplitude.release();
    voice.filter.release();
  }
}

void Synth::all_notes_off() noexcept {
  for (Voice& voice : voices_) {
    if (!voice.is_active()) continue;
    voice.is_held = voice.is_pedalled = false;
    voice.amplitude.release();
    voice.filter.release();
  }
}

void Synth::control_change(int number, int change) noexcept {
  constexpr int kWheel = 1, kVolume = 7, kExpression = 11, kPedal = 64, kAllSoundOff = 120, kAllNotesOff = 123;
  switch (number) {
    case kWheel:
      wheel_ = change;
      break;
    case kVolume:
      volume_ = change;
      break;
    case kExpression:
      expression_ = change;
      break;
    case kPedal:
      pedal_ = change >= 64;
      for (Voice& voice : voices_) {
        if (pedal_ || !voice.is_pedalled) continue;
        voice.is_pedalled = false;
        voice.amplitude.release();
        voice.filter.release();
      }
      break;
    case kAllSoundOff:
    case kAllNotesOff:
      all_notes_off();
      break;
    default:
      break;
  }
}

void Synth::pitch_bend(int change) noexcept { bend_ = change / 8192.0; }

void Synth::channel_pressure(int change) noexcept { pressure_ = change; }

void Synth::reckon_times() noexcept {
  const auto times = [&](int first) {
    return AdsrTimes::of(value(first), value(first + 1), value(first + 2) / 100.0, value(first + 3), rate_);
  };
  amplitude_times_ = times(amplitude_attack);
  filter_times_ = times(filter_attack);
  const auto unison = static_cast<int>(std::lround(value(unison_voices)));
  for (int u = 0; u < unison; ++u) {
    const double place = unison == 1 ? 0.0 : 2.0 * u / (unison - 1) - 1.0;
    const double angle = (1.0 + place * value(unison_spread) / 100.0) * std::numbers::pi / 4.0;
    const double gain = std::sqrt(2.0 / unison);
    spread_[static_cast<std::size_t>(u)] = {place * value(unison_detune), static_cast<float>(gain * std::cos(angle)),
                                            static_cast<float>(gain * std::sin(angle))};
  }
}

double Synth::lfo(int index) const noexcept {
  const auto turns = static_cast<float>(static_cast<double>(lfo_phase_[static_cast<std::size_t>(index)] >> 32) / kTurn);
  switch (std::lround(value(lfo_1_wave + index * kLfoParameters))) {
    case lfo_triangle:
      return static_cast<double>(dsp::triangle_of_turns(turns));
    case lfo_saw:
      return 2.0 * static_cast<double>(turns) - 1.0;
    case lfo_square:
      return turns < 0.5F ? 1.0 : -1.0;
    default:
      return static_cast<double>(dsp::sine_of_turns(turns));
  }
}

void Synth::begin_line() noexcept {
  bool has_moved = false;
  for (Smooth& smooth : smooth_) {
    if (smooth.lines == 0) continue;
    smooth.value = smooth.lines == 1 ? smooth.target : smooth.value + (smooth.target - smooth.value) / smooth.lines;
    --smooth.lines;
    has_moved = true;
  }
  if (has_moved) reckon_times();
  for (std::size_t i = 0; i < lfo_phase_.size(); ++i) {
    const double turns = value(lfo_1_rate + static_cast<int>(i) * kLfoParameters) * kLineFrames / rate_.hz;
    lfo_phase_[i] += static_cast<std::uint64_t>(turns * kTurn * kTurn);
  }
  for (Voice& voice : voices_) {
    if (voice.is_active()) aim(voice, false);
  }
  frames_to_line_ = kLineFrames;
}

void Synth::aim_oscillator(Voice& voice, int index, double pitch, double pulse_width, bool jumps) noexcept {
  Oscillator& oscillator = voice.oscillators[static_cast<std::size_t>(index)];
  const int first = wave_1 + index * kOscillatorParameters;
  oscillator.level.aim(value(level_1 + index) / 100.0, jumps);
  if (oscillator.level.value == 0.0F && oscillator.level.target == 0.0F) return;
  const double own = pitch + value(first + tune_1 - wave_1) + value(first + fine_1 - wave_1) / 100.0;
  const auto unison = static_cast<std::size_t>(std::lround(value(unison_voices)));
  for (std::size_t u = 0; u < unison; ++u) oscillator.step[u] = step_of(own + spread_[u].cents / 100.0, rate_.hz);
  const double width = std::clamp(value(first + width_1 - wave_1) + pulse_width, 2.0, 98.0) / 100.0;
  oscillator.width = static_cast<std::uint32_t>(width * kTurn);
}

void Synth::aim(Voice& voice, bool jumps) noexcept {
  if (!jumps) {
    const double pace = value(glide_ms) > 0.0 ? 12.0 * kLineFrames / (value(glide_ms) * 1e-3 * rate_.hz) : 1e3;
    voice.from_pitch += std::clamp(voice.pitch - voice.from_pitch, -pace, pace);
  }
  const double wave_1_now = lfo(0);
  const double wave_2_now = lfo(1);
  const double wheel = kWheelSemitones * std::max(wheel_, pressure_) / 127.0;
  const double pitch = voice.from_pitch + bend_ * value(bend_range) + wave_1_now * (value(lfo_1_pitch) + wheel) +
                       wave_2_now * value(lfo_2_pitch);
  const double width = wave_1_now * value(lfo_1_width) + wave_2_now * value(lfo_2_width);
  for (int i = 0; i < 2; ++i) aim_oscillator(voice, i, pitch, width, jumps);
  voice.sub_step = step_of(pitch + value(tune_1) + value(fine_1) / 100.0 - 12.0, rate_.hz);
  voice.sub.aim(value(sub_level) / 100.0, jumps);
  voice.noise_level.aim(value(noise_level) / 100.0, jumps);
  voice.drive.aim(dsp::gain_from_db(value(drive_db)), jumps);

  const double softness = 1.0 - voice.velocity / 127.0;
  const double octaves = value(envelope_octaves) * voice.filter.level + wave_1_now * value(lfo_1_cutoff) +
                         wave_2_now * value(lfo_2_cutoff) +
                         value(key_tracking) / 100.0 * (voice.from_pitch - kMiddleC) / 12.0 -
                         value(velocity_octaves) * softness;
  const double hz = std::clamp(value(cutoff_hz) * std::exp2(octaves), 10.0, 0.45 * rate_.hz);
  voice.cutoff.aim(std::tan(std::numbers::pi * hz / rate_.hz), jumps);
  // From Q of 0.707 to 50.
  voice.damping.aim(std::numbers::sqrt2 * std::exp2(-value(resonance) / 100.0 * 6.144), jumps);

  const double velocity = voice.velocity / 127.0;
  const double loud = 1.0 - value(velocity_percent) / 100.0 * (1.0 - velocity * velocity);
  const double controlled = volume_ * expression_ / (127.0 * 127.0);
  voice.level.aim(kVoiceGain * loud * controlled * controlled, jumps);
}

void Synth::add_oscillator(Oscillator& oscillator, int wave, std::span<float> left, std::span<float> right) noexcept {
  if (oscillator.level.value == 0.0F && oscillator.level.target == 0.0F) return;
  std::array<float, kLineFrames> level;
  for (std::size_t n = 0; n < left.size(); ++n) level[n] = oscillator.level.next();
  const auto unison = static_cast<std::size_t>(std::lround(value(unison_voices)));
  for (std::size_t u = 0; u < unison; ++u) {
    const std::uint32_t step = oscillator.step[u];
    std::uint32_t& phase = oscillator.phase[u];
    const BandLimitedWave& waves = wave == triangle ? BandLimitedWave::triangle() : BandLimitedWave::saw();
    const BandLimitedWave::Table& table = waves.table_for(step);
    for (std::size_t n = 0; n < left.size(); ++n) {
      float sample;
      if (wave == sine) {
        sample = dsp::sine_of_turns(static_cast<float>(phase >> 8) * (1.0F / 16'777'216.0F));
      } else {
        sample = table.at(phase);
        // A pulse is the difference of two saws.
        if (wave == square) sample = table.at(phase - oscillator.width) - sample;
      }
      sample *= level[n];
      left[n] += sample * spread_[u].left;
      right[n] += sample * spread_[u].right;
      phase += step;
    }
  }
}

template <int kind>
float Synth::filter(std::array<float, 2>& memory, float in, float g, float k) const noexcept {
  const float a1 = 1.0F / (1.0F + g * (g + k));
  const float v3 = in - memory[1];
  const float band = a1 * (memory[0] + g * v3);
  const float low = memory[1] + g * band;
  memory[0] = 2.0F * band - memory[0];
  memory[1] = 2.0F * low - memory[1];
  if constexpr (kind == low_pass) return low;
  if constexpr (kind == band_pass) return k * band;
  return in - k * band - low;
}

// At most to the end of the line.
void Synth::play(Voice& voice, AudioBlock block) noexcept {
  std::array<float, kLineFrames> buffers[2] = {};
  const auto frames = static_cast<std::size_t>(block.frame_count());
  const auto left = std::span(buffers[0]).first(frames);
  const auto right = std::span(buffers[1]).first(frames);
  for (int i = 0; i < 2; ++i) {
    long wave = std::lround(value(wave_1 + i * kOscillatorParameters));
    if (wave == unspecified) wave = saw;
    add_oscillator(voice.oscillators[static_cast<std::size_t>(i)], static_cast<int>(wave), left, right);
  }
  const long kind = std::max(0L, std::lround(value(filter_kind)) - 1);
  AdsrTimes times = amplitude_times_;
  if (voice.is_choked) times.release_pole = std::min(times.release_pole, choke_pole_);
  for (std::size_t n = 0; n < frames; ++n) {
    // Xorshift of G. Marsaglia (2003).
    voice.noise ^= voice.noise << 13;
    voice.noise ^= voice.noise >> 17;
    voice.noise ^= voice.noise << 5;
    const float noise = static_cast<float>(static_cast<std::int32_t>(voice.noise)) * (1.0F / 2'147'483'648.0F);
    const float sub = dsp::sine_of_turns(static_cast<float>(voice.sub_phase >> 8) * (1.0F / 16'777'216.0F));
    voice.sub_phase += voice.sub_step;
    const float centre = sub * voice.sub.next() + noise * voice.noise_level.next();
    const float drive = voice.drive.next();
    const float g = voice.cutoff.next();
    const float k = voice.damping.next();
    voice.filter.next(filter_times_);
    const float level = voice.level.next() * static_cast<float>(voice.amplitude.next(times));
    for (std::size_t c = 0; c < 2; ++c) {
      float sample = buffers[c][n] + centre;
      sample = drive * sample / std::sqrt(1.0F + (drive * drive - 1.0F) * sample * sample);
      sample = kind == low_pass    ? filter<low_pass>(voice.memory[c], sample, g, k)
               : kind == high_pass ? filter<high_pass>(voice.memory[c], sample, g, k)
                                   : filter<band_pass>(voice.memory[c], sample, g, k);
      block.channel(static_cast<int>(c))[n] += level * sample;
    }
    if (voice.amplitude.has_ended()) {
      voice = {};
      return;
    }
  }
}

void Synth::render(AudioBlock block) noexcept {
  clear(block);
  for (int done = 0; done < block.frame_count();) {
    if (frames_to_line_ == 0) begin_line();
    const int frames = std::min(frames_to_line_, block.frame_count() - done);
    for (Voice& voice : voices_) {
      if (voice.is_active()) play(voice, block.slice(done, frames));
    }
    frames_to_line_ -= frames;
    done += frames;
  }
}

}  // namespace talkback::instruments
