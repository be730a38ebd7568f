#include "client/cli/recording_text.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "client/cli/level_text.hpp"
#include "client/cli/time_text.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {
namespace {

constexpr std::size_t kTextBytesMax = 200;
constexpr float kSilenceDbfs = -200.0F;
constexpr std::chrono::seconds kQuietTime{1};

double seconds_from(std::int64_t ms) { return static_cast<double>(ms) / 1000.0; }

}  // namespace

float peak_dbfs(float peak) noexcept {
  return peak > 0.0F ? std::max(kSilenceDbfs, 20.0F * std::log10(peak)) : kSilenceDbfs;
}

std::string short_text(std::string text) {
  if (text.size() <= kTextBytesMax) return text;
  std::size_t size = kTextBytesMax;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  text.resize(size);
  return text;
}

std::string phase_text(v1::RecordingStatus::Phase phase) {
  switch (phase) {
    case v1::RecordingStatus::STANDBY:
      return "on standby";
    case v1::RecordingStatus::ARMED:
      return "armed";
    case v1::RecordingStatus::COUNTING_IN:
      return "counting in";
    case v1::RecordingStatus::RECORDING:
      return "recording";
    case v1::RecordingStatus::PLAYING:
      return "playing";
    case v1::RecordingStatus::STOPPED:
      return "stopped";
    case v1::RecordingStatus::SENDING:
      return "sending the take";
    case v1::RecordingStatus::DONE:
      return "done";
    default:
      return "";
  }
}

std::string recording_text(const v1::RecordingStatus& status, const timeline::TempoMap& map) {
  std::string text = phase_text(status.phase());
  if (status.phase() == v1::RecordingStatus::STANDBY) return text;
  if (status.phase() == v1::RecordingStatus::DONE)
    return text + (status.result().empty() ? "" : ": " + status.result());
  if (status.phase() != v1::RecordingStatus::ARMED && status.phase() != v1::RecordingStatus::SENDING) {
    // A broken sender's place is no reason to fail.
    const timeline::BarBeat at =
        timeline::bar_beat_at(map, TickPosition{std::max<std::int64_t>(status.song_ticks(), 0)});
    text += " at " + std::to_string(at.bar) + "." + std::to_string(at.beat);
  }
  if (!status.peak_dbfs().empty()) {
    const float peak = *std::max_element(status.peak_dbfs().begin(), status.peak_dbfs().end());
    text += ", level " + (peak > -120.0F ? db_text(static_cast<double>(peak)) : std::string("-inf")) + " dBFS";
  }
  if (status.clips() > 0) text += ", CLIPPED " + std::to_string(status.clips()) + " times";
  text += ", xruns " + std::to_string(status.xruns());
  if (status.lost_frames() > 0) text += ", LOST " + std::to_string(status.lost_frames()) + " frames";
  if (status.phase() == v1::RecordingStatus::ARMED) return text;
  text += ", recorded " + duration_text(seconds_from(status.recorded_ms())) + ", on disk " +
          duration_text(seconds_from(status.on_disk_ms())) + ", on server " +
          duration_text(seconds_from(status.on_server_ms()));
  if (!status.line_trouble().empty()) text += ", the line waits: " + status.line_trouble();
  return text;
}

nlohmann::json recording_json(const v1::RecordingStatus& status) {
  nlohmann::json peaks = nlohmann::json::array();
  for (const float peak : status.peak_dbfs())
    peaks.push_back(peak > -120.0F ? db_json(static_cast<double>(peak)) : nlohmann::json());
  return {{"phase", phase_text(status.phase())},
          {"song_ticks", status.song_ticks()},
          {"peaks_dbfs", peaks},
          {"clips", status.clips()},
          {"xruns", status.xruns()},
          {"lost_frames", status.lost_frames()},
          {"recorded_s", seconds_from(status.recorded_ms())},
          {"on_disk_s", seconds_from(status.on_disk_ms())},
          {"on_server_s", seconds_from(status.on_server_ms())},
          {"line_trouble", status.line_trouble()},
          {"takes_orders", status.takes_orders()},
          {"result", status.result()}};
}

bool RecordingNews::is_news(std::uint64_t connection, const v1::RecordingStatus& status) {
  const auto now = std::chrono::steady_clock::now();
  const auto [known, is_new] = told_.try_emplace(connection);
  const v1::RecordingStatus& before = known->second.status;
  const bool has_changed = before.phase() != status.phase() || before.xruns() != status.xruns() ||
                           before.lost_frames() != status.lost_frames() || before.clips() != status.clips() ||
                           before.line_trouble() != status.line_trouble() || before.result() != status.result();
  const bool is_still = status.phase() == v1::RecordingStatus::STANDBY || status.phase() == v1::RecordingStatus::DONE;
  if (!is_new && !has_changed && (is_still || now - known->second.time < kQuietTime)) return false;
  known->second = {.status = status, .time = now};
  return true;
}

}  // namespace talkback::cli
