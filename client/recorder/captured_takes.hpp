// Which takes a recording holds: where its frames lie in the song, told from the journal alone.
//
// While the song rolls from its frame s at the capture's frame c, what the performer sings to the song's frame s + n is
// captured at c + n + latency: it is heard late by the way out and arrives late by the way in. Every stretch that rolls
// without a jump and is recorded is one take: a pass of a loop, the part between punch-in and punch-out, the partial
// last one.
#pragma once

#include <vector>

#include "client/recorder/capture_journal.hpp"

namespace talkback::recorder {

struct CapturedMark {
  CaptureEvent::Kind kind;    // xrun, lost, clip or cue
  std::int64_t position = 0;  // frames from the take's start; may lie a little outside
  Frames length{};
};

struct CapturedTake {
  FramePosition song;          // where it begins
  FramePosition source_start;  // the same in the capture
  Frames length{};
  std::vector<CapturedMark> marks;
};

// captured: frames that the file holds. In the order in which they were recorded.
std::vector<CapturedTake> takes_of(const CaptureRecord& record, Frames captured);

// What was taken off, and whether it was measured.
struct CaptureLatency {
  Frames frames{};
  bool is_measured = false;
};
CaptureLatency latency_of(const CaptureRecord& record);

// Events of the kind; of `lost`: the frames.
std::int64_t count_of(const CaptureRecord& record, CaptureEvent::Kind kind);

// Of the device's clock against the computer's (clock_drift.hpp); 0 where the recording was too short to tell,
// or the figure is beyond belief.
double drift_ppm_of(const CaptureRecord& record);

// As far as the record tells; what is only known at the end stands in once the record is whole.
media::TakeTags tags_of(const CaptureRecord& record, const std::string& name);

}  // namespace talkback::recorder
