// What a performer sees while recording: a full screen on a terminal, one line that is written over elsewhere, and the
// keys they press.
#pragma once

#include <termios.h>

#include <optional>
#include <string>
#include <vector>

namespace talkback::cli {

struct RecordingStatus {
  std::string project;
  std::string track;
  std::string device;
  std::string place;  // "17.3"
  double song_seconds = 0.0;
  std::string phase;  // "COUNT-IN", "RECORDING", "PLAYING", "STOPPED"
  bool is_recording = false;
  int pass = 0;              // of the loop; 0: no loop
  int passes = 0;            // 0: until stopped
  std::vector<float> peaks;  // of each input since the last time, full scale 1
  int clips = 0;
  int xruns = 0;
  double lost_seconds = 0.0;
  double recorded_seconds = 0.0;
  double on_disk_seconds = 0.0;
  double on_server_seconds = 0.0;
  std::string line_trouble;        // why nothing goes out, or empty
  std::vector<std::string> notes;  // the latest last
  std::string keys;                // what the keys do; empty: those of a recording
  std::string ordered_by;          // who records from elsewhere; empty: nobody
};

enum class RecordKey { transport, record, punch, loop, mark, quit, yes, no };

class RecordingView {
 public:
  // Takes the terminal over where there is one on both ends and `plain` is not asked for.
  explicit RecordingView(bool plain);
  // Gives the terminal back as it was.
  ~RecordingView();
  RecordingView(const RecordingView&) = delete;
  RecordingView& operator=(const RecordingView&) = delete;

  bool is_full_screen() const noexcept { return is_full_screen_; }
  // Full screen only.
  void show(const RecordingStatus& status);
  std::optional<RecordKey> key();

 private:
  bool is_full_screen_ = false;
  struct termios before_ {};
  std::vector<float> held_;  // peaks, falling slowly
};

// The screen's lines, `columns` wide at most. held: as many as peaks, full scale 1.
std::vector<std::string> recording_lines(const RecordingStatus& status, const std::vector<float>& held, int columns);

// One line for a place without a full screen.
std::string recording_line(const RecordingStatus& status);

}  // namespace talkback::cli
