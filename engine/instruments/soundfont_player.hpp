// A General MIDI instrument that plays SoundFonts, by FluidSynth without its reverb and chorus.
//
// It renders blocks of kBlockFrames only, and events take effect at their start: the caller aligns blocks to the
// song, and then neither block sizes nor threads change a sample. Samples are shared between players of one file and
// loaded as programs need them. Not shared between threads.
#pragma once

#include <filesystem>
#include <memory>

#include "engine/base/audio_block.hpp"
#include "engine/base/result.hpp"
#include "engine/base/sample_rate.hpp"

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

class SoundFontPlayer {
 public:
  // FluidSynth computes in blocks of this length.
  static constexpr int kBlockFrames = 64;
  // More voices than this at once: the oldest and quietest give way.
  static constexpr int kVoicesMax = 256;

  // Fails with not_found, corrupt (no SoundFont) or invalid (a rate outside 8 to 96 kHz).
  static Result<SoundFontPlayer> create(const std::filesystem::path& soundfont, SampleRate rate,
                                        SoundFontProgram program);
  ~SoundFontPlayer();
  SoundFontPlayer(SoundFontPlayer&&) noexcept;
  SoundFontPlayer& operator=(SoundFontPlayer&&) noexcept;

  // pitch, number: 0 to 127; value: 0 to 127, of a pitch bend -8192 to 8191.
  void note_on(int pitch, int velocity) noexcept;
  void note_off(int pitch) noexcept;
  void control_change(int number, int value) noexcept;
  void pitch_bend(int value) noexcept;
  void channel_pressure(int value) noexcept;
  void key_pressure(int pitch, int value) noexcept;
  void program_change(int program) noexcept;
  void all_notes_off() noexcept;

  // Silent and as created.
  void reset() noexcept;

  // block: two channels, kBlockFrames frames; replaced.
  void render(AudioBlock block) noexcept;

 private:
  struct State;
  explicit SoundFontPlayer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace talkback::instruments
