// One hit of the drum machine. With e_T(t) = 10^(-3 t / T), 60 dB down after T, and noise white and seeded by the hit:
//
//   kick     drive(sin(2 pi int f)) e_decay + click, f = tune 2^(bend 10^(-t / bend_ms)); click: low-passed noise e_7ms
//   snare    (1 - tone) sin(f1) + tone sin(1.83 f1) each e_tone_decay; band-passed noise e_decay, by snappy
//   rim      sines of 0.555 and 2.03 tune, e_decay and e_(decay / 2)
//   clap     band-passed noise: three bursts spread_ms apart, e_(3.5 spread), and from the fourth on e_decay
//   hat      six squares and noise through a high pass of 24 dB an octave, e_closed or e_open
//   tom      sine that falls as the kick's does, in kTomBendMs, and low-passed noise, e_decay
//   cymbals  six squares and noise through a high pass of 12 dB an octave, 0.6 e_(decay / 8) + 0.4 e_decay
//   cowbell  squares of tune and 1.481 tune, band-passed at 4.2 tune, 0.5 e_25ms + 0.5 e_decay
//   shaker   high-passed noise that rises in an eighth of decay and falls
//
// Modes and ratios are those measured at the analogue machine of 1980: of snare, rim, cowbell and clap in the service
// notes of the TR-808, of the six squares (205.3 to 800 Hz) by K. Werner, J. Abel and J. Smith, "The TR-808 Cymbal"
// (2014). Squares are differences of saws without aliases (band_limited_wave.hpp). Filters: A. Simper's trapezoidal
// state-variable filter (2013). drive: x -> g x / sqrt(1 + (g^2 - 1) x^2).
#pragma once

#include "engine/base/sample_rate.hpp"
#include "engine/instruments/drum_parameters.hpp"
#include "engine/instruments/voice_pool.hpp"

namespace talkback::instruments {

enum class Drum { none, kick, snare, rim, clap, hat, tom, crash, ride, cowbell, shaker };

// What a key of General MIDI's kit plays. Percussion that the machine has not is played by its nearest drum.
struct DrumKey {
  Drum drum = Drum::none;
  double transpose_st = 0.0;
  double part = 0.0;  // toms: the place in their range; hats: 1 closed, 0.7 pedal, 0 open; rides: 1 the bell
};
DrumKey drum_of(int pitch) noexcept;

struct DrumVoice : NoteVoice {
  std::uint32_t age = 0;  // in frames
  int bursts = 0;         // of a clap, so far
  std::array<std::uint32_t, 6> phase{};
  std::array<double, 3> level{1.0, 1.0, 1.0};
  double bend = 1.0;
  std::array<std::array<float, 2>, 2> memory{};  // of filters
  std::uint32_t noise = 1;
  double fade = 1.0;
  bool is_stopped = false;
  LineRamp left;
  LineRamp right;

  // Where there is a silent end, fading.
  void release() noexcept { is_stopped = true; }
  double loudness() const noexcept { return fade * std::max({level[0], level[1], level[2]}); }
  bool is_quieter_than(const DrumVoice& other) const noexcept { return loudness() < other.loudness(); }
  void archive(dsp::StateArchive& state);

  void start() noexcept;
  // Replaces sound, which lies inside a line, by what comes next; without level, pan and fade.
  void play(const drum_parameters::Values& values, SampleRate rate, std::span<float> sound) noexcept;

 private:
  void play_kick(const drum_parameters::Values& values, double rate_hz, std::span<float> sound) noexcept;
  void play_snare(const drum_parameters::Values& values, double rate_hz, std::span<float> sound) noexcept;
  void play_rim(const drum_parameters::Values& values, double rate_hz, std::span<float> sound) noexcept;
  void play_clap(const drum_parameters::Values& values, double rate_hz, std::span<float> sound) noexcept;
  void play_hat(const drum_parameters::Values& values, double rate_hz, std::span<float> sound) noexcept;
  void play_tom(const drum_parameters::Values& values, double rate_hz, std::span<float> sound) noexcept;
  void play_cymbal(const drum_parameters::Values& values, double rate_hz, std::span<float> sound) noexcept;
  void play_cowbell(const drum_parameters::Values& values, double rate_hz, std::span<float> sound) noexcept;
  void play_shaker(const drum_parameters::Values& values, double rate_hz, std::span<float> sound) noexcept;
};

}  // namespace talkback::instruments
