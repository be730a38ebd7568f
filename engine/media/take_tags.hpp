// What a recorded file says about itself: as fields of its bext and iXML chunks, and as comments of a FLAC file.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/position.hpp"
#include "engine/base/sample_rate.hpp"

namespace talkback::media {

struct TakeTags {
  std::string project;
  std::string track;
  std::string name;       // of the take or takes
  std::string performer;  // user name
  std::string device;
  std::string software;      // "talkback 0.1.0"
  std::string recording_id;  // unique
  std::string date;          // local, "2026-01-31"
  std::string time;          // local, "18:30:00"
  SampleRate rate{};         // of the file
  int channels = 1;          // of the file
  FramePosition song_start;  // where the file's first frame belongs in the song
  Frames latency{};          // that the recorder took off
  bool latency_measured = false;
  double drift_ppm = 0.0;
  double input_gain_db = 0.0;
  int xruns = 0;
  std::int64_t lost_frames = 0;
};

// The bext chunk's content (EBU Tech 3285, version 1: 602 bytes and the coding history).
std::string bext_chunk(const TakeTags& tags);

// The iXML chunk's content (Gallery, iXML specification 3.0): the standard's elements, ours below USER. Texts are
// escaped; at most kIxmlBytesMax, longer texts are cut.
inline constexpr std::size_t kIxmlBytesMax = 4'096;
std::string ixml_chunk(const TakeTags& tags);

// Names and values for a FLAC file's VORBIS_COMMENT block.
std::vector<std::pair<std::string, std::string>> flac_comments(const TakeTags& tags);

}  // namespace talkback::media
