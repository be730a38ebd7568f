#include "client/cli/recording_view.hpp"

#include <gtest/gtest.h>

namespace talkback::cli {
namespace {

RecordingStatus a_status() {
  RecordingStatus status;
  status.project = "Night Drive";
  status.track = "Vocal";
  status.device = "card, 48000 Hz";
  status.place = "17.3";
  status.song_seconds = 33.5;
  status.phase = "RECORDING";
  status.is_recording = true;
  status.pass = 2;
  status.passes = 4;
  status.peaks = {0.5F, 0.0F};
  status.xruns = 1;
  status.recorded_seconds = 12.0;
  status.on_disk_seconds = 11.9;
  status.on_server_seconds = 10.0;
  return status;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(RecordingViewTest, ShowsTransportMetersAndSafety) {
  const std::string text = joined(recording_lines(a_status(), {0.5F, 0.0F}, 100));
  for (const char* part : {"Night Drive / Vocal", "RECORDING", "bar 17.3", "pass 2 of 4", "-6.0 dBFS", "-inf dBFS",
                           "recorded 0:12.0", "on disk 0:11.9", "on server 0:10.0", "xruns 1", "space start/stop"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(RecordingViewTest, AMeterIsAsLongAsItsLevelAndHoldsThePeak) {
  RecordingStatus status = a_status();
  status.peaks = {1.0F, 0.001F};
  const auto lines = recording_lines(status, {1.0F, 0.5F}, 88);
  const auto count = [](const std::string& line, char letter) { return std::count(line.begin(), line.end(), letter); };
  EXPECT_EQ(count(lines[4], '#') + count(lines[4], '|'), 60);
  EXPECT_EQ(count(lines[5], '#'), 0) << "-60 dBFS is the floor";
  EXPECT_EQ(count(lines[5], '|'), 1);
}

TEST(RecordingViewTest, ClippingLossAndALineThatBrokeAreSaid) {
  RecordingStatus status = a_status();
  status.clips = 3;
  status.lost_seconds = 0.2;
  status.line_trouble = "no route";
  status.notes = {"one", "two", "three", "four", "five", "six"};
  const std::string text = joined(recording_lines(status, {}, 120));
  for (const char* part : {"CLIPPED 3 times", "lost 0:00.2", "no route", "six"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_EQ(text.find("one\n"), std::string::npos) << "only the latest notes";
}

TEST(RecordingViewTest, NoLineIsWiderThanTheScreen) {
  RecordingStatus status = a_status();
  status.project = std::string(60, 'P') + "ö";
  for (const std::string& line : recording_lines(status, {}, 40)) EXPECT_LE(line.size(), 40U);
}

}  // namespace
}  // namespace talkback::cli
