#include "client/recorder/input_history.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace talkback::recorder {
namespace {

constexpr int kLateSeconds = 2;
constexpr int kReadFrames = 8'192;
constexpr std::chrono::milliseconds kPoll{50};

std::filesystem::path numbered(const std::filesystem::path& folder, int number, const char* ending) {
  std::string name = std::to_string(number);
  return folder / (std::string(8 - std::min<std::size_t>(name.size(), 8), '0') + name + ending);
}

struct Read {
  CaptureRecord record;
  CaptureReader reader;
  Frames length{};
};

// Those that belong together, oldest first.
std::vector<Read> read_segments(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> journals;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
    if (entry.path().extension() == ".journal") journals.push_back(entry.path());
  std::ranges::sort(journals);
  std::vector<Read> segments;
  for (const std::filesystem::path& journal : journals) {
    auto record = read_journal(journal);
    if (!record || record->events.empty()) continue;
    std::filesystem::path capture = journal;
    capture.replace_extension(".wav");
    auto reader = CaptureReader::open(capture, record->start.channels);
    if (!reader) continue;
    const Frames length = reader->length().value_or(Frames{});
    if (!segments.empty() && segments.back().record.start.recording_id != record->start.recording_id) segments.clear();
    segments.push_back({*std::move(record), *std::move(reader), length});
  }
  return segments;
}

const CaptureEvent* last_of(const CaptureRecord& record, CaptureEvent::Kind kind) {
  const auto found = std::find_if(record.events.rbegin(), record.events.rend(),
                                  [&](const CaptureEvent& event) { return event.kind == kind; });
  return found == record.events.rend() ? nullptr : &*found;
}

}  // namespace

RememberedInput::RememberedInput(std::vector<int> inputs, SampleRate rate, device::StreamCallback& player)
    : inputs_(std::move(inputs)),
      player_(player),
      ring_(static_cast<int>(inputs_.size()), kLateSeconds * rate.hz),
      writer_(ring_) {
  TALKBACK_CHECK(!inputs_.empty() && std::ranges::all_of(inputs_, [](int number) { return number >= 1; }));
}

void RememberedInput::process(ConstAudioBlock input, AudioBlock output,
                              const device::StreamTime& time) noexcept TALKBACK_REALTIME {
  if (buffer_frames_.load(std::memory_order_relaxed) == 0) {
    round_trip_.store(time.round_trip.count, std::memory_order_relaxed);
    buffer_frames_.store(time.buffer_frames, std::memory_order_relaxed);
  }
  std::array<const float*, kChannelsMax> chosen{};
  for (std::size_t c = 0; c < inputs_.size(); ++c) chosen[c] = input.channel(inputs_[c] - 1).data();
  // What was lost is made up for first, so that everything behind it keeps its place.
  gap_frames_ -= writer_.write_silence(gap_frames_);
  const int written = gap_frames_ > 0
                          ? 0
                          : writer_.write(ConstAudioBlock(std::span<const float* const>(chosen.data(), inputs_.size()),
                                                          output.frame_count()));
  const int lost = output.frame_count() - written;
  gap_frames_ += lost;
  if (lost > 0) lost_frames_.fetch_add(lost, std::memory_order_relaxed);
  player_.process(input, output, time);
}

InputHistory::InputHistory(RememberedInput& input, std::filesystem::path folder, CaptureStart start, FramePosition song)
    : folder_(std::move(folder)),
      start_(std::move(start)),
      song_(song),
      reader_(input.ring()),
      buffer_(input.channels(), kReadFrames) {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
}

InputHistory::~InputHistory() = default;

std::optional<Error> InputHistory::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void InputHistory::run(std::stop_token stop) {
  bool is_last = false;
  while (!is_last) {
    is_last = stop.stop_requested();
    if (auto drained = drain(); !drained) {
      const std::lock_guard lock(mutex_);
      error_ = drained.error();
      return;
    }
    if (!is_last) std::this_thread::sleep_for(kPoll);
  }
}

Result<void> InputHistory::drain() {
  const std::int64_t segment_frames = std::int64_t{kInputSegmentSeconds} * start_.rate.hz;
  while (const int frames = reader_.read(buffer_.block())) {
    if (!file_ || frames_ - segment_begin_ >= segment_frames) {
      TALKBACK_TRY(begin_segment());
      forget();
    }
    TALKBACK_TRY(file_->append(ConstAudioBlock(buffer_.block().slice(0, frames))));
    frames_ += frames;
    segments_.back().end = frames_;
  }
  return note_latency();
}

void InputHistory::set_latency(Frames latency, bool is_measured) {
  const std::lock_guard lock(mutex_);
  latency_.frame = is_measured ? 1 : 0;
  latency_.value = latency.count;
  is_latency_new_ = true;
}

Result<void> InputHistory::note_latency() {
  const std::lock_guard lock(mutex_);
  if (!journal_ || !std::exchange(is_latency_new_, false)) return {};
  return journal_->append(latency_);
}

Result<void> InputHistory::begin_segment() {
  ++number_;
  segment_begin_ = frames_;
  Segment segment{numbered(folder_, number_, ".journal"), numbered(folder_, number_, ".wav"), frames_};
  CaptureStart start = start_;
  start.recorded_unix_ms += 1'000 * frames_ / start.rate.hz;
  TALKBACK_ASSIGN(CaptureJournal journal, CaptureJournal::create(segment.journal, start));
  TALKBACK_TRY(journal.append(CaptureEvent{CaptureEvent::Kind::roll, 0, song_.count + frames_}));
  media::TakeTags tags;
  tags.rate = start_.rate;
  tags.channels = start_.channels;
  TALKBACK_ASSIGN(CaptureFile file, CaptureFile::create(segment.capture, tags));
  segments_.push_back(std::move(segment));
  journal_.reset();
  journal_.emplace(std::move(journal));
  {
    const std::lock_guard lock(mutex_);
    is_latency_new_ = true;
  }
  file_.reset();
  file_.emplace(std::move(file));
  return {};
}

void InputHistory::forget() {
  const std::int64_t oldest = frames_ - std::int64_t{kInputHistorySeconds} * start_.rate.hz;
  while (segments_.size() > 1 && segments_.front().end <= oldest) {
    std::error_code ignored;
    // The capture first: a journal alone is no segment.
    std::filesystem::remove(segments_.front().capture, ignored);
    std::filesystem::remove(segments_.front().journal, ignored);
    segments_.pop_front();
  }
}

Result<Remembered> read_input_history(const std::filesystem::path& folder, double seconds) {
  std::vector<Read> segments = read_segments(folder);
  Frames all{};
  for (const Read& segment : segments) all += segment.length;
  if (all.count == 0)
    return Error{ErrorCode::not_found,
                 "nothing was remembered; what is sung while the song plays is, with: talkback play --remember-input"};
  Remembered remembered;
  remembered.start = segments.front().record.start;
  const double wanted = std::clamp(seconds, 0.0, static_cast<double>(kInputHistorySeconds)) * remembered.start.rate.hz;
  std::int64_t skip = std::max<std::int64_t>(0, all.count - std::llround(wanted));
  remembered.song = FramePosition{last_of(segments.front().record, CaptureEvent::Kind::roll)->value + skip};
  // The newest segment may not know it yet.
  for (const Read& segment : segments)
    if (const CaptureEvent* latency = last_of(segment.record, CaptureEvent::Kind::latency))
      remembered.latency = *latency;
  remembered.start.recorded_unix_ms += 1'000 * skip / remembered.start.rate.hz;
  remembered.sound.resize(remembered.start.channels, static_cast<int>(all.count - skip));
  std::int64_t done = 0;
  for (Read& segment : segments) {
    const std::int64_t left_out = std::min(skip, segment.length.count);
    skip -= left_out;
    const auto frames = static_cast<int>(segment.length.count - left_out);
    if (frames == 0) continue;
    TALKBACK_ASSIGN(const int read, segment.reader.read(FramePosition{left_out}, remembered.sound.block().slice(
                                                                                     static_cast<int>(done), frames)));
    if (read != frames) return Error{ErrorCode::corrupt, "what was remembered cannot be read"};
    done += frames;
  }
  return remembered;
}

}  // namespace talkback::recorder
