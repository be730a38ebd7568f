#include "client/recorder/midi_journal.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <thread>

#include "tests/support/temporary_folder.hpp"

namespace talkback::recorder {
namespace {

MidiEntry entry(int number) {
  MidiEntry made{MidiEntry::Kind::message, number / 100, TickPosition{number * 1'000 - 500}, {0x90, 60, 100}};
  if (number % 7 == 0) made.bytes.assign(300, static_cast<std::uint8_t>(number % 128));
  if (number % 11 == 0) made = {MidiEntry::Kind::moment, number / 100, TickPosition{number * 1'000}, {}};
  return made;
}

// Journals of the first `count` entries.
std::filesystem::path write_journal(const TemporaryFolder& folder, int count) {
  const auto path = folder / "a.midi-take";
  auto journal = MidiJournal::create(path);
  EXPECT_TRUE(journal);
  EXPECT_TRUE(journal->append_fact("track", "0123"));
  EXPECT_TRUE(journal->append_fact("note", "a=b\nc"));
  for (int n = 0; n < count; ++n) EXPECT_TRUE(journal->append(entry(n)));
  EXPECT_TRUE(journal->append_fact("track", "4567"));
  EXPECT_TRUE(journal->sync());
  return path;
}

TEST(MidiJournalTest, WhatWasWrittenIsRead) {
  const TemporaryFolder folder;
  const auto content = read_midi_journal(write_journal(folder, 200));
  ASSERT_TRUE(content);
  EXPECT_EQ(content->facts, (std::map<std::string, std::string>{{"track", "4567"}, {"note", "a=b\nc"}}));
  ASSERT_EQ(content->entries.size(), 200U);
  for (int n = 0; n < 200; ++n) EXPECT_EQ(content->entries[static_cast<std::size_t>(n)], entry(n));
  EXPECT_FALSE(content->is_cut_off);
}

// Wherever the file ends: a prefix of the entries, and never one that was not written.
TEST(MidiJournalTest, AnyPrefixOfTheFileIsAPerformance) {
  const TemporaryFolder folder;
  const auto whole = write_journal(folder, 30);
  const auto size = std::filesystem::file_size(whole);
  const auto cut = folder / "cut.midi-take";
  std::size_t before = 0;
  for (std::uintmax_t length = 8; length < size; ++length) {
    std::filesystem::copy_file(whole, cut, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(cut, length);
    const auto content = read_midi_journal(cut);
    ASSERT_TRUE(content);
    ASSERT_GE(content->entries.size(), before);
    before = content->entries.size();
    for (std::size_t n = 0; n < before; ++n) ASSERT_EQ(content->entries[n], entry(static_cast<int>(n)));
  }
  EXPECT_EQ(before, 30U);
}

// What a power cut puts in place of the last pages.
TEST(MidiJournalTest, ReadingEndsAtTheFirstDamage) {
  const TemporaryFolder folder;
  const auto path = write_journal(folder, 50);
  std::mt19937 random(2);
  const auto size = std::filesystem::file_size(path);
  for (int round = 0; round < 300; ++round) {
    const auto damaged = folder / "damaged.midi-take";
    std::filesystem::copy_file(path, damaged, std::filesystem::copy_options::overwrite_existing);
    std::fstream file(damaged, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(8 + random() % (size - 8)));
    file.put(static_cast<char>(random()));
    file.close();
    const auto content = read_midi_journal(damaged);
    ASSERT_TRUE(content);
    for (std::size_t n = 0; n < content->entries.size(); ++n)
      ASSERT_EQ(content->entries[n], entry(static_cast<int>(n)));
  }
}

TEST(MidiJournalTest, OtherFilesAreNone) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_midi_journal(folder / "none").error().code, ErrorCode::not_found);
  EXPECT_EQ(read_midi_journal(folder.write("text", "no journal")).error().code, ErrorCode::corrupt);
  EXPECT_EQ(read_midi_journal(folder.write("empty", "")).error().code, ErrorCode::corrupt);
}

TEST(MidiJournalTest, NothingIsWrittenOver) {
  const TemporaryFolder folder;
  const auto path = write_journal(folder, 1);
  EXPECT_EQ(MidiJournal::create(path).error().code, ErrorCode::conflict);
}

TEST(MidiJournalTest, AJournalThatIsBeingWrittenIsTold) {
  const TemporaryFolder folder;
  const auto path = folder / "a.midi-take";
  {
    const auto journal = MidiJournal::create(path);
    ASSERT_TRUE(journal);
    EXPECT_TRUE(is_being_written(path));
  }
  EXPECT_FALSE(is_being_written(path));
  EXPECT_FALSE(is_being_written(folder / "none"));
}

// A program that is killed at any moment leaves every entry that it had written, and frees its journal.
TEST(MidiJournalTest, AKilledProgramLeavesWhatItHadWritten) {
  const TemporaryFolder folder;
  std::mt19937 random(7);
  for (int round = 0; round < 25; ++round) {
    const auto path = folder / ("killed" + std::to_string(round));
    int told[2];
    ASSERT_EQ(::pipe(told), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto journal = MidiJournal::create(path);
      for (int n = 0; journal; ++n)
        if (!journal->append(entry(n)) || ::write(told[1], &n, sizeof n) != sizeof n) break;
      ::_exit(1);
    }
    ::close(told[1]);
    int written = -1;
    const int wanted = static_cast<int>(random() % 3'000);
    while (written < wanted && ::read(told[0], &written, sizeof written) == sizeof written) continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(told[0], &written, sizeof written) == sizeof written) continue;
    ::close(told[0]);
    EXPECT_FALSE(is_being_written(path));
    const auto content = read_midi_journal(path);
    ASSERT_TRUE(content);
    ASSERT_GT(std::ssize(content->entries), written);
    for (std::size_t n = 0; n < content->entries.size(); ++n)
      ASSERT_EQ(content->entries[n], entry(static_cast<int>(n)));
  }
}

}  // namespace
}  // namespace talkback::recorder
