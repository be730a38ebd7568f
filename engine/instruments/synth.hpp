// A subtractive synthesiser.
//
//   two oscillators (saw, square, triangle, sine: band_limited_wave.hpp), a sine an octave below the first, and white
//   noise; drive x -> g x / sqrt(1 + (g^2 - 1) x^2); a state-variable filter; the amplitude envelope (adsr.hpp)
// The filter is the trapezoidal one of A. Simper, "Linear Trapezoidal Integrated State Variable Filter" (2013). A
// voice's cutoff, pitch and levels are reckoned every kLineFrames and glide, but for the pitch, from line to line.
// The drive makes partials that are not band-limited; at 0 dB there are none.
//
// Controllers: 1 and channel pressure (up to half a semitone of LFO 1), 7 and 11 (level, (v/127)^2), 64 (holds notes),
// 120 and 123 (all notes off), pitch bend. Polyphony: kVoicesMax notes; then the oldest that is released gives way,
// else the oldest, fading in kChokeMs.
#pragma once

#include <array>
#include <cstdint>

#include "engine/instruments/adsr.hpp"
#include "engine/instruments/band_limited_wave.hpp"
#include "engine/instruments/instrument.hpp"
#include "engine/instruments/parameter_lines.hpp"

namespace talkback::instruments {

class Synth final : public Instrument {
 public:
  static constexpr int kVoicesMax = 32;
  static constexpr int kUnisonMax = 8;
  static constexpr int kLineFrames = instruments::kLineFrames;
  static constexpr double kChokeMs = 5.0;

  Synth();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate) override;
  void note_on(int pitch, int velocity) noexcept override;
  void note_off(int pitch) noexcept override;
  void control_change(int number, int value) noexcept override;
  void pitch_bend(int value) noexcept override;
  void channel_pressure(int value) noexcept override;
  void all_notes_off() noexcept override;
  void set(int index, double value) noexcept override;
  void render(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;

  // Notes that sound, released ones among them and those that give way left out.
  int voice_count() const noexcept;

 private:
  static constexpr int kParameterCount = 44;
  // Those that give way fade beside the others.
  static constexpr int kSlots = kVoicesMax + 8;

  // Parameters reach their targets in the lines of one grid length.
  struct Smooth {
    double value = 0.0;
    double target = 0.0;
    int lines = 0;

    void archive(dsp::StateArchive& state) { state(value, target, lines); }
  };
  using Ramp = LineRamp;
  struct Oscillator {
    std::array<std::uint32_t, kUnisonMax> phase{};
    std::array<std::uint32_t, kUnisonMax> step{};
    std::uint32_t width = 0;
    Ramp level;

    void archive(dsp::StateArchive& state) { state(phase, step, width, level); }
  };
  struct Voice {
    int pitch = -1;  // -1: not in use
    int velocity = 0;
    std::uint32_t stamp = 0;  // later notes have higher ones
    bool is_held = false;
    bool is_pedalled = false;
    bool is_choked = false;
    double from_pitch = 0.0;  // where a glide stands
    Adsr amplitude;
    Adsr filter;
    std::array<Oscillator, 2> oscillators;
    std::uint32_t sub_phase = 0;
    std::uint32_t sub_step = 0;
    std::uint32_t noise = 0;
    Ramp sub;
    Ramp noise_level;
    Ramp drive;
    Ramp cutoff;   // tan(pi f / rate)
    Ramp damping;  // 1 / Q
    Ramp level;
    std::array<std::array<float, 2>, 2> memory{};  // of the filter, by channel

    bool is_active() const noexcept { return pitch >= 0; }
    void archive(dsp::StateArchive& state);
  };
  struct Spread {
    double cents = 0.0;
    float left = 1.0F;
    float right = 1.0F;
  };

  double value(int index) const noexcept { return smooth_[static_cast<std::size_t>(index)].value; }
  void begin_line() noexcept;
  void reckon_times() noexcept;
  double lfo(int index) const noexcept;
  void aim(Voice& voice, bool jumps) noexcept;
  void aim_oscillator(Voice& voice, int index, double pitch, double pulse_width, bool jumps) noexcept;
  void choke(Voice& voice) noexcept;
  Voice& take_slot() noexcept;
  void play(Voice& voice, AudioBlock block) noexcept;
  void add_oscillator(Oscillator& oscillator, int wave, std::span<float> left, std::span<float> right) noexcept;
  template <int kind>
  float filter(std::array<float, 2>& memory, float in, float g, float k) const noexcept;

  ParameterValues values_;
  SampleRate rate_{48'000};
  std::array<Smooth, kParameterCount> smooth_;
  int frames_to_line_ = 0;
  std::array<std::uint64_t, 2> lfo_phase_{};
  std::array<Voice, kSlots> voices_;
  std::uint32_t next_stamp_ = 0;
  int last_pitch_ = -1;
  double bend_ = 0.0;  // -1 to 1
  int wheel_ = 0;
  int pressure_ = 0;
  int volume_ = 127;
  int expression_ = 127;
  bool pedal_ = false;
  // Of the parameters.
  AdsrTimes amplitude_times_;
  AdsrTimes filter_times_;
  double choke_pole_ = 0.0;
  std::array<Spread, kUnisonMax> spread_;
};

}  // namespace talkback::instruments
