// A General MIDI instrument that plays SoundFonts, by FluidSynth without its reverb and chorus.
//
// It renders blocks of kBlockFrames only, and events take effect at their start: the caller aligns blocks to the
// song, and then neither block sizes nor threads change a sample. Samples are shared between players of one file and
// loaded as programs need them. Not shared between threads.
#pragma once

#include <filesystem>
#include <memory>

#include "engine/base/result.hpp"
#include "engine/instruments/instrument.hpp"

namespace talkback::instruments {

struct SoundFontProgram {
  int bank = 0;
  int program = 0;
  bool drums = false;  // bank 128, whatever `bank` says

  friend bool operator==(const SoundFontProgram&, const SoundFontProgram&) = default;
};

// The General MIDI font of the system: the folders where Debian installs them are tried in order. not_found without
// one.
Result<std::filesystem::path> default_soundfont();

class SoundFontPlayer final : public Instrument {
 public:
  // FluidSynth computes in blocks of this length.
  static constexpr int kBlockFrames = 64;
  // More voices than this at once: the oldest and quietest give way.
  static constexpr int kVoicesMax = 256;

  // Fails with not_found, corrupt (no SoundFont) or invalid (a rate outside 8 to 96 kHz).
  static Result<SoundFontPlayer> create(const std::filesystem::path& soundfont, SampleRate rate,
                                        SoundFontProgram program);
  ~SoundFontPlayer() override;
  SoundFontPlayer(SoundFontPlayer&&) noexcept;
  SoundFontPlayer& operator=(SoundFontPlayer&&) noexcept;

  int block_frames() const noexcept override { return kBlockFrames; }
  // FluidSynth does not tell what it holds.
  bool is_archivable() const noexcept override { return false; }

  // rate: the one it was created with.
  void prepare(SampleRate rate) override;
  void note_on(int pitch, int velocity) noexcept override;
  void note_off(int pitch) noexcept override;
  void control_change(int number, int value) noexcept override;
  void pitch_bend(int value) noexcept override;
  void channel_pressure(int value) noexcept override;
  void key_pressure(int pitch, int value) noexcept override;
  void program_change(int program) noexcept override;
  void all_notes_off() noexcept override;
  void render(AudioBlock block) noexcept override;
  void reset() noexcept override;

 private:
  struct State;
  explicit SoundFontPlayer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace talkback::instruments
