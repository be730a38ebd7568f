// Plays the MIDI clips of an instrument track.
//
// The player renders blocks that hang on the song (multiples of its block length); an event takes effect at the
// nearest of their borders, at most 0.67 ms (at 48 kHz) from its place.
#pragma once

#include <vector>

#include "engine/graph/automation_curve.hpp"
#include "engine/graph/node.hpp"
#include "engine/instruments/soundfont_player.hpp"

namespace talkback::graph {

enum class InstrumentEventKind {
  note_off,
  control_change,
  program_change,
  pitch_bend,
  channel_pressure,
  key_pressure,
  note_on
};

// Ordered by frame; at one frame note-offs come first and note-ons last.
struct InstrumentEvent {
  std::int64_t frame = 0;
  InstrumentEventKind kind = InstrumentEventKind::note_on;
  int number = 0;  // pitch or controller
  int value = 0;
};

class InstrumentNode final : public Node {
 public:
  InstrumentNode(instruments::SoundFontPlayer player, std::vector<InstrumentEvent> events, AutomationCurve gain_db);

  std::string_view type() const noexcept override { return "soundfont player"; }
  void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept override;
  void reset() noexcept override;
  // FluidSynth does not tell what it holds.
  Memory memory() const noexcept override { return Memory::replayed; }
  void describe(std::int64_t begin, std::int64_t end, std::string& text) const override;

 private:
  static constexpr int kBlockFrames = instruments::SoundFontPlayer::kBlockFrames;

  void start_at(std::int64_t frame) noexcept;
  void render_block(std::int64_t start) noexcept;
  void play(const InstrumentEvent& event) noexcept;

  instruments::SoundFontPlayer player_;
  std::vector<InstrumentEvent> events_;
  AutomationCurve gain_db_;
  std::size_t next_event_ = 0;
  // The block that lies in rendered_ starts here.
  std::int64_t block_start_ = 0;
  bool has_started_ = false;
  AudioBuffer rendered_;
};

}  // namespace talkback::graph
