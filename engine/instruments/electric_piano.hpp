// A tine piano by frequency modulation (J. Chowning 1973, "The Synthesis of Complex Audio Spectra by Means of Frequency
// Modulation"), in phase as the FM synthesisers of the eighties did it, of two pairs of sines.
//
//   pair(f, r, I) = A(t) sin(2 pi f t + I E(t) sin(2 pi r f' t)),   f' the note's frequency, I in radians
//   body = pair(f', body_ratio, I_b), tine = pair(f' * 2^(detune / 1200), tine_ratio, I_t)
//   sound = ((1 - m) body + m tine + hammer) * attack * release * level,   m = tine_percent / 100
// A and E fall by 60 dB in their decays; the tine's E in half its decay. hammer: noise below kHammerHz, 60 dB down
// after hammer_ms. With v = velocity / 127 and k octaves above middle C, an index is times 1 - index_velocity (1 - v)
// and times 2^(-index_scaling k), decays are times 2^(-decay_scaling k), and the level is times 1 - velocity_percent (1
// - v^2). After note-off 60 dB in release_ms.
//
// Partials above half the rate would fold back: with x = (rate / 2 - f) / (r f') an index stays below the one whose
// sideband of order x is kFoldedLevel of the carrier, I^x / (2^x x!) (Bessel's J_x for small I; Stirling's x!).
//
// Tremolo: 1 - depth (1 - sin(2 pi g t)) / 2; the right side lags by tremolo_spread half turns. Controllers: 1 (raises
// the tremolo), 7 and 11 (level, (v/127)^2), 64 (holds notes), 120 and 123 (all notes off), pitch bend. Polyphony:
// kVoicesMax notes; then the oldest that is released gives way, else the oldest, fading in kChokeMs.
#pragma once

#include "engine/instruments/instrument.hpp"
#include "engine/instruments/parameter_lines.hpp"
#include "engine/instruments/voice_pool.hpp"

namespace talkback::instruments {

class ElectricPiano final : public Instrument {
 public:
  static constexpr int kVoicesMax = 32;
  static constexpr double kChokeMs = 5.0;
  static constexpr double kHammerHz = 1'200.0;
  static constexpr double kFoldedLevel = 3e-4;

  ElectricPiano();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate) override;
  void note_on(int pitch, int velocity) noexcept override;
  void note_off(int pitch) noexcept override;
  void control_change(int number, int value) noexcept override;
  void pitch_bend(int value) noexcept override;
  void all_notes_off() noexcept override;
  void set(int index, double value) noexcept override;
  void render(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;

  // Notes that sound, released ones among them and those that give way left out.
  int voice_count() const noexcept { return voices_.count(); }

 private:
  static constexpr int kParameterCount = 21;

  struct Pair {
    std::uint32_t carrier = 0;  // phases, in 2^-32 turns
    std::uint32_t modulator = 0;
    std::uint32_t carrier_step = 0;
    std::uint32_t modulator_step = 0;
    LineRamp amplitude;
    LineRamp deviation;  // in turns
    double carrier_level = 1.0;
    double modulator_level = 1.0;
    // Of the parameters and the key.
    double carrier_pole = 0.0;
    double modulator_pole = 0.0;

    void add(std::span<float> sound) noexcept;
    void archive(dsp::StateArchive& state);
  };
  struct Voice : NoteVoice {
    Pair body;
    Pair tine;
    LineRamp level;
    LineRamp hammer;
    double hammer_level = 1.0;
    float hammer_memory = 0.0F;
    std::uint32_t noise = 1;
    double attack = 0.0;
    double gate = 1.0;
    bool is_released = false;

    void release() noexcept { is_released = true; }
    double loudness() const noexcept;
    bool is_quieter_than(const Voice& other) const noexcept { return loudness() < other.loudness(); }
    void archive(dsp::StateArchive& state);
  };

  void begin_line() noexcept;
  void reckon_times() noexcept;
  void reckon_decays(Voice& voice) const noexcept;
  double index_of(const Voice& voice, int parameter, double carrier_hz, double modulator_hz) const noexcept;
  void aim(Voice& voice, bool jumps) noexcept;
  void aim_tremolo() noexcept;
  void play(Voice& voice, std::span<float> sound) noexcept;

  SampleRate rate_{48'000};
  ParameterLines<kParameterCount> values_;
  int frames_to_line_ = 0;
  std::uint64_t tremolo_phase_ = 0;
  std::array<LineRamp, 2> tremolo_;
  VoicePool<Voice, kVoicesMax> voices_;
  ChannelControls controls_;
  // Of the parameters.
  double attack_step_ = 1.0;
  double release_pole_ = 0.0;
  double choke_pole_ = 0.0;
  double hammer_pole_ = 0.0;
  float hammer_smoothing_ = 0.0F;
};

}  // namespace talkback::instruments
