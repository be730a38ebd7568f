#include "client/recorder/midi_journal.hpp"

#include <algorithm>
#include <optional>

namespace talkback::recorder {
namespace {

constexpr std::string_view kJournalMagic = "TBMIDI1\n";
constexpr char kFact = 'f';
constexpr std::size_t kEntryHeadBytes = 1 + 4 + 8;
static_assert(media::kSystemExclusiveBytesMax + kEntryHeadBytes < kRecordBytesMax);

std::optional<MidiEntry> entry_from(std::string_view record) {
  if (record.size() < kEntryHeadBytes || record[0] < 1 || record[0] > 3) return std::nullopt;
  MidiEntry entry;
  entry.kind = static_cast<MidiEntry::Kind>(record[0]);
  entry.pass = number_at<std::int32_t>(record, 1);
  entry.at = TickPosition{number_at<std::int64_t>(record, 5)};
  entry.bytes.assign(record.begin() + kEntryHeadBytes, record.end());
  return entry;
}

}  // namespace

std::string fact_record(const std::string& name, const std::string& value) { return kFact + name + "=" + value; }

bool take_fact(std::string_view record, Facts& facts) {
  const std::size_t equals = record.find('=');
  if (record[0] != kFact || equals == std::string_view::npos) return false;
  facts[std::string(record.substr(1, equals - 1))] = record.substr(equals + 1);
  return true;
}

Result<MidiJournal> MidiJournal::create(const std::filesystem::path& path) {
  TALKBACK_ASSIGN(RecordFile file, RecordFile::create(path, kJournalMagic));
  return MidiJournal(std::move(file));
}

Result<void> MidiJournal::append_fact(const std::string& name, const std::string& value) {
  return file_.append(fact_record(name, value));
}

Result<void> MidiJournal::append(const MidiEntry& entry) {
  std::string record(1, static_cast<char>(entry.kind));
  put_number(record, static_cast<std::int32_t>(entry.pass));
  put_number(record, entry.at.count);
  record.append(entry.bytes.begin(), entry.bytes.end());
  return file_.append(record);
}

Result<MidiJournalContent> read_midi_journal(const std::filesystem::path& path) {
  MidiJournalContent content;
  TALKBACK_ASSIGN(const bool is_whole, read_records(path, kJournalMagic, [&](std::string_view record) {
                    if (take_fact(record, content.facts)) return true;
                    auto entry = entry_from(record);
                    if (entry) content.entries.push_back(std::move(*entry));
                    return entry.has_value();
                  }));
  content.is_cut_off = !is_whole;
  return content;
}

}  // namespace talkback::recorder
