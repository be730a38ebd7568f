// A drum machine: synthesised drums on the keys of General MIDI's kit (drum_voice.hpp has their laws).
//
// A hit is as loud as its drum's level and 1 - velocity_percent (1 - (velocity/127)^2); pan at constant power; drive
// x -> g x / sqrt(1 + (g^2 - 1) x^2) on the sum. A hit on a key ends the one before there, and the hi-hats end each
// other, fading in kChokeMs. Drums play to their end whatever the length of the note; all notes off fades them in
// kStopMs.
//
// Controllers: 7 and 11 (level, (v/127)^2), 120 and 123 (all notes off). Polyphony: kVoicesMax hits; then the oldest
// gives way.
#pragma once

#include "engine/instruments/drum_voice.hpp"
#include "engine/instruments/instrument.hpp"

namespace talkback::instruments {

class DrumMachine final : public Instrument {
 public:
  static constexpr int kVoicesMax = 24;
  static constexpr double kChokeMs = 6.0;
  static constexpr double kStopMs = 60.0;

  DrumMachine();
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate) override;
  void note_on(int pitch, int velocity) noexcept override;
  void note_off(int /*pitch*/) noexcept override {}
  void control_change(int number, int value) noexcept override;
  void all_notes_off() noexcept override;
  void set(int index, double value) noexcept override;
  void render(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;

  // Hits that sound, those that give way left out.
  int voice_count() const noexcept { return voices_.count(); }

 private:
  void begin_line() noexcept;
  void aim(DrumVoice& voice, bool jumps) noexcept;
  void play(DrumVoice& voice, AudioBlock block) noexcept;

  SampleRate rate_{48'000};
  drum_parameters::Values values_;
  int frames_to_line_ = 0;
  VoicePool<DrumVoice, kVoicesMax> voices_;
  ChannelControls controls_;
  LineRamp drive_;
  double choke_pole_ = 0.0;
  double stop_pole_ = 0.0;
};

}  // namespace talkback::instruments
