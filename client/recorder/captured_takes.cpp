#include "client/recorder/captured_takes.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>

#include "client/recorder/clock_drift.hpp"

namespace talkback::recorder {
namespace {

using Kind = CaptureEvent::Kind;

constexpr double kDriftPpmMax = 1'000.0;
constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

// [begin, end) of the capture.
struct Stretch {
  std::int64_t begin = 0;
  std::int64_t end = kForever;
  std::int64_t song = 0;  // at begin, of one that rolls
};

struct Stretches {
  std::vector<Stretch> rolling;
  std::vector<Stretch> recorded;
};

Stretches stretches_of(const CaptureRecord& record) {
  Stretches result;
  bool rolls = false;
  bool records = false;
  const auto close = [](std::vector<Stretch>& stretches, bool& is_open, std::int64_t frame) {
    if (is_open) stretches.back().end = frame;
    is_open = false;
  };
  for (const CaptureEvent& event : record.events) {
    switch (event.kind) {
      case Kind::roll:
        close(result.rolling, rolls, event.frame);
        result.rolling.push_back({.begin = event.frame, .song = event.value});
        rolls = true;
        break;
      case Kind::stop:
        close(result.rolling, rolls, event.frame);
        break;
      case Kind::record_on:
        if (!records) result.recorded.push_back({.begin = event.frame});
        records = true;
        break;
      case Kind::record_off:
        close(result.recorded, records, event.frame);
        break;
      default:
        break;
    }
  }
  return result;
}

std::string local_time(std::int64_t unix_ms, const char* format) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, format, &local);
  return text;
}

void add_marks(const CaptureRecord& record, CapturedTake& take) {
  const std::int64_t begin = take.source_start.count;
  const std::int64_t end = begin + take.length.count;
  for (const CaptureEvent& event : record.events) {
    const bool is_lost = event.kind == Kind::lost;
    if (!is_lost && event.kind != Kind::xrun && event.kind != Kind::clip && event.kind != Kind::cue) continue;
    const std::int64_t length = is_lost ? event.value : 0;
    if (event.frame + length < begin || event.frame >= end) continue;
    take.marks.push_back({event.kind, event.frame - begin, Frames{length}});
  }
}

}  // namespace

CaptureLatency latency_of(const CaptureRecord& record) {
  CaptureLatency latency;
  for (const CaptureEvent& event : record.events)
    if (event.kind == Kind::latency) latency = {Frames{event.value}, event.frame != 0};
  return latency;
}

std::int64_t count_of(const CaptureRecord& record, Kind kind) {
  std::int64_t count = 0;
  for (const CaptureEvent& event : record.events)
    if (event.kind == kind) count += kind == Kind::lost ? event.value : 1;
  return count;
}

double drift_ppm_of(const CaptureRecord& record) {
  std::vector<ClockPair> pairs;
  for (const CaptureEvent& event : record.events)
    if (event.kind == Kind::clock) pairs.push_back({event.frame, event.value});
  const auto drift = estimate_drift(pairs, record.start.rate);
  // A quartz is off by some tens; beyond this it was no clock, but a device that runs at a speed of its own.
  return drift && std::abs(drift->ppm) <= kDriftPpmMax ? drift->ppm : 0.0;
}

std::vector<CapturedTake> takes_of(const CaptureRecord& record, Frames captured) {
  const std::int64_t latency = latency_of(record).frames.count;
  const std::int64_t song_begin = record.start.takes_begin.count;
  const std::int64_t song_end = record.start.takes_end.count > 0 ? record.start.takes_end.count : kForever;
  const Stretches stretches = stretches_of(record);
  std::vector<CapturedTake> takes;
  for (const Stretch& pass : stretches.rolling) {
    for (const Stretch& recorded : stretches.recorded) {
      // In frames from the start of the pass.
      const std::int64_t from = std::max({std::int64_t{0}, recorded.begin - pass.begin, song_begin - pass.song});
      std::int64_t to = captured.count - pass.begin - latency;
      for (const std::int64_t end : {pass.end, recorded.end})
        if (end != kForever) to = std::min(to, end - pass.begin);
      if (song_end != kForever) to = std::min(to, song_end - pass.song);
      // What was sung before the capture began is not there.
      const std::int64_t begin = std::max(from, -pass.begin - latency);
      if (to <= begin) continue;
      CapturedTake take{.song = FramePosition{pass.song + begin},
                        .source_start = FramePosition{pass.begin + begin + latency},
                        .length = Frames{to - begin},
                        .marks = {}};
      add_marks(record, take);
      takes.push_back(std::move(take));
    }
  }
  return takes;
}

media::TakeTags tags_of(const CaptureRecord& record, const std::string& name) {
  const CaptureStart& start = record.start;
  media::TakeTags tags;
  tags.project = start.project;
  tags.track = start.track;
  tags.name = name;
  tags.performer = start.user;
  tags.device = start.device;
  tags.software = start.software;
  tags.recording_id = start.recording_id;
  tags.date = local_time(start.recorded_unix_ms, "%Y-%m-%d");
  tags.time = local_time(start.recorded_unix_ms, "%H:%M:%S");
  tags.rate = start.rate;
  tags.channels = start.channels;
  const CaptureLatency latency = latency_of(record);
  tags.latency = latency.frames;
  tags.latency_measured = latency.is_measured;
  const Stretches stretches = stretches_of(record);
  if (!stretches.rolling.empty()) {
    const Stretch& first = stretches.rolling.front();
    tags.song_start = FramePosition{first.song - first.begin - latency.frames.count};
  }
  tags.drift_ppm = drift_ppm_of(record);
  tags.input_gain_db = start.input_gain_db;
  tags.xruns = static_cast<int>(count_of(record, Kind::xrun));
  tags.lost_frames = count_of(record, Kind::lost);
  return tags;
}

}  // namespace talkback::recorder
