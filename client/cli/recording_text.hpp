// How a recording goes, in words for those who look on: for `watch`, `remote-record` and `standby`.
#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/timeline/tempo_map.hpp"
#include "talkback/v1/room.pb.h"

namespace talkback::cli {

// peak: full scale 1. -200 for silence.
float peak_dbfs(float peak) noexcept;

// At most 200 bytes, whole letters: what a presence takes.
std::string short_text(std::string text);

// "counting in", "recording" …; empty for none.
std::string phase_text(v1::RecordingStatus::Phase phase);

// "recording at 17.3, level -12.3 dBFS, xruns 0, recorded 0:12.0, on server 0:11.2"
std::string recording_text(const v1::RecordingStatus& status, const timeline::TempoMap& map);

nlohmann::json recording_json(const v1::RecordingStatus& status);

// Which statuses are worth a line of their own: at once where something happened (phase, xruns, dropouts, clipping, the
// line), else once a second.
class RecordingNews {
 public:
  // connection: whose status it is.
  bool is_news(std::uint64_t connection, const v1::RecordingStatus& status);

 private:
  struct Told {
    v1::RecordingStatus status;
    std::chrono::steady_clock::time_point time;
  };
  std::map<std::uint64_t, Told> told_;
};

}  // namespace talkback::cli
