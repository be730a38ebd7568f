#include "client/project/take_upload.hpp"

#include <algorithm>
#include <fstream>

namespace talkback::project {
namespace {

using recorder::TakeEncoder;
using std::chrono::milliseconds;

// While it records: a piece a second, or when so much has gathered.
constexpr milliseconds kPieceEvery{1'000};
constexpr std::int64_t kPieceBytes = 512 * 1024;
constexpr milliseconds kPoll{50};
constexpr milliseconds kFirstPause{200};
constexpr milliseconds kLongestPause{5'000};

Result<std::string> read_piece(const std::filesystem::path& path, std::int64_t from, std::int64_t to) {
  std::ifstream file(path, std::ios::binary);
  std::string piece(static_cast<std::size_t>(std::min(to - from, net::kUploadPieceBytes)), '\0');
  file.seekg(from);
  file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
  if (file.gcount() != static_cast<std::streamsize>(piece.size()))
    return Error{ErrorCode::corrupt, "cannot read " + path.filename().string()};
  return piece;
}

bool may_pass(const Error& error) { return error.code == ErrorCode::unavailable || error.code == ErrorCode::conflict; }

}  // namespace

TakeUpload::TakeUpload(std::optional<net::Api> api, Options options)
    : api_(std::move(api)), options_(std::move(options)), thread_([this](std::stop_token stop) { run(stop); }) {}

TakeUpload::~TakeUpload() {
  thread_.request_stop();
  changed_.notify_all();
}

void TakeUpload::end(media::TakeTags tags, Frames length) {
  const std::lock_guard lock(mutex_);
  end_ = End{std::move(tags), length};
  changed_.notify_all();
}

TakeUpload::State TakeUpload::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

bool TakeUpload::wait(milliseconds longest) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, longest, [this] { return state_.is_over; });
}

Result<TakeEncoder::Complete> TakeUpload::result() const {
  const std::lock_guard lock(mutex_);
  if (!outcome_) return Error{ErrorCode::unavailable, "the take is not on the server yet"};
  return *outcome_;
}

void TakeUpload::run(std::stop_token stop) {
  auto outcome = work(stop);
  const std::lock_guard lock(mutex_);
  if (stop.stop_requested() && !outcome) return;
  if (!outcome) state_.error = outcome.error().message;
  state_.is_over = true;
  state_.is_waiting = false;
  outcome_ = std::move(outcome);
  changed_.notify_all();
}

void TakeUpload::tell(const Error& error) {
  const std::lock_guard lock(mutex_);
  state_.is_waiting = true;
  state_.error = error.message;
}

bool TakeUpload::pause(std::stop_token& stop, milliseconds time) {
  std::unique_lock lock(mutex_);
  const bool was_ended = end_.has_value();
  changed_.wait_for(lock, stop, time, [&] { return end_.has_value() != was_ended; });
  return !stop.stop_requested();
}

Result<TakeEncoder::Complete> TakeUpload::work(std::stop_token stop) {
  TALKBACK_ASSIGN(TakeEncoder encoder, TakeEncoder::create(options_.capture, options_.flac, options_.tags));
  const Error gone{ErrorCode::unavailable, "the upload was interrupted"};
  auto trouble = milliseconds{0};
  auto sent = std::chrono::steady_clock::now();
  std::optional<End> end;
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      end = end_;
    }
    TALKBACK_ASSIGN(const bool has_more, encoder.advance());
    if (end && !has_more) break;
    const auto now = std::chrono::steady_clock::now();
    const std::int64_t waiting = encoder.bytes() - (upload_ ? upload_->offset_bytes() : 0);
    if (api_ && now - sent >= trouble && (now - sent >= kPieceEvery || waiting >= kPieceBytes)) {
      sent = now;
      if (auto gone_out = send_some(encoder, encoder.bytes()); gone_out) {
        trouble = milliseconds{0};
      } else if (may_pass(gone_out.error())) {
        tell(gone_out.error());
        trouble = std::clamp(2 * trouble, kFirstPause, kLongestPause);
      } else {
        // What the server refuses now it may take at the end; the take itself goes on.
        tell(gone_out.error());
        trouble = kLongestPause;
      }
    }
    if (!has_more && !pause(stop, kPoll)) return gone;
    if (stop.stop_requested()) return gone;
  }
  TALKBACK_ASSIGN(const TakeEncoder::Complete complete, encoder.complete(end->tags, end->length));
  if (!api_) return complete;
  trouble = kFirstPause;
  while (true) {
    const auto settled = settle(encoder, complete);
    if (settled) return complete;
    tell(settled.error());
    if (!may_pass(settled.error())) return settled.error();
    if (!pause(stop, trouble)) return gone;
    trouble = std::min(2 * trouble, kLongestPause);
  }
}

Result<void> TakeUpload::send_some(TakeEncoder& encoder, std::int64_t until) {
  if (upload_ && upload_is_flac_ != encoder.is_flac()) upload_.reset();  // the bytes began anew
  if (!upload_ && options_.begun && options_.begun->is_flac == encoder.is_flac()) {
    auto resumed = net::OpenUpload::resume(*api_, options_.project_id, options_.begun->upload_id);
    if (!resumed && resumed.error().code != ErrorCode::not_found) return resumed.error();
    if (resumed && resumed->offset_bytes() <= encoder.bytes()) upload_ = *std::move(resumed);
    upload_is_flac_ = encoder.is_flac();
    options_.begun.reset();
  }
  if (!upload_) {
    TALKBACK_ASSIGN(upload_, net::OpenUpload::begin(*api_, options_.project_id));
    upload_is_flac_ = encoder.is_flac();
    if (options_.on_begun) options_.on_begun({upload_->id(), upload_is_flac_});
  }
  while (upload_->offset_bytes() < until) {
    TALKBACK_ASSIGN(std::string piece, read_piece(encoder.file(), upload_->offset_bytes(), until));
    const auto sent = upload_->send(std::move(piece));
    if (!sent && sent.error().code == ErrorCode::not_found) {
      // Discarded there: it begins anew with the next try.
      upload_.reset();
      return Error{ErrorCode::unavailable, sent.error().message};
    }
    TALKBACK_TRY(sent);
    const std::lock_guard lock(mutex_);
    state_.on_server = encoder.frames_within(upload_->offset_bytes());
    state_.is_waiting = false;
    state_.error.clear();
  }
  return {};
}

Result<void> TakeUpload::settle(TakeEncoder& encoder, const TakeEncoder::Complete& complete) {
  TALKBACK_TRY(send_some(encoder, complete.size_bytes));
  const net::FileBlob blob{to_hex(complete.sha256), complete.size_bytes};
  auto ended = upload_->end(blob, complete.head);
  if (!ended) {
    // The server's copy is another one, or went away: it is sent whole, by its name.
    const bool is_spoilt = ended.error().code == ErrorCode::corrupt || ended.error().code == ErrorCode::not_found;
    if (!is_spoilt) return ended;
    upload_.reset();
    TALKBACK_TRY(net::upload(*api_, options_.project_id, complete.file));
  }
  const std::lock_guard lock(mutex_);
  state_.on_server = encoder.frames_within(complete.size_bytes);
  return {};
}

}  // namespace talkback::project
