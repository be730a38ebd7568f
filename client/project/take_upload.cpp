#include "client/project/take_upload.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

#include "engine/media/flac_stream.hpp"
#include "engine/media/wave_head.hpp"

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

Error interrupted() { return {ErrorCode::unavailable, "the upload was interrupted"}; }

// The file that an earlier try has made, if it is still that one.
std::optional<TakeEncoder::Complete> made_earlier(const TakeUpload::Options& options) {
  if (!options.made) return std::nullopt;
  TakeEncoder::Complete complete;
  complete.is_flac = options.made->is_flac;
  complete.file = complete.is_flac ? options.flac : options.capture;
  complete.size_bytes = options.made->size_bytes;
  const auto digest = sha256_of_file(complete.file);
  if (!digest || to_hex(*digest) != options.made->sha256) return std::nullopt;
  complete.sha256 = *digest;
  complete.head.resize(complete.is_flac ? media::kFlacHeadBytes : media::kWaveHeadBytes);
  std::ifstream file(complete.file, std::ios::binary);
  if (!file.read(complete.head.data(), static_cast<std::streamsize>(complete.head.size()))) return std::nullopt;
  return complete;
}

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

std::optional<TakeEncoder::Complete> TakeUpload::made() const {
  const std::lock_guard lock(mutex_);
  return made_;
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
  if (api_) upload_.emplace(*api_, options_.project_id);
  File file;
  std::optional<TakeEncoder> encoder;
  std::optional<TakeEncoder::Complete> complete = made_earlier(options_);
  if (complete) {
    file.frames_within = [](std::int64_t) { return Frames{}; };
  } else {
    TALKBACK_ASSIGN(TakeEncoder made, TakeEncoder::create(options_.capture, options_.flac, options_.tags));
    encoder.emplace(std::move(made));
    TALKBACK_ASSIGN(complete, make(*encoder, stop));
    if (options_.on_made) options_.on_made({to_hex(complete->sha256), complete->size_bytes, complete->is_flac});
    file.frames_within = [&](std::int64_t bytes) { return encoder->frames_within(bytes); };
  }
  {
    const std::lock_guard lock(mutex_);
    made_ = complete;
    changed_.notify_all();
  }
  if (!api_) return *complete;
  file.path = complete->file;
  file.is_flac = complete->is_flac;
  file.bytes = complete->size_bytes;
  trouble_ = kFirstPause;
  while (true) {
    if (is_giving_way()) {
      if (!pause(stop, kPoll)) return interrupted();
      continue;
    }
    const auto settled = settle(file, *complete);
    if (settled && *settled) return *complete;
    if (settled) continue;
    tell(settled.error());
    if (!may_pass(settled.error())) return settled.error();
    if (!pause(stop, trouble_)) return interrupted();
    trouble_ = std::min(2 * trouble_, kLongestPause);
  }
}

Result<TakeEncoder::Complete> TakeUpload::make(TakeEncoder& encoder, std::stop_token& stop) {
  sent_ = std::chrono::steady_clock::now();
  std::optional<End> end;
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      end = end_;
    }
    TALKBACK_ASSIGN(const bool has_more, encoder.advance());
    if (end && !has_more) return encoder.complete(end->tags, end->length);
    if (api_)
      send_on_the_way({encoder.file(), encoder.is_flac(), encoder.bytes(),
                       [&](std::int64_t bytes) { return encoder.frames_within(bytes); }});
    if (!has_more && !pause(stop, kPoll)) return interrupted();
    if (stop.stop_requested()) return interrupted();
  }
}

void TakeUpload::send_on_the_way(const File& file) {
  const auto since = std::chrono::steady_clock::now() - sent_;
  const std::int64_t waiting = file.bytes - upload_->offset_bytes();
  if (since < trouble_ || (since < kPieceEvery && waiting < kPieceBytes) || is_giving_way()) return;
  sent_ = std::chrono::steady_clock::now();
  if (const auto gone_out = send_some(file); gone_out) {
    trouble_ = milliseconds{0};
  } else {
    // What the server refuses now it may take at the end; the take itself goes on.
    tell(gone_out.error());
    trouble_ = may_pass(gone_out.error()) ? std::clamp(2 * trouble_, kFirstPause, kLongestPause) : kLongestPause;
  }
}

Result<void> TakeUpload::send_some(const File& file) {
  if (upload_->is_begun() && upload_is_flac_ != file.is_flac) upload_->restart();  // the bytes began anew
  if (!upload_->is_begun() && options_.begun && options_.begun->is_flac == file.is_flac) {
    TALKBACK_TRY(upload_->resume(options_.begun->upload_id, file.bytes));
    upload_is_flac_ = file.is_flac;
    options_.begun.reset();
  }
  if (!upload_->is_begun()) {
    TALKBACK_TRY(upload_->begin());
    upload_is_flac_ = file.is_flac;
    if (options_.on_begun) options_.on_begun({upload_->id(), upload_is_flac_});
  }
  return upload_->send(file.path, file.bytes, [&] {
    {
      const std::lock_guard lock(mutex_);
      state_.on_server = file.frames_within(upload_->offset_bytes());
      state_.is_waiting = false;
      state_.error.clear();
    }
    return !is_giving_way();
  });
}

Result<bool> TakeUpload::settle(const File& file, const TakeEncoder::Complete& complete) {
  const net::FileBlob blob{to_hex(complete.sha256), complete.size_bytes};
  // A short one of which nothing is on its way. Where that fails, the line is to be gone forward on by pieces.
  const bool is_begun = upload_->is_begun() || options_.begun.has_value();
  if (!is_begun && blob.size_bytes <= net::kUploadPieceBytes && !std::exchange(was_tried_whole_, true)) {
    TALKBACK_TRY(net::upload_whole(*api_, options_.project_id, complete.file, blob));
  } else {
    TALKBACK_TRY(send_some(file));
    if (upload_->offset_bytes() < complete.size_bytes) return false;
    TALKBACK_TRY(upload_->end(complete.file, blob, complete.head));
  }
  const std::lock_guard lock(mutex_);
  state_.on_server = file.frames_within(complete.size_bytes);
  return true;
}

}  // namespace talkback::project
