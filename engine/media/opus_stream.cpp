#include "engine/media/opus_stream.hpp"

#include <opusenc.h>

#include <algorithm>
#include <string>
#include <vector>

namespace talkback::media {
namespace {

constexpr int kRateMin = 8'000;
constexpr int kRateMax = 192'000;
// What is held to be transparent for most music (RFC 7587, section 3.1.1, and listening tests named there): stereo at
// 128 kbit/s, which shares between its channels; one channel alone a little more than half.
constexpr int kStereoBits = 128'000;
constexpr int kMonoBits = 80'000;
// RFC 7845, section 5.1.1: one or two channels, or channels without a meaning as a whole.
constexpr int kFamilyStereo = 0;
constexpr int kFamilyDiscrete = 255;
// At 48 kHz: a page holds half a second at most, so that what was sung is on its way soon.
constexpr int kPageDelay = 24'000;
// The library may look ahead by this much before it decides on a packet; its default is two seconds.
constexpr int kDecisionDelay = 0;

struct FreeComments {
  void operator()(OggOpusComments* comments) const noexcept { ::ope_comments_destroy(comments); }
};
struct FreeEncoder {
  void operator()(OggOpusEnc* encoder) const noexcept { ::ope_encoder_destroy(encoder); }
};

Error opus_error(int code) {
  return Error{ErrorCode::invalid, std::string("the Opus encoder says: ") + ::ope_strerror(code)};
}

}  // namespace

struct OpusStream::State {
  Sink sink;
  int channels = 0;
  std::unique_ptr<OggOpusComments, FreeComments> comments;
  std::unique_ptr<OggOpusEnc, FreeEncoder> encoder;
  std::vector<float> interleaved;

  // The pages that are whole; all of them after the end.
  Result<void> pass_on(bool all) {
    unsigned char* page = nullptr;
    opus_int32 bytes = 0;
    while (::ope_encoder_get_page(encoder.get(), &page, &bytes, all ? 1 : 0) != 0)
      TALKBACK_TRY(sink({reinterpret_cast<const char*>(page), static_cast<std::size_t>(bytes)}));
    return {};
  }
};

OpusStream::OpusStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
OpusStream::~OpusStream() = default;
OpusStream::OpusStream(OpusStream&&) noexcept = default;
OpusStream& OpusStream::operator=(OpusStream&&) noexcept = default;

Result<OpusStream> OpusStream::create(int channels, SampleRate rate, Sink sink) {
  if (channels < 1 || channels > kChannelsMax || rate.hz < kRateMin || rate.hz > kRateMax)
    return Error{ErrorCode::invalid, "Opus takes 1 to " + std::to_string(kChannelsMax) +
                                         " channels at 8 to 192 kHz, not " + std::to_string(channels) + " at " +
                                         std::to_string(rate.hz) + " Hz"};
  auto state = std::make_unique<State>();
  state->sink = std::move(sink);
  state->channels = channels;
  state->comments.reset(::ope_comments_create());
  int failed = OPE_OK;
  state->encoder.reset(::ope_encoder_create_pull(state->comments.get(), rate.hz, channels,
                                                 channels <= 2 ? kFamilyStereo : kFamilyDiscrete, &failed));
  if (!state->encoder) return opus_error(failed);
  const int bits = channels == 2 ? kStereoBits : channels * kMonoBits;
  for (const int code : {::ope_encoder_ctl(state->encoder.get(), OPUS_SET_BITRATE(bits)),
                         ::ope_encoder_ctl(state->encoder.get(), OPUS_SET_SIGNAL(OPUS_SIGNAL_MUSIC)),
                         ::ope_encoder_ctl(state->encoder.get(), OPE_SET_DECISION_DELAY(kDecisionDelay)),
                         ::ope_encoder_ctl(state->encoder.get(), OPE_SET_MUXING_DELAY(kPageDelay))})
    if (code != OPE_OK) return opus_error(code);
  return OpusStream(std::move(state));
}

Result<void> OpusStream::write(ConstAudioBlock block) {
  TALKBACK_CHECK(block.channel_count() == state_->channels);
  const auto channels = static_cast<std::size_t>(state_->channels);
  const auto frames = static_cast<std::size_t>(block.frame_count());
  state_->interleaved.resize(channels * frames);
  for (std::size_t c = 0; c < channels; ++c) {
    const auto samples = block.channel(static_cast<int>(c));
    for (std::size_t f = 0; f < frames; ++f)
      state_->interleaved[f * channels + c] = std::clamp(samples[f], -1.0F, 1.0F);
  }
  const int code =
      ::ope_encoder_write_float(state_->encoder.get(), state_->interleaved.data(), static_cast<int>(frames));
  if (code != OPE_OK) return opus_error(code);
  return state_->pass_on(false);
}

Result<void> OpusStream::finish() {
  if (const int code = ::ope_encoder_drain(state_->encoder.get()); code != OPE_OK) return opus_error(code);
  return state_->pass_on(true);
}

}  // namespace talkback::media
