#include "client/recorder/midi_history.hpp"

#include <algorithm>
#include <cstdio>

namespace talkback::recorder {
namespace {

constexpr std::string_view kHistoryMagic = "TBHEARD\n";
constexpr const char* kEnding = ".midi-heard";
constexpr char kPlaced = 'p';
constexpr char kUnplaced = 'u';
constexpr std::size_t kHeadBytes = 1 + 8 + 8;
constexpr std::int64_t kNanoseconds = 1'000'000'000;
static_assert(kHistoryBytesMax > 4 * kSegmentBytesMax && kHistorySeconds > 4 * kSegmentSeconds);

std::string record_of(const HeardMessage& message) {
  std::string record(1, message.place ? kPlaced : kUnplaced);
  put_number(record, message.time_ns);
  put_number(record, message.place.value_or(TickPosition{0}).count);
  record.append(message.bytes.begin(), message.bytes.end());
  return record;
}

std::optional<HeardMessage> message_from(std::string_view record) {
  if (record.size() < kHeadBytes || (record[0] != kPlaced && record[0] != kUnplaced)) return std::nullopt;
  HeardMessage message;
  message.time_ns = number_at<std::int64_t>(record, 1);
  if (record[0] == kPlaced) message.place = TickPosition{number_at<std::int64_t>(record, 9)};
  message.bytes.assign(record.begin() + kHeadBytes, record.end());
  return message;
}

struct RunFile {
  std::string run;
  int number = 0;
  std::filesystem::path path;
};

// "RUN.000012.midi-heard", in the order of runs and numbers.
std::vector<RunFile> files_of(const std::filesystem::path& folder) {
  std::vector<RunFile> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (entry.path().extension() != kEnding) continue;
    const std::filesystem::path stem = entry.path().stem();
    const std::string number = stem.extension().string();
    if (number.size() < 2) continue;
    files.push_back({stem.stem().string(), std::atoi(number.c_str() + 1), entry.path()});
  }
  std::ranges::sort(files, {}, [](const RunFile& file) { return std::pair(file.run, file.number); });
  return files;
}

// Its messages behind those that are there. What cannot be read is left out: another program may just throw it away.
void read_into(const std::filesystem::path& path, HeardRun& run) {
  static_cast<void>(read_records(path, kHistoryMagic, [&](std::string_view record) {
                      if (take_fact(record, run.facts)) return true;
                      auto message = message_from(record);
                      if (message) run.messages.push_back(std::move(*message));
                      return message.has_value();
                    }).has_value());
}

}  // namespace

MidiHistory::MidiHistory(std::filesystem::path folder, std::string run, Facts facts)
    : folder_(std::move(folder)), run_(std::move(run)), facts_(std::move(facts)) {}

Result<void> MidiHistory::append(const HeardMessage& message) {
  const bool is_over =
      file_ && (message.time_ns - begin_ns_ >= kSegmentSeconds * kNanoseconds || file_->bytes() >= kSegmentBytesMax);
  if (!file_ || is_over) TALKBACK_TRY(begin_segment(message.time_ns));
  TALKBACK_TRY(file_->append(record_of(message)));
  segments_.back().end_ns = message.time_ns;
  segments_.back().bytes = file_->bytes();
  forget(message.time_ns);
  return {};
}

Result<void> MidiHistory::begin_segment(std::int64_t time_ns) {
  char number[16];
  std::snprintf(number, sizeof number, ".%06d", ++number_);
  const std::filesystem::path path = folder_ / (run_ + number + kEnding);
  TALKBACK_ASSIGN(RecordFile file, RecordFile::create(path, kHistoryMagic));
  for (const auto& [name, value] : facts_) TALKBACK_TRY(file.append(fact_record(name, value)));
  file_.reset();
  file_.emplace(std::move(file));
  begin_ns_ = time_ns;
  segments_.push_back({path, time_ns, file_->bytes()});
  return {};
}

void MidiHistory::forget(std::int64_t time_ns) {
  std::size_t bytes = 0;
  for (const Segment& segment : segments_) bytes += segment.bytes;
  while (segments_.size() > 1 &&
         (segments_.front().end_ns < time_ns - kHistorySeconds * kNanoseconds || bytes > kHistoryBytesMax)) {
    std::error_code ignored;
    std::filesystem::remove(segments_.front().path, ignored);
    bytes -= segments_.front().bytes;
    segments_.pop_front();
  }
}

Result<HeardRun> read_last_run(const std::filesystem::path& folder) {
  const std::vector<RunFile> files = files_of(folder);
  // A run may have begun and heard nothing yet.
  HeardRun run;
  std::optional<std::filesystem::file_time_type> newest;
  for (const RunFile& file : files) {
    std::error_code failed;
    const auto written = std::filesystem::last_write_time(file.path, failed);
    if (failed || (newest && written < *newest)) continue;
    newest = written;
    run.name = file.run;
  }
  for (const RunFile& file : files)
    if (file.run == run.name) read_into(file.path, run);
  if (run.messages.empty())
    return Error{ErrorCode::not_found, "nothing was heard of a keyboard; let one be heard with: talkback midi listen"};
  const std::int64_t begin = run.messages.back().time_ns - kHistorySeconds * kNanoseconds;
  std::erase_if(run.messages, [&](const HeardMessage& message) { return message.time_ns < begin; });
  return run;
}

void forget_old_runs(const std::filesystem::path& folder) {
  const auto last = read_last_run(folder);
  const std::vector<RunFile> files = files_of(folder);
  for (const RunFile& file : files) {
    // Only the newest file of a run that goes on is locked.
    const bool goes_on = std::ranges::any_of(
        files, [&](const RunFile& other) { return other.run == file.run && is_being_written(other.path); });
    if (goes_on || (last && file.run == last->name)) continue;
    std::error_code ignored;
    std::filesystem::remove(file.path, ignored);
  }
}

}  // namespace talkback::recorder
