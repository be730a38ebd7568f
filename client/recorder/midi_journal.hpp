// A performance on the disk while it is being played: what a program that was killed leaves of it is whole but for the
// entry that was being written (record_file.hpp).
//
// The first byte of a record tells what it is: 'f' a fact ("track=0123…"), else an entry (kind, pass, tick, bytes).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/recorder/midi_performance.hpp"
#include "client/recorder/record_file.hpp"

namespace talkback::recorder {

using Facts = std::map<std::string, std::string>;

class MidiJournal {
 public:
  // Fails as RecordFile::create().
  static Result<MidiJournal> create(const std::filesystem::path& file);

  // name: without '='. A later one of the same name stands for the earlier.
  Result<void> append_fact(const std::string& name, const std::string& value);
  Result<void> append(const MidiEntry& entry);
  Result<void> sync() { return file_.sync(); }

  const std::filesystem::path& path() const noexcept { return file_.path(); }

 private:
  explicit MidiJournal(RecordFile file) : file_(std::move(file)) {}

  RecordFile file_;
};

struct MidiJournalContent {
  Facts facts;
  std::vector<MidiEntry> entries;
  bool is_cut_off = false;  // bytes at the end are no record
};

// Fails with not_found, or corrupt where the file is no journal.
Result<MidiJournalContent> read_midi_journal(const std::filesystem::path& file);

// Facts as records, in any file of records.
std::string fact_record(const std::string& name, const std::string& value);
// False where the record is no fact.
bool take_fact(std::string_view record, Facts& facts);

}  // namespace talkback::recorder
