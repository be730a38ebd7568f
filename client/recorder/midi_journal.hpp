// A performance on the disk while it is being played: what a program that was killed leaves of it is whole but for the
// entry that was being written.
//
// kJournalMagic, then records: 32-bit length and 32-bit FNV-1a of what follows, little-endian, and that many bytes. The
// first byte tells what it is: 'f' a fact ("track=0123…"), else an entry (kind, pass, tick, bytes). A file may be cut
// off anywhere; reading ends at the first record that is not whole. append() hands records to the system at once, so
// that they survive the program; sync() makes them survive a power cut.
//
// While a program writes a journal it holds a lock on it (flock), so that nobody takes it for what a crash left.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "client/recorder/midi_performance.hpp"
#include "engine/base/result.hpp"

namespace talkback::recorder {

class MidiJournal {
 public:
  // Fails with unavailable or exhausted (disk full), or conflict where the file exists.
  static Result<MidiJournal> create(const std::filesystem::path& file);
  ~MidiJournal();
  MidiJournal(MidiJournal&& other) noexcept;
  MidiJournal& operator=(MidiJournal&&) = delete;

  // name: without '='. A later one of the same name stands for the earlier.
  Result<void> append_fact(const std::string& name, const std::string& value);
  Result<void> append(const MidiEntry& entry);
  Result<void> sync();

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  MidiJournal(std::filesystem::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  Result<void> write(const std::string& payload);

  std::filesystem::path path_;
  int descriptor_;
};

struct MidiJournalContent {
  std::map<std::string, std::string> facts;
  std::vector<MidiEntry> entries;
  bool is_cut_off = false;  // bytes at the end are no record
};

// Fails with not_found, or corrupt where the file is no journal.
Result<MidiJournalContent> read_midi_journal(const std::filesystem::path& file);

// A running program writes it.
bool is_being_written(const std::filesystem::path& file);

}  // namespace talkback::recorder
