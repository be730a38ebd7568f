#include "client/project/take_preview.hpp"

#include <algorithm>

#include "engine/base/sha256.hpp"

namespace talkback::project {
namespace {

using std::chrono::milliseconds;

constexpr int kReadFrames = 16'384;
constexpr milliseconds kPoll{50};
// So late the take may be while it is recorded; once it has ended, it has this time to arrive.
constexpr double kBehindSecondsMax = 3.0;
constexpr milliseconds kPatience{1'000};
constexpr milliseconds kPieceEvery{500};
constexpr milliseconds kFirstPause{200};
constexpr milliseconds kLongestPause{2'000};

Error interrupted() { return {ErrorCode::unavailable, "the preview was interrupted"}; }

}  // namespace

TakePreview::TakePreview(net::Api api, Options options)
    : api_(std::move(api)),
      options_(std::move(options)),
      buffer_(options_.channels, kReadFrames),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

TakePreview::~TakePreview() { stop(); }

void TakePreview::stop() {
  thread_.request_stop();
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TakePreview::end() {
  const std::lock_guard lock(mutex_);
  end_ = std::chrono::steady_clock::now();
  changed_.notify_all();
}

std::optional<std::string> TakePreview::sha256() const {
  const std::lock_guard lock(mutex_);
  return sha256_;
}

bool TakePreview::pause(std::stop_token& stop, milliseconds time) {
  std::unique_lock lock(mutex_);
  const bool was_ended = end_.has_value();
  changed_.wait_for(lock, stop, time, [&] { return end_.has_value() != was_ended; });
  return !stop.stop_requested();
}

void TakePreview::run(std::stop_token stop) {
  auto sent = work(stop);
  options_.takes_line(false);
  if (!sent) return;
  const std::lock_guard lock(mutex_);
  sha256_ = *std::move(sent);
}

bool TakePreview::is_wanted() const {
  const double behind = options_.seconds_behind();
  const std::lock_guard lock(mutex_);
  if (!end_) return behind > kBehindSecondsMax;
  return behind > 0.0 && std::chrono::steady_clock::now() - *end_ > kPatience;
}

Result<std::string> TakePreview::work(std::stop_token& stop) {
  while (!is_wanted())
    if (!pause(stop, kPoll)) return interrupted();
  options_.takes_line(true);
  TALKBACK_ASSIGN(recorder::CaptureReader reader, recorder::CaptureReader::open(options_.capture, options_.channels));
  reader_.emplace(std::move(reader));
  out_.open(options_.opus, std::ios::binary | std::ios::trunc);
  const auto write = [this](std::string_view page) -> Result<void> {
    out_.write(page.data(), static_cast<std::streamsize>(page.size()));
    if (!out_) return Error{ErrorCode::exhausted, "cannot write the preview; is the disk full?"};
    bytes_ += static_cast<std::int64_t>(page.size());
    return {};
  };
  TALKBACK_ASSIGN(stream_, media::OpusStream::create(options_.channels, options_.rate, write));
  upload_.emplace(api_, options_.project_id);
  auto tried = std::chrono::steady_clock::now() - kPieceEvery;
  bool has_ended = false;
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      has_ended = end_.has_value();
    }
    TALKBACK_ASSIGN(const bool has_more, encode());
    if (stop.stop_requested()) return interrupted();
    if (has_more) continue;
    if (has_ended) break;
    if (std::chrono::steady_clock::now() - tried >= kPieceEvery) {
      options_.takes_line(true);
      TALKBACK_TRY(send());
      tried = std::chrono::steady_clock::now();
      options_.takes_line(false);
    }
    if (!pause(stop, kPoll)) return interrupted();
  }
  TALKBACK_TRY(stream_->finish());
  out_.close();
  TALKBACK_ASSIGN(const Sha256Digest digest, sha256_of_file(options_.opus));
  auto trouble = kFirstPause;
  while (true) {
    options_.takes_line(true);
    TALKBACK_ASSIGN(const bool is_there, send());
    if (is_there) {
      const auto ended = upload_->end(options_.opus, {to_hex(digest), bytes_}, {});
      if (ended) return to_hex(digest);
      if (!may_pass(ended.error())) return ended.error();
    }
    options_.takes_line(false);
    if (!pause(stop, trouble)) return interrupted();
    trouble = std::min(2 * trouble, kLongestPause);
  }
}

Result<bool> TakePreview::encode() {
  TALKBACK_ASSIGN(const int frames, reader_->read(FramePosition{encoded_.count}, buffer_.block()));
  if (frames > 0) {
    TALKBACK_TRY(stream_->write(ConstAudioBlock(buffer_.block().slice(0, frames))));
    encoded_ += Frames{frames};
  }
  if (frames == kReadFrames) return true;
  out_.flush();
  return false;
}

Result<bool> TakePreview::send() {
  auto sent = upload_->is_begun() ? Result<void>{} : upload_->begin();
  if (sent) sent = upload_->send(options_.opus, bytes_, [] { return true; });
  if (!sent && !may_pass(sent.error())) return sent.error();
  return sent.has_value();
}

}  // namespace talkback::project
