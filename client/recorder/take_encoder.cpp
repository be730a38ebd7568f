#include "client/recorder/take_encoder.hpp"

#include <algorithm>

#include "engine/base/blob_folder.hpp"
#include "engine/media/wave_head.hpp"

namespace talkback::recorder {
namespace {

constexpr int kReadFrames = 16'384;
constexpr int kReadsAtOnce = 32;

std::int64_t float_bytes(Frames frames, int channels) {
  return static_cast<std::int64_t>(media::kWaveHeadBytes) +
         frames.count * channels * static_cast<std::int64_t>(sizeof(float));
}

}  // namespace

TakeEncoder::TakeEncoder(std::filesystem::path capture, std::filesystem::path flac, media::TakeTags tags,
                         CaptureReader reader)
    : capture_(std::move(capture)),
      flac_file_(std::move(flac)),
      tags_(std::move(tags)),
      reader_(std::move(reader)),
      buffer_(tags_.channels, kReadFrames) {}

TakeEncoder::TakeEncoder(TakeEncoder&&) noexcept = default;
TakeEncoder::~TakeEncoder() = default;

Result<TakeEncoder> TakeEncoder::create(std::filesystem::path capture, std::filesystem::path flac,
                                        media::TakeTags tags) {
  TALKBACK_ASSIGN(CaptureReader reader, CaptureReader::open(capture, tags.channels));
  TakeEncoder encoder(std::move(capture), std::move(flac), std::move(tags), std::move(reader));
  if (encoder.tags_.channels <= media::kFlacChannelsMax)
    TALKBACK_TRY(encoder.begin_flac());
  else
    encoder.become_float();
  return encoder;
}

Result<void> TakeEncoder::begin_flac() {
  out_ = std::make_unique<std::ofstream>(flac_file_, std::ios::binary | std::ios::trunc);
  if (!*out_) return file_error(errno, "write " + flac_file_.string());
  // The object may be moved; what is written goes by this address.
  auto stream = media::FlacStream::create(tags_, [out = out_.get()](std::string_view bytes) -> Result<void> {
    out->write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!*out) return Error{ErrorCode::exhausted, "cannot write the take; is the disk full?"};
    return {};
  });
  // A rate that FLAC does not know.
  if (!stream) {
    become_float();
    return {};
  }
  flac_ = std::make_unique<media::FlacStream>(*std::move(stream));
  bytes_ = out_->tellp();
  return {};
}

void TakeEncoder::become_float() {
  flac_.reset();
  out_.reset();
  std::error_code ignored;
  std::filesystem::remove(flac_file_, ignored);
  bytes_ = float_bytes(encoded_, tags_.channels);
  reaches_.clear();
}

Result<bool> TakeEncoder::advance() {
  for (int i = 0; i < kReadsAtOnce; ++i) {
    TALKBACK_ASSIGN(const int frames, reader_.read(FramePosition{encoded_.count}, buffer_.block()));
    if (frames > 0) {
      const ConstAudioBlock block(buffer_.block().slice(0, frames));
      if (flac_ && !media::is_24_bit(block)) become_float();
      if (flac_) TALKBACK_TRY(flac_->write(block));
      encoded_ += Frames{frames};
    }
    if (frames < kReadFrames) {
      note_reach();
      return false;
    }
  }
  note_reach();
  return true;
}

void TakeEncoder::note_reach() {
  if (!flac_) {
    bytes_ = float_bytes(encoded_, tags_.channels);
    return;
  }
  out_->flush();
  bytes_ = out_->tellp();
  if (reaches_.empty() || reaches_.back().bytes < bytes_) reaches_.push_back({bytes_, encoded_});
}

Frames TakeEncoder::frames_within(std::int64_t bytes) const {
  if (!flac_) {
    const std::int64_t sound = bytes - static_cast<std::int64_t>(media::kWaveHeadBytes);
    return Frames{std::max<std::int64_t>(sound, 0) / (tags_.channels * static_cast<std::int64_t>(sizeof(float)))};
  }
  const auto beyond = std::ranges::upper_bound(reaches_, bytes, {}, &Reach::bytes);
  return beyond == reaches_.begin() ? Frames{0} : std::prev(beyond)->frames;
}

Result<TakeEncoder::Complete> TakeEncoder::complete(const media::TakeTags& tags, Frames length) {
  if (encoded_ != length)
    return Error{ErrorCode::corrupt, "the take has " + std::to_string(encoded_.count) +
                                         " frames on the disk instead of " + std::to_string(length.count)};
  Complete complete;
  complete.is_flac = is_flac();
  if (flac_) {
    TALKBACK_TRY(flac_->finish());
    complete.head = flac_->head(tags);
    out_->seekp(0);
    out_->write(complete.head.data(), static_cast<std::streamsize>(complete.head.size()));
    out_->close();
    if (!*out_) return Error{ErrorCode::exhausted, "cannot write the take; is the disk full?"};
    TALKBACK_TRY(sync_file(flac_file_));
  } else {
    complete.head = media::wave_head(tags, length);
    TALKBACK_TRY(complete_capture(capture_, tags, length));
  }
  complete.file = file();
  std::error_code failed;
  complete.size_bytes = static_cast<std::int64_t>(std::filesystem::file_size(complete.file, failed));
  bytes_ = complete.size_bytes;
  TALKBACK_ASSIGN(complete.sha256, sha256_of_file(complete.file));
  return complete;
}

}  // namespace talkback::recorder
