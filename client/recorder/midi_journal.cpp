#include "client/recorder/midi_journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/base/blob_folder.hpp"

namespace talkback::recorder {
namespace {

constexpr std::string_view kJournalMagic = "TBMIDI1\n";
constexpr char kFact = 'f';
constexpr std::size_t kHeadBytes = 8;
constexpr std::size_t kEntryHeadBytes = 1 + 4 + 8;
constexpr std::size_t kRecordBytesMax = 1 << 16;
static_assert(media::kSystemExclusiveBytesMax + kEntryHeadBytes < kRecordBytesMax);
static_assert(std::endian::native == std::endian::little, "journals are little-endian on the disk");

// Fowler, Noll, Vo, variant 1a: enough to tell a record from what a crash left in its place.
std::uint32_t checksum(std::string_view bytes) noexcept {
  std::uint32_t hash = 2'166'136'261U;
  for (const char byte : bytes) hash = (hash ^ static_cast<std::uint8_t>(byte)) * 16'777'619U;
  return hash;
}

template <class Value>
void put(std::string& bytes, Value value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class Value>
Value get(std::string_view bytes, std::size_t at) noexcept {
  Value value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::optional<MidiEntry> entry_from(std::string_view payload) {
  if (payload.size() < kEntryHeadBytes || payload[0] < 1 || payload[0] > 3) return std::nullopt;
  MidiEntry entry;
  entry.kind = static_cast<MidiEntry::Kind>(payload[0]);
  entry.pass = get<std::int32_t>(payload, 1);
  entry.at = TickPosition{get<std::int64_t>(payload, 5)};
  entry.bytes.assign(payload.begin() + kEntryHeadBytes, payload.end());
  return entry;
}

}  // namespace

Result<MidiJournal> MidiJournal::create(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0 && errno == EEXIST) return Error{ErrorCode::conflict, path.string() + " is there already"};
  if (descriptor < 0) return file_error(errno, "create the performance " + path.string());
  MidiJournal journal(path, descriptor);
  ::flock(descriptor, LOCK_EX | LOCK_NB);
  if (::write(descriptor, kJournalMagic.data(), kJournalMagic.size()) != std::ssize(kJournalMagic))
    return file_error(errno, "write the performance " + path.filename().string());
  TALKBACK_TRY(journal.sync());
  TALKBACK_TRY(sync_folder(path.parent_path()));
  return journal;
}

MidiJournal::MidiJournal(MidiJournal&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

MidiJournal::~MidiJournal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// One call, so that a crash of this program leaves all or nothing of it.
Result<void> MidiJournal::write(const std::string& payload) {
  std::string record;
  put(record, static_cast<std::uint32_t>(payload.size()));
  put(record, checksum(payload));
  record += payload;
  std::string_view left = record;
  while (!left.empty()) {
    const ssize_t done = ::write(descriptor_, left.data(), left.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return file_error(errno, "write the performance " + path_.filename().string());
    left.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

Result<void> MidiJournal::append_fact(const std::string& name, const std::string& value) {
  return write(kFact + name + "=" + value);
}

Result<void> MidiJournal::append(const MidiEntry& entry) {
  std::string payload(1, static_cast<char>(entry.kind));
  put(payload, static_cast<std::int32_t>(entry.pass));
  put(payload, entry.at.count);
  payload.append(entry.bytes.begin(), entry.bytes.end());
  return write(payload);
}

Result<void> MidiJournal::sync() {
  if (::fdatasync(descriptor_) != 0) return file_error(errno, "secure the performance " + path_.filename().string());
  return {};
}

Result<MidiJournalContent> read_midi_journal(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorCode::not_found, "there is no file " + path.string()};
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::string_view left = bytes;
  if (!left.starts_with(kJournalMagic))
    return Error{ErrorCode::corrupt, path.filename().string() + " is no MIDI performance of Talkback"};
  left.remove_prefix(kJournalMagic.size());
  MidiJournalContent content;
  while (left.size() >= kHeadBytes) {
    const auto length = get<std::uint32_t>(left, 0);
    if (length == 0 || length > kRecordBytesMax || left.size() - kHeadBytes < length) break;
    const std::string_view payload = left.substr(kHeadBytes, length);
    if (checksum(payload) != get<std::uint32_t>(left, 4)) break;
    if (payload[0] == kFact) {
      const std::size_t equals = std::min(payload.find('='), payload.size() - 1);
      content.facts[std::string(payload.substr(1, equals - 1))] = payload.substr(equals + 1);
    } else if (auto entry = entry_from(payload)) {
      content.entries.push_back(std::move(*entry));
    } else {
      break;
    }
    left.remove_prefix(kHeadBytes + length);
  }
  content.is_cut_off = !left.empty();
  return content;
}

bool is_being_written(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool is_locked = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return is_locked;
}

}  // namespace talkback::recorder
