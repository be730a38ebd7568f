#include "engine/media/flac_stream.hpp"

#include <FLAC/stream_encoder.h>

#include <cmath>
#include <vector>

#include "engine/media/little_endian.hpp"
#include "engine/media/wave_head.hpp"

namespace talkback::media {
namespace {

constexpr float kFullScale = 8'388'608.0F;  // 2^23
constexpr int kBits = 24;
// The encoder's own default between size and speed.
constexpr unsigned kLevel = 5;

enum class Block : std::uint8_t { stream_info = 0, padding = 1, application = 2, comments = 4 };
constexpr std::size_t kBlockHeadBytes = 4;
constexpr std::uint8_t kLastBlock = 0x80;

void append_big_endian(std::string& bytes, std::uint64_t value, int bits) {
  for (int shift = bits - 8; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>((value >> shift) & 0xff));
}

void append_block(std::string& head, Block type, std::string_view content, std::uint8_t last = 0) {
  head.push_back(static_cast<char>(static_cast<std::uint8_t>(type) | last));
  append_big_endian(head, content.size(), 24);
  head += content;
}

// RFC 9639, section 8.2.
std::string stream_info_of(const FLAC__StreamMetadata_StreamInfo& info) {
  std::string content;
  append_big_endian(content, info.min_blocksize, 16);
  append_big_endian(content, info.max_blocksize, 16);
  append_big_endian(content, info.min_framesize, 24);
  append_big_endian(content, info.max_framesize, 24);
  append_big_endian(content,
                    std::uint64_t{info.sample_rate} << 44 | std::uint64_t{info.channels - 1} << 41 |
                        std::uint64_t{info.bits_per_sample - 1} << 36 | (info.total_samples & 0xfffffffffULL),
                    64);
  content.append(reinterpret_cast<const char*>(info.md5sum), sizeof info.md5sum);
  return content;
}

// Section 8.6: as in Vorbis, little-endian.
std::string comments_of(const TakeTags& tags) {
  std::string content;
  append_u32(content, static_cast<std::uint32_t>(tags.software.size()));
  content += tags.software;
  const auto comments = flac_comments(tags);
  append_u32(content, static_cast<std::uint32_t>(comments.size()));
  for (const auto& [name, value] : comments) {
    append_u32(content, static_cast<std::uint32_t>(name.size() + 1 + value.size()));
    content += name + "=" + value;
  }
  return content;
}

std::string head_of(const TakeTags& tags, const FLAC__StreamMetadata_StreamInfo& info, bool is_finished) {
  std::string head = "fLaC";
  append_block(head, Block::stream_info, stream_info_of(info));
  append_block(head, Block::comments, comments_of(tags));
  if (is_finished)
    for (const std::string& chunk :
         wave_chunks(tags, Frames{static_cast<std::int64_t>(info.total_samples)}, static_cast<int>(kBits)))
      append_block(head, Block::application, "riff" + chunk);
  TALKBACK_CHECK(head.size() + kBlockHeadBytes <= kFlacHeadBytes);
  append_block(head, Block::padding, std::string(kFlacHeadBytes - kBlockHeadBytes - head.size(), '\0'), kLastBlock);
  return head;
}

}  // namespace

bool is_24_bit(ConstAudioBlock block) noexcept {
  for (int c = 0; c < block.channel_count(); ++c)
    for (const float sample : block.channel(c)) {
      const float scaled = sample * kFullScale;
      // Not a number fails the first comparison.
      if (!(scaled >= -kFullScale && scaled < kFullScale) || scaled != std::nearbyint(scaled)) return false;
    }
  return true;
}

struct FlacStream::State {
  TakeTags tags;
  Sink sink;
  FLAC__StreamEncoder* encoder = nullptr;
  FLAC__StreamMetadata_StreamInfo info{};
  std::optional<Error> error;
  std::vector<FLAC__int32> integers;
  bool is_finished = false;

  ~State() {
    if (encoder != nullptr) FLAC__stream_encoder_delete(encoder);
  }

  static FLAC__StreamEncoderWriteStatus write(const FLAC__StreamEncoder*, const FLAC__byte* bytes, std::size_t count,
                                              std::uint32_t samples, std::uint32_t, void* user) {
    auto& self = *static_cast<State*>(user);
    // Its own metadata: ours has gone out.
    if (samples == 0) return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
    if (auto taken = self.sink({reinterpret_cast<const char*>(bytes), count}); !taken) {
      self.error = taken.error();
      return FLAC__STREAM_ENCODER_WRITE_STATUS_FATAL_ERROR;
    }
    return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
  }
  static void know(const FLAC__StreamEncoder*, const FLAC__StreamMetadata* metadata, void* user) {
    if (metadata->type == FLAC__METADATA_TYPE_STREAMINFO) static_cast<State*>(user)->info = metadata->data.stream_info;
  }

  Error failure() const {
    if (error) return *error;
    return Error{ErrorCode::unavailable, std::string("The sound cannot be compressed: ") +
                                             FLAC__stream_encoder_get_resolved_state_string(encoder)};
  }
};

FlacStream::FlacStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
FlacStream::~FlacStream() = default;
FlacStream::FlacStream(FlacStream&&) noexcept = default;
FlacStream& FlacStream::operator=(FlacStream&&) noexcept = default;

Result<FlacStream> FlacStream::create(const TakeTags& tags, Sink sink) {
  if (tags.channels < 1 || tags.channels > kFlacChannelsMax)
    return Error{ErrorCode::invalid, "FLAC holds 1 to 8 channels, not " + std::to_string(tags.channels)};
  auto state = std::make_unique<State>();
  state->tags = tags;
  state->sink = std::move(sink);
  state->encoder = FLAC__stream_encoder_new();
  if (state->encoder == nullptr) return Error{ErrorCode::exhausted, "There is no memory for the FLAC encoder."};
  FLAC__StreamEncoder* const encoder = state->encoder;
  FLAC__stream_encoder_set_channels(encoder, static_cast<std::uint32_t>(tags.channels));
  FLAC__stream_encoder_set_bits_per_sample(encoder, kBits);
  FLAC__stream_encoder_set_sample_rate(encoder, static_cast<std::uint32_t>(tags.rate.hz));
  FLAC__stream_encoder_set_streamable_subset(encoder, false);  // any rate
  FLAC__stream_encoder_set_compression_level(encoder, kLevel);
  if (FLAC__stream_encoder_init_stream(encoder, &State::write, nullptr, nullptr, &State::know, state.get()) !=
      FLAC__STREAM_ENCODER_INIT_STATUS_OK)
    return Error{ErrorCode::invalid, "FLAC does not hold " + std::to_string(tags.channels) + " channels at " +
                                         std::to_string(tags.rate.hz) + " Hz."};
  const std::uint32_t block = FLAC__stream_encoder_get_blocksize(encoder);
  state->info = {.min_blocksize = block,
                 .max_blocksize = block,
                 .min_framesize = 0,
                 .max_framesize = 0,
                 .sample_rate = static_cast<std::uint32_t>(tags.rate.hz),
                 .channels = static_cast<std::uint32_t>(tags.channels),
                 .bits_per_sample = kBits,
                 .total_samples = 0,
                 .md5sum = {}};
  TALKBACK_TRY(state->sink(head_of(tags, state->info, false)));
  return FlacStream(std::move(state));
}

Result<void> FlacStream::write(ConstAudioBlock block) {
  State& state = *state_;
  const auto channels = static_cast<std::size_t>(state.tags.channels);
  const auto frames = static_cast<std::size_t>(block.frame_count());
  state.integers.resize(frames * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const std::span<const float> samples = block.channel(static_cast<int>(c));
    for (std::size_t n = 0; n < frames; ++n)
      state.integers[n * channels + c] = static_cast<FLAC__int32>(samples[n] * kFullScale);
  }
  if (!FLAC__stream_encoder_process_interleaved(state.encoder, state.integers.data(),
                                                static_cast<std::uint32_t>(frames)))
    return state.failure();
  return {};
}

Result<void> FlacStream::finish() {
  if (!FLAC__stream_encoder_finish(state_->encoder)) return state_->failure();
  state_->is_finished = true;
  return {};
}

std::string FlacStream::head(const TakeTags& tags) const {
  TALKBACK_CHECK(state_->is_finished);
  return head_of(tags, state_->info, true);
}

}  // namespace talkback::media
