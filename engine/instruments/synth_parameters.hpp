// The parameters of the synthesiser, in the order of their table.
#pragma once

#include "engine/instruments/instrument.hpp"

namespace talkback::instruments::synth_parameters {

// What one oscillator, envelope or LFO has lies together, so that those of the second follow at a fixed distance.
enum Parameter {
  wave_1,
  tune_1,
  fine_1,
  width_1,
  wave_2,
  tune_2,
  fine_2,
  width_2,
  level_1,
  level_2,
  sub_level,
  noise_level,
  unison_voices,
  unison_detune,
  unison_spread,
  filter_kind,
  cutoff_hz,
  resonance,
  drive_db,
  key_tracking,
  envelope_octaves,
  velocity_octaves,
  amplitude_attack,
  amplitude_decay,
  amplitude_sustain,
  amplitude_release,
  filter_attack,
  filter_decay,
  filter_sustain,
  filter_release,
  lfo_1_wave,
  lfo_1_rate,
  lfo_1_pitch,
  lfo_1_cutoff,
  lfo_1_width,
  lfo_2_wave,
  lfo_2_rate,
  lfo_2_pitch,
  lfo_2_cutoff,
  lfo_2_width,
  glide_ms,
  mono,
  velocity_percent,
  bend_range,
  count
};
inline constexpr int kOscillatorParameters = wave_2 - wave_1;
inline constexpr int kLfoParameters = lfo_2_wave - lfo_1_wave;

inline constexpr ParameterInfo kTable[] = {
    {"oscillator_1.wave", "", 0.0, 4.0, 0.0},
    {"oscillator_1.tune_st", "st", -48.0, 48.0, 0.0},
    {"oscillator_1.fine_cents", "cents", -100.0, 100.0, 0.0},
    {"oscillator_1.pulse_width_percent", "%", 2.0, 98.0, 50.0},
    {"oscillator_2.wave", "", 0.0, 4.0, 0.0},
    {"oscillator_2.tune_st", "st", -48.0, 48.0, 0.0},
    {"oscillator_2.fine_cents", "cents", -100.0, 100.0, 0.0},
    {"oscillator_2.pulse_width_percent", "%", 2.0, 98.0, 50.0},
    {"oscillator_1_percent", "%", 0.0, 100.0, 80.0},
    {"oscillator_2_percent", "%", 0.0, 100.0, 0.0},
    {"sub_percent", "%", 0.0, 100.0, 0.0},
    {"noise_percent", "%", 0.0, 100.0, 0.0},
    {"unison_voices", "", 1.0, 8.0, 1.0},
    {"unison_detune_cents", "cents", 0.0, 100.0, 15.0},
    {"unison_spread_percent", "%", 0.0, 100.0, 60.0},
    {"filter", "", 0.0, 3.0, 0.0},
    {"cutoff_hz", "Hz", 20.0, 20'000.0, 8'000.0, Taper::logarithmic},
    {"resonance_percent", "%", 0.0, 100.0, 0.0},
    {"drive_db", "dB", 0.0, 36.0, 0.0},
    {"key_tracking_percent", "%", 0.0, 100.0, 0.0},
    {"envelope_octaves", "octaves", -8.0, 8.0, 0.0},
    {"velocity_octaves", "octaves", 0.0, 8.0, 0.0},
    {"amplitude_envelope.attack_ms", "ms", 0.5, 20'000.0, 2.0, Taper::logarithmic},
    {"amplitude_envelope.decay_ms", "ms", 1.0, 60'000.0, 400.0, Taper::logarithmic},
    {"amplitude_envelope.sustain_percent", "%", 0.0, 100.0, 70.0},
    {"amplitude_envelope.release_ms", "ms", 1.0, 60'000.0, 200.0, Taper::logarithmic},
    {"filter_envelope.attack_ms", "ms", 0.5, 20'000.0, 2.0, Taper::logarithmic},
    {"filter_envelope.decay_ms", "ms", 1.0, 60'000.0, 400.0, Taper::logarithmic},
    {"filter_envelope.sustain_percent", "%", 0.0, 100.0, 70.0},
    {"filter_envelope.release_ms", "ms", 1.0, 60'000.0, 200.0, Taper::logarithmic},
    {"lfo_1.wave", "", 0.0, 4.0, 0.0},
    {"lfo_1.rate_hz", "Hz", 0.01, 40.0, 5.0, Taper::logarithmic},
    {"lfo_1.pitch_st", "st", 0.0, 24.0, 0.0},
    {"lfo_1.cutoff_octaves", "octaves", -6.0, 6.0, 0.0},
    {"lfo_1.pulse_width_percent", "%", 0.0, 48.0, 0.0},
    {"lfo_2.wave", "", 0.0, 4.0, 0.0},
    {"lfo_2.rate_hz", "Hz", 0.01, 40.0, 5.0, Taper::logarithmic},
    {"lfo_2.pitch_st", "st", 0.0, 24.0, 0.0},
    {"lfo_2.cutoff_octaves", "octaves", -6.0, 6.0, 0.0},
    {"lfo_2.pulse_width_percent", "%", 0.0, 48.0, 0.0},
    {"glide_ms", "ms", 0.0, 5'000.0, 0.0},
    {"mono", "", 0.0, 1.0, 0.0},
    {"velocity_percent", "%", 0.0, 100.0, 80.0},
    {"bend_range_st", "st", 0.0, 48.0, 2.0},
};
static_assert(std::size(kTable) == count);

enum Wave { unspecified, saw, square, triangle, sine };
enum LfoWave { lfo_unspecified, lfo_sine, lfo_triangle, lfo_saw, lfo_square };
enum FilterKind { low_pass, high_pass, band_pass };

inline bool is_switch(int index) noexcept {
  return index == wave_1 || index == wave_2 || index == unison_voices || index == filter_kind || index == lfo_1_wave ||
         index == lfo_2_wave || index == mono;
}

}  // namespace talkback::instruments::synth_parameters
