// What `record` was asked for, in bars, and what that is in the song's frames.
#pragma once

#include <string>
#include <vector>

#include "client/cli/cue_options.hpp"
#include "client/recorder/recording.hpp"
#include "engine/session/session.hpp"
#include "engine/timeline/tempo_map.hpp"

namespace talkback::cli {

inline constexpr int kPassesMax = 1'000;
inline constexpr int kPreRollBarsMax = 64;
inline constexpr int kCountInBarsMax = 8;

struct RecordOptions {
  std::string project;
  std::string track;
  std::string device;
  std::string midi;  // port, for an instrument track
  std::string from = "1";
  std::string to;
  std::string punch_in;
  std::string punch_out;
  double seconds = 0.0;
  bool loops = false;
  int passes = 0;  // 0: until stopped
  int channels = 0;
  std::vector<int> inputs;  // from 1
  int count_in_bars = 0;
  int pre_roll_bars = 0;
  bool click = false;
  std::string monitor = "off";
  double input_gain_db = 0.0;
  bool plain = false;
  CueOptions cue;
};

struct RecordPlan {
  TickPosition from{};       // where what is recorded begins
  TickPosition takes_end{};  // project::kNoEnd: open
  FramePosition start{};     // where the song begins to roll
  FramePosition takes_begin{};
  FramePosition takes_end_frame{};  // 0: open
  std::optional<FramePosition> end;
  std::optional<realtime::LoopRange> loop;
  int passes_max = 0;
  bool has_end() const noexcept { return end.has_value() || passes_max > 0; }
};

// map: at the card's rate. Fails with `invalid`, naming the option and what it takes.
Result<RecordPlan> plan_of(const RecordOptions& options, const timeline::TempoMap& map);

}  // namespace talkback::cli
