#include "client/recorder/capture_journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "engine/base/blob_folder.hpp"

namespace talkback::recorder {
namespace {

using nlohmann::json;

constexpr int kFormVersion = 1;

constexpr std::array<std::string_view, 10> kKinds{"roll", "stop", "record_on", "record_off", "xrun",
                                                  "lost", "clip", "cue",       "clock",      "latency"};

json to_json(const CaptureStart& start) {
  json tempos = json::array();
  for (const timeline::TempoPoint& point : start.tempos)
    tempos.push_back({point.position.count, point.bpm, point.ramp});
  json signatures = json::array();
  for (const timeline::SignaturePoint& point : start.signatures)
    signatures.push_back({point.position.count, point.numerator, point.denominator});
  return {{"talkback_capture", kFormVersion},
          {"recording_id", start.recording_id},
          {"server", start.server},
          {"user", start.user},
          {"project_id", start.project_id},
          {"project", start.project},
          {"branch_id", start.branch_id},
          {"track_id", start.track_id},
          {"track", start.track},
          {"rate_hz", start.rate.hz},
          {"channels", start.channels},
          {"device", start.device},
          {"host_api", start.host_api},
          {"input_gain_db", start.input_gain_db},
          {"software", start.software},
          {"recorded_unix_ms", start.recorded_unix_ms},
          {"tempos", std::move(tempos)},
          {"signatures", std::move(signatures)},
          {"takes_begin", start.takes_begin.count},
          {"takes_end", start.takes_end.count}};
}

CaptureStart start_of(const json& line) {
  if (line.at("talkback_capture").get<int>() != kFormVersion) throw std::invalid_argument("another version");
  CaptureStart start;
  line.at("recording_id").get_to(start.recording_id);
  line.at("server").get_to(start.server);
  line.at("user").get_to(start.user);
  line.at("project_id").get_to(start.project_id);
  line.at("project").get_to(start.project);
  line.at("branch_id").get_to(start.branch_id);
  line.at("track_id").get_to(start.track_id);
  line.at("track").get_to(start.track);
  line.at("rate_hz").get_to(start.rate.hz);
  line.at("channels").get_to(start.channels);
  line.at("device").get_to(start.device);
  line.at("host_api").get_to(start.host_api);
  line.at("input_gain_db").get_to(start.input_gain_db);
  line.at("software").get_to(start.software);
  line.at("recorded_unix_ms").get_to(start.recorded_unix_ms);
  for (const json& point : line.at("tempos"))
    start.tempos.push_back({TickPosition{point.at(0).get<std::int64_t>()}, point.at(1), point.at(2)});
  for (const json& point : line.at("signatures"))
    start.signatures.push_back({TickPosition{point.at(0).get<std::int64_t>()}, point.at(1), point.at(2)});
  line.at("takes_begin").get_to(start.takes_begin.count);
  line.at("takes_end").get_to(start.takes_end.count);
  return start;
}

void read_line(const json& line, CaptureRecord& record) {
  if (line.contains("end")) {
    record.is_ended = true;
  } else if (line.contains("made")) {
    record.made = CaptureMade{line.at("made"), line.at("size_bytes"), line.at("flac")};
  } else if (line.contains("upload")) {
    record.upload = CaptureUpload{line.at("upload"), line.at("flac")};
  } else {
    const std::string kind = line.at("event");
    const auto found = std::ranges::find(kKinds, kind);
    // Of a later version: it does not hinder what we know.
    if (found == kKinds.end()) return;
    record.events.push_back(
        {static_cast<CaptureEvent::Kind>(found - kKinds.begin()), line.at("frame"), line.at("value")});
  }
}

Result<int> lock(int descriptor, const std::filesystem::path& file) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  ::close(descriptor);
  return Error{ErrorCode::conflict, file.stem().string() + " is being recorded or sent by another program"};
}

}  // namespace

Result<CaptureJournal> CaptureJournal::create(const std::filesystem::path& file, const CaptureStart& start) {
  std::error_code failed;
  std::filesystem::create_directories(file.parent_path(), failed);
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) return file_error(errno, "create the journal of the take " + file.string());
  TALKBACK_TRY(lock(descriptor, file));
  CaptureJournal journal(file, descriptor);
  TALKBACK_TRY(journal.append_line(to_json(start).dump()));
  TALKBACK_TRY(journal.sync());
  TALKBACK_TRY(sync_folder(file.parent_path()));
  return journal;
}

Result<CaptureJournal> CaptureJournal::reopen(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (descriptor < 0) return file_error(errno, "open the journal of the take " + file.string());
  TALKBACK_TRY(lock(descriptor, file));
  CaptureJournal journal(file, descriptor);
  // A line that a crash cut off must not swallow the next.
  TALKBACK_TRY(journal.append_line({}));
  return journal;
}

CaptureJournal::CaptureJournal(CaptureJournal&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

CaptureJournal::~CaptureJournal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> CaptureJournal::append_line(std::string line) {
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t done = ::write(descriptor_, rest.data(), rest.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return file_error(errno, "write the journal of the take");
    rest.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

Result<void> CaptureJournal::append(const CaptureEvent& event) {
  return append_line(
      json{{"event", kKinds[static_cast<std::size_t>(event.kind)]}, {"frame", event.frame}, {"value", event.value}}
          .dump());
}

Result<void> CaptureJournal::append(const CaptureUpload& upload) {
  return append_line(json{{"upload", upload.upload_id}, {"flac", upload.is_flac}}.dump());
}

Result<void> CaptureJournal::append(const CaptureMade& made) {
  return append_line(json{{"made", made.sha256}, {"size_bytes", made.size_bytes}, {"flac", made.is_flac}}.dump());
}

Result<void> CaptureJournal::append_end() { return append_line(json{{"end", true}}.dump()); }

Result<void> CaptureJournal::sync() {
  if (::fdatasync(descriptor_) != 0) return file_error(errno, "secure the journal of the take");
  return {};
}

Result<CaptureRecord> read_journal(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return Error{ErrorCode::unavailable, "cannot read " + file.string()};
  CaptureRecord record;
  std::string text;
  bool has_start = false;
  while (std::getline(in, text)) {
    // The last line without its end was cut off.
    if (text.empty() || in.eof()) continue;
    try {
      const json line = json::parse(text);
      if (!has_start) {
        record.start = start_of(line);
        has_start = true;
      } else {
        read_line(line, record);
      }
    } catch (const std::exception&) {
      if (!has_start) break;
    }
  }
  if (!has_start) return Error{ErrorCode::corrupt, file.filename().string() + " is not a journal of a recording"};
  return record;
}

}  // namespace talkback::recorder
