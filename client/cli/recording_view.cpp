#include "client/cli/recording_view.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "client/cli/time_text.hpp"

namespace talkback::cli {
namespace {

constexpr double kFloorDb = -60.0;
constexpr float kHoldFall = 0.93F;  // a picture: 20 a second fall by about 12 dB a second
constexpr int kColumnsDefault = 80;
constexpr std::size_t kNotesShown = 5;

double level_db(float peak) { return peak > 0.0F ? 20.0 * std::log10(static_cast<double>(peak)) : -200.0; }

std::string padded(const char* format, double value) {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string level_text(float peak) {
  if (level_db(peak) < -120.0) return "  -inf";
  return padded("%6.1f", level_db(peak));
}

std::string bar(float level, float held, int width) {
  const auto column = [&](float peak) {
    return static_cast<int>(std::lround((std::clamp(level_db(peak), kFloorDb, 0.0) - kFloorDb) / -kFloorDb * width));
  };
  std::string text(static_cast<std::size_t>(std::max(width, 0)), '.');
  for (int c = 0; c < std::min(column(level), width); ++c) text[static_cast<std::size_t>(c)] = '#';
  const int mark = column(held);
  if (mark > 0 && mark <= width) text[static_cast<std::size_t>(mark - 1)] = '|';
  return text;
}

void write_out(std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(STDERR_FILENO, text.data(), text.size());
    if (done <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
}

int columns_of_terminal() {
  struct winsize size {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kColumnsDefault;
}

}  // namespace

std::vector<std::string> recording_lines(const RecordingStatus& status, const std::vector<float>& held, int columns) {
  std::vector<std::string> lines;
  lines.push_back(status.project + " / " + status.track + "    " + status.device);
  lines.emplace_back();
  std::string transport = "  " + status.phase +
                          std::string(status.phase.size() < 10 ? 10 - status.phase.size() : 0, ' ') + "  bar " +
                          status.place + "   " + duration_text(status.song_seconds);
  if (status.pass > 0)
    transport += "   pass " + std::to_string(status.pass) +
                 (status.passes > 0 ? " of " + std::to_string(status.passes) : std::string());
  lines.push_back(transport);
  lines.emplace_back();
  for (std::size_t c = 0; c < status.peaks.size(); ++c) {
    const float hold = c < held.size() ? held[c] : status.peaks[c];
    lines.push_back("  in " + std::to_string(c + 1) + (c < 9 ? " " : "") + " [" +
                    bar(status.peaks[c], hold, std::clamp(columns - 28, 10, 60)) + "] " + level_text(hold) + " dBFS");
  }
  if (status.clips > 0) lines.back() += "  CLIPPED " + std::to_string(status.clips) + " times: turn the input down";
  lines.emplace_back();
  lines.push_back("  recorded " + duration_text(status.recorded_seconds) + "    on disk " +
                  duration_text(status.on_disk_seconds) + "    on server " + duration_text(status.on_server_seconds));
  std::string health = "  xruns " + std::to_string(status.xruns);
  if (status.lost_seconds > 0.0) health += "    lost " + duration_text(status.lost_seconds);
  if (!status.line_trouble.empty()) health += "    the line: " + status.line_trouble;
  lines.push_back(health);
  lines.emplace_back();
  const std::size_t first = status.notes.size() > kNotesShown ? status.notes.size() - kNotesShown : 0;
  for (std::size_t i = first; i < status.notes.size(); ++i) lines.push_back("  " + status.notes[i]);
  if (!status.notes.empty()) lines.emplace_back();
  if (!status.ordered_by.empty())
    lines.push_back("  " + status.ordered_by + " records you: N or Ctrl+C ends it at once");
  lines.push_back(
      "  " + (status.keys.empty() ? "space start/stop   R record   P punch   L loop   M mark   Q end" : status.keys));
  for (std::string& line : lines)
    if (line.size() > static_cast<std::size_t>(columns)) line.resize(static_cast<std::size_t>(columns));
  return lines;
}

std::string recording_line(const RecordingStatus& status) {
  float peak = 0.0F;
  for (const float channel : status.peaks) peak = std::max(peak, channel);
  return status.phase + " " + status.place + ", " + duration_text(status.recorded_seconds) + ", level " +
         (level_db(peak) < -120.0 ? "-inf" : padded("%.1f", level_db(peak))) + " dBFS" +
         (status.clips > 0 ? " CLIP" : "") + ", xruns " + std::to_string(status.xruns) + ", on server " +
         duration_text(status.on_server_seconds);
}

RecordingView::RecordingView(bool plain) {
  is_full_screen_ = !plain && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
  if (!is_full_screen_) return;
  ::tcgetattr(STDIN_FILENO, &before_);
  struct termios raw = before_;
  // Keys one by one and unseen; Ctrl+C stays what it is.
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  write_out("\033[?1049h\033[?25l\033[2J");  // the other screen, no cursor
}

RecordingView::~RecordingView() {
  if (!is_full_screen_) return;
  write_out("\033[?25h\033[?1049l");
  ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

void RecordingView::show(const RecordingStatus& status) {
  if (!is_full_screen_) return;
  held_.resize(status.peaks.size(), 0.0F);
  for (std::size_t c = 0; c < held_.size(); ++c) held_[c] = std::max(status.peaks[c], held_[c] * kHoldFall);
  std::string screen = "\033[H";
  for (const std::string& line : recording_lines(status, held_, columns_of_terminal())) {
    const bool is_alarm = line.find("CLIPPED") != std::string::npos || line.find("lost") != std::string::npos;
    const bool is_live = status.is_recording && line.find(status.phase) != std::string::npos;
    if (is_alarm || is_live) screen += "\033[1;31m";
    screen += line + "\033[0m\033[K\r\n";
  }
  write_out(screen + "\033[J");
}

std::optional<RecordKey> RecordingView::key() {
  if (!is_full_screen_) return std::nullopt;
  char letter = 0;
  if (::read(STDIN_FILENO, &letter, 1) != 1) return std::nullopt;
  switch (letter) {
    case ' ':
      return RecordKey::transport;
    case 'r':
    case 'R':
      return RecordKey::record;
    case 'p':
    case 'P':
      return RecordKey::punch;
    case 'l':
    case 'L':
      return RecordKey::loop;
    case 'm':
    case 'M':
      return RecordKey::mark;
    case 'y':
    case 'Y':
      return RecordKey::yes;
    case 'n':
    case 'N':
      return RecordKey::no;
    case 'q':
    case 'Q':
      return RecordKey::quit;
    default:
      return std::nullopt;
  }
}

}  // namespace talkback::cli
