// What happened during a recording, beside its sound: a file that a crash leaves readable.
//
// One JSON object a line. The first tells what was begun (CaptureStart), the others what happened then (CaptureEvent,
// and where an upload stands), each with the frame of the capture at which it did. Appended, and secured together with
// the sound (capture_writer.hpp). A line that was cut off is no line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/position.hpp"
#include "engine/base/result.hpp"
#include "engine/media/take_tags.hpp"
#include "engine/timeline/tempo_map.hpp"

namespace talkback::recorder {

struct CaptureStart {
  std::string recording_id;  // 32 hexadecimal digits, random
  std::string server;        // its address, as it was signed in to
  std::string user;
  std::string project_id;
  std::string project;
  std::string branch_id;
  std::uint64_t track_id = 0;
  std::string track;
  SampleRate rate{};
  int channels = 1;
  std::string device;
  std::string host_api;
  double input_gain_db = 0.0;
  std::string software;
  std::int64_t recorded_unix_ms = 0;
  // The song's time as it was heard.
  std::vector<timeline::TempoPoint> tempos;
  std::vector<timeline::SignaturePoint> signatures;
  // Only what lies in here becomes takes: [begin, end) of the song, end 0 for no end.
  FramePosition takes_begin{};
  FramePosition takes_end{};
};

struct CaptureEvent {
  enum class Kind : std::uint8_t {
    roll,        // from `frame` on the song plays from its frame `value` on
    stop,        // the song stands still
    record_on,   // takes begin here
    record_off,  // and end
    xrun,
    lost,     // `value` frames from here on are silent
    clip,     // the input was at full scale
    cue,      // the performer marked the place
    clock,    // at `value` nanoseconds of the computer's monotonic clock
    latency,  // `value` frames between what is heard and what is captured; frame 1: measured, 0: reported
  };
  Kind kind = Kind::roll;
  std::int64_t frame = 0;
  std::int64_t value = 0;
};

// An upload that was begun, and the file that it carries.
struct CaptureUpload {
  std::string upload_id;
  bool is_flac = true;
};

// The file that is kept was made, and others may know it by this name.
struct CaptureMade {
  std::string sha256;  // lower-case hexadecimal
  std::int64_t size_bytes = 0;
  bool is_flac = true;
};

// A journal that was read.
struct CaptureRecord {
  CaptureStart start;
  std::vector<CaptureEvent> events;
  std::optional<CaptureUpload> upload;  // the last one
  std::optional<CaptureMade> made = {};
  bool is_ended = false;  // in order, not by a crash
};

class CaptureJournal {
 public:
  // Locked for as long as it is open: find_captures() (capture_folder.hpp) tells which are under way.
  static Result<CaptureJournal> create(const std::filesystem::path& file, const CaptureStart& start);
  // Of a recording that has ended. conflict: another program has it.
  static Result<CaptureJournal> reopen(const std::filesystem::path& file);
  ~CaptureJournal();
  CaptureJournal(CaptureJournal&& other) noexcept;
  CaptureJournal& operator=(CaptureJournal&&) = delete;

  Result<void> append(const CaptureEvent& event);
  Result<void> append(const CaptureUpload& upload);
  Result<void> append(const CaptureMade& made);
  Result<void> append_end();
  Result<void> sync();

 private:
  CaptureJournal(std::filesystem::path file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}
  Result<void> append_line(std::string line);

  std::filesystem::path file_;
  int descriptor_;
};

// Fails with `corrupt` where the first line is none, `unavailable` where the file cannot be read.
Result<CaptureRecord> read_journal(const std::filesystem::path& file);

}  // namespace talkback::recorder
