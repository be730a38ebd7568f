// Plays the events of an instrument track.
//
// Blocks are cut where an event lies, so that it takes effect at its frame. An instrument that renders whole blocks
// only (the SoundFont player) gets them on multiples of their length, and an event takes effect at the nearest of their
// borders: at most 0.67 ms (at 48 kHz) from its place. The level glides between multiples of kLevelFrames.
#pragma once

#include <memory>
#include <vector>

#include "engine/graph/automation_curve.hpp"
#include "engine/graph/moving_parameter.hpp"
#include "engine/graph/node.hpp"
#include "engine/instruments/instrument.hpp"

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

struct InstrumentSettings {
  std::unique_ptr<instruments::Instrument> instrument;  // every steady parameter set, not yet prepared
  std::vector<MovingParameter> moving = {};
  AutomationCurve gain_db = AutomationCurve(0.0);
};

class InstrumentNode final : public Node {
 public:
  static constexpr int kLevelFrames = 64;

  InstrumentNode(InstrumentSettings settings, std::vector<InstrumentEvent> events, SampleRate rate);

  // Beside its own events: at the next frame that is computed, or the next block where the instrument renders whole
  // ones. event.frame says nothing. [audio-thread] where memory() is not replayed.
  void play(const InstrumentEvent& event) noexcept;
  // Releases every note, held by a pedal or not. [audio-thread] as play().
  void release_all() noexcept { settings_.instrument->all_notes_off(); }

  std::string_view type() const noexcept override { return "instrument"; }
  int version() const noexcept override { return settings_.instrument->version(); }
  void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept override;
  void reset() noexcept override;
  Memory memory() const noexcept override;
  void archive(dsp::StateArchive& state) override;
  void describe(std::int64_t begin, std::int64_t end, std::string& text) const override;

 private:
  void start_at(std::int64_t frame) noexcept;
  void move_parameters(std::int64_t frame) noexcept;
  void render_between_events(AudioBlock output, std::int64_t position) noexcept;
  void render_on_grid(AudioBlock output, std::int64_t position) noexcept;
  void render_block(std::int64_t start) noexcept;
  void apply_level(AudioBlock output, std::int64_t position) const noexcept;
  std::size_t first_event_from(std::int64_t frame) const noexcept;

  InstrumentSettings settings_;
  std::vector<InstrumentEvent> events_;
  // Of the instrument; 0: any.
  int block_frames_;
  std::size_t next_event_ = 0;
  bool has_started_ = false;
  std::int64_t grid_line_ = 0;
  // The block that lies in rendered_ starts here.
  std::int64_t block_start_ = 0;
  AudioBuffer rendered_;
};

}  // namespace talkback::graph
