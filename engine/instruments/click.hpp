// The metronome's sound: a short sine for each of three kinds of note.
//
//   sin(2 pi f t) * envelope; the envelope rises in kAttackSeconds and then falls by 60 dB in length_ms; level
//   velocity/127
// The note kAccent sounds at accent_hz, kBeat at beat_hz, kSubBeat at sub_beat_hz; other notes are silent. Pitch and
// length of a note are those at its begin, and it lasts as long whatever comes after. One voice a kind: a note that
// comes before the last of its kind has ended rises from where that is.
#pragma once

#include <array>
#include <cstdint>

#include "engine/instruments/instrument.hpp"

namespace talkback::instruments {

class Click final : public Instrument {
 public:
  // Wood blocks and claves of General MIDI.
  static constexpr int kSubBeat = 75;
  static constexpr int kAccent = 76;
  static constexpr int kBeat = 77;
  static constexpr double kAttackSeconds = 0.0005;

  Click();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate) override;
  void note_on(int pitch, int velocity) noexcept override;
  void note_off(int /*pitch*/) noexcept override {}
  // Clicks end by themselves.
  void all_notes_off() noexcept override {}
  void set(int index, double value) noexcept override;
  void render(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;

 private:
  // Levels below are silence: -80 dB.
  static constexpr double kEnd = 1e-4;

  struct Voice {
    std::uint32_t phase = 0;  // 2^32 a turn
    std::uint32_t step = 0;
    double level = 0.0;
    double rise = 0.0;  // a frame; 0: the level falls
    double peak = 0.0;
    double pole = 0.0;

    bool is_silent() const noexcept { return level == 0.0 && rise == 0.0; }
    void archive(dsp::StateArchive& state) { state(phase, step, level, rise, peak, pole); }
  };

  ParameterValues values_;
  SampleRate rate_{48'000};
  std::array<Voice, 3> voices_;
};

}  // namespace talkback::instruments
