#include "client/recorder/midi_history.hpp"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace talkback::recorder {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

HeardMessage note(std::int64_t time_ns, std::optional<TickPosition> place = std::nullopt) {
  return {time_ns, place, {0x90, static_cast<std::uint8_t>(time_ns / kSecond % 128), 100}};
}

std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}
std::uintmax_t bytes_in(const std::filesystem::path& folder) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) bytes += entry.file_size();
  return bytes;
}

class MidiHistoryTest : public ::testing::Test {
 protected:
  TemporaryFolder folder;
};

TEST_F(MidiHistoryTest, WhatWasHeardIsReadWhileTheRunGoesOn) {
  MidiHistory history(folder.path(), "run", {{"device", "Keys"}});
  std::vector<HeardMessage> heard;
  heard.push_back({0, std::nullopt, {}});  // a loss
  ASSERT_TRUE(history.append(heard.back()));
  for (int n = 0; n < 100; ++n) {
    heard.push_back(note(n * kSecond, n % 2 == 0 ? std::optional(TickPosition{n - 50}) : std::nullopt));
    ASSERT_TRUE(history.append(heard.back()));
  }
  const auto run = read_last_run(folder.path());
  ASSERT_TRUE(run);
  EXPECT_EQ(run->messages, heard);
  EXPECT_EQ(run->facts.at("device"), "Keys");
  EXPECT_EQ(run->name, "run");
}

// An hour: of the last five minutes everything is there, and no more than a segment beyond them on the disk.
TEST_F(MidiHistoryTest, FiveMinutesAreKeptAndNotMore) {
  MidiHistory history(folder.path(), "run", {});
  for (int n = 0; n < 36'000; ++n) {
    ASSERT_TRUE(history.append(note(n * kSecond / 10)));
    ASSERT_LE(files_in(folder.path()), static_cast<std::size_t>(kHistorySeconds / kSegmentSeconds) + 2);
  }
  const auto run = read_last_run(folder.path());
  ASSERT_TRUE(run);
  EXPECT_EQ(run->messages.back().time_ns, 35'999 * kSecond / 10);
  EXPECT_EQ(run->messages.front().time_ns, 35'999 * kSecond / 10 - kHistorySeconds * kSecond);
  EXPECT_EQ(run->messages.size(), 3'001U);
}

// Faster than any wire: the bytes are bounded, the newest is kept.
TEST_F(MidiHistoryTest, AFloodFillsNoDisk) {
  MidiHistory history(folder.path(), "run", {});
  const std::vector<std::uint8_t> bytes(8'000, 1);
  for (int n = 0; n < 5'000; ++n) ASSERT_TRUE(history.append({n * 1'000'000LL, std::nullopt, bytes}));
  EXPECT_LE(bytes_in(folder.path()), kHistoryBytesMax + kSegmentBytesMax);
  const auto run = read_last_run(folder.path());
  ASSERT_TRUE(run);
  EXPECT_EQ(run->messages.back().time_ns, 4'999 * 1'000'000LL);
  EXPECT_GT(run->messages.size(), 1'500U);
}

TEST_F(MidiHistoryTest, ASilenceLongerThanTheHistoryForgetsWhatWasBefore) {
  MidiHistory history(folder.path(), "run", {});
  ASSERT_TRUE(history.append(note(0)));
  ASSERT_TRUE(history.append(note(1'000 * kSecond)));
  EXPECT_EQ(files_in(folder.path()), 1U);
  EXPECT_EQ(read_last_run(folder.path())->messages.size(), 1U);
}

TEST_F(MidiHistoryTest, NothingHeardIsToldWithWhatToDo) {
  const auto run = read_last_run(folder.path());
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::not_found);
  EXPECT_NE(run.error().message.find("midi listen"), std::string::npos);
  EXPECT_FALSE(read_last_run(folder / "none"));
}

TEST_F(MidiHistoryTest, OfRunsThatHaveEndedTheLastIsKept) {
  for (const char* name : {"run1", "run2"}) {
    MidiHistory history(folder.path(), name, {});
    ASSERT_TRUE(history.append(note(0)));
    std::filesystem::last_write_time(folder.path() / (std::string(name) + ".000001.midi-heard"),
                                     std::filesystem::file_time_type{} + std::chrono::seconds(name[3]));
  }
  MidiHistory going_on(folder.path(), "run0", {});
  ASSERT_TRUE(going_on.append(note(0)));
  std::filesystem::last_write_time(folder / "run0.000001.midi-heard", std::filesystem::file_time_type{});
  EXPECT_EQ(read_last_run(folder.path())->name, "run2");
  forget_old_runs(folder.path());
  EXPECT_EQ(files_in(folder.path()), 2U);
  EXPECT_TRUE(std::filesystem::exists(folder / "run0.000001.midi-heard")) << "it goes on";
  EXPECT_TRUE(std::filesystem::exists(folder / "run2.000001.midi-heard"));
}

TEST_F(MidiHistoryTest, OtherFilesAndDamageDoNoHarm) {
  folder.write("note.txt", "mine");
  folder.write("x.midi-heard", "no number");
  folder.write("a.000001.midi-heard", "no history");
  MidiHistory history(folder.path(), "run", {});
  ASSERT_TRUE(history.append(note(0)));
  ASSERT_TRUE(history.append(note(kSecond)));
  const auto file = folder / "run.000001.midi-heard";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  const auto run = read_last_run(folder.path());
  ASSERT_TRUE(run);
  EXPECT_EQ(run->messages.size(), 1U);
  forget_old_runs(folder.path());
  EXPECT_TRUE(std::filesystem::exists(folder / "note.txt"));
}

// Where files cannot be written the error says so, and the next message is tried again.
TEST_F(MidiHistoryTest, AFolderThatIsNoneIsAnError) {
  MidiHistory history(folder.write("file", "") / "below", "run", {});
  EXPECT_FALSE(history.append(note(0)));
  EXPECT_FALSE(history.append(note(1)));
}

}  // namespace
}  // namespace talkback::recorder
