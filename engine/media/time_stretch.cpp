#include "engine/media/time_stretch.hpp"

#include <fmt/format.h>
#include <rubberband/RubberBandStretcher.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/base/check.hpp"

namespace talkback::media {

namespace {

using RubberBand::RubberBandStretcher;

constexpr int kBlockFrames = 4096;

// Reads a source from its first frame to its last, as the library takes it.
class Pass {
 public:
  explicit Pass(SourceReader& source) : source_(source), buffer_(source.channels(), kBlockFrames) {
    for (int c = 0; c < source.channels(); ++c) channels_.push_back(buffer_.block().channel(c).data());
  }

  struct Piece {
    const float* const* channels = nullptr;
    std::size_t frames = 0;
    bool is_last = false;
  };

  std::int64_t read() const noexcept { return position_; }
  bool is_done() const noexcept { return position_ >= source_.length().count; }

  Result<Piece> next() {
    const auto frames = static_cast<int>(std::min<std::int64_t>(kBlockFrames, source_.length().count - position_));
    TALKBACK_TRY(source_.read(FramePosition{position_}, buffer_.block().slice(0, frames)));
    position_ += frames;
    return Piece{channels_.data(), static_cast<std::size_t>(frames), is_done()};
  }

 private:
  SourceReader& source_;
  AudioBuffer buffer_;
  std::vector<float*> channels_;
  std::int64_t position_ = 0;
};

// Hands on what the library has ready, exactly as many frames as were promised.
class Outlet {
 public:
  Outlet(RubberBandStretcher& stretcher, int channels, Frames length, const StretchSink& sink)
      : stretcher_(stretcher),
        channel_count_(channels),
        left_(length.count),
        sink_(sink),
        buffer_(channels, kBlockFrames) {
    for (int c = 0; c < channels; ++c) channels_.push_back(buffer_.block().channel(c).data());
  }

  Result<void> drain() {
    for (;;) {
      const int ready = stretcher_.available();
      if (ready <= 0) return {};
      const std::size_t got =
          stretcher_.retrieve(channels_.data(), static_cast<std::size_t>(std::min(ready, kBlockFrames)));
      if (got == 0) return {};
      TALKBACK_TRY(hand_on(static_cast<std::int64_t>(got)));
    }
  }

  // The library's length may be a frame off where the ratio is no whole number of frames.
  Result<void> finish() {
    clear(buffer_.block());
    while (left_ > 0) TALKBACK_TRY(hand_on(kBlockFrames));
    return {};
  }

 private:
  Result<void> hand_on(std::int64_t frames) {
    frames = std::min(frames, left_);
    left_ -= frames;
    interleaved_.resize(static_cast<std::size_t>(frames * channel_count_));
    const auto stride = static_cast<std::size_t>(channel_count_);
    for (std::size_t c = 0; c < stride; ++c) {
      for (std::size_t n = 0; n < static_cast<std::size_t>(frames); ++n) interleaved_[n * stride + c] = channels_[c][n];
    }
    return sink_(interleaved_);
  }

  RubberBandStretcher& stretcher_;
  int channel_count_;
  std::int64_t left_;
  const StretchSink& sink_;
  AudioBuffer buffer_;
  std::vector<float*> channels_;
  std::vector<float> interleaved_;
};

}  // namespace

bool TimeStretch::changes_nothing() const noexcept { return *this == TimeStretch{}; }

std::string TimeStretch::key() const {
  return fmt::format("x{}-t{}-rubberband{}", time_ratio, transpose_st, RUBBERBAND_VERSION);
}

Frames TimeStretch::length_of(Frames source) const noexcept {
  return Frames{std::llround(static_cast<double>(source.count) * time_ratio)};
}

Result<std::int64_t> stretch_sound(SourceReader& source, const TimeStretch& stretch, SampleRate rate,
                                   const StretchSink& sink, const StretchWatch& watch) {
  if (!(stretch.time_ratio >= kTimeRatioMin && stretch.time_ratio <= kTimeRatioMax))
    return Error{ErrorCode::invalid, fmt::format("Sound cannot be stretched by {}: from {} to {}.", stretch.time_ratio,
                                                 kTimeRatioMin, kTimeRatioMax)};
  if (!(std::abs(stretch.transpose_st) <= kTransposeMaxSt))
    return Error{ErrorCode::invalid, fmt::format("Sound cannot be transposed by {} semitones: {} either way at most.",
                                                 stretch.transpose_st, kTransposeMaxSt)};
  const int channels = source.channels();
  const Frames length = stretch.length_of(source.length());
  // Channels together keep the stereo picture; threads of the library's own would only take the renderer's.
  RubberBandStretcher stretcher(static_cast<std::size_t>(rate.hz), static_cast<std::size_t>(channels),
                                RubberBandStretcher::OptionProcessOffline | RubberBandStretcher::OptionEngineFiner |
                                    RubberBandStretcher::OptionThreadingNever |
                                    RubberBandStretcher::OptionChannelsTogether,
                                stretch.time_ratio, std::exp2(stretch.transpose_st / 12.0));
  stretcher.setDebugLevel(0);
  stretcher.setExpectedInputDuration(static_cast<std::size_t>(source.length().count));
  stretcher.setMaxProcessSize(kBlockFrames);
  // Both passes take about as long.
  const auto goes_on = [&](std::int64_t read) {
    return !watch || watch(static_cast<double>(read) / (2.0 * static_cast<double>(source.length().count)));
  };
  const Error stopped{ErrorCode::unavailable, "The stretching of a sound was stopped."};
  for (Pass pass(source); !pass.is_done();) {
    TALKBACK_ASSIGN(const Pass::Piece piece, pass.next());
    stretcher.study(piece.channels, piece.frames, piece.is_last);
    if (!goes_on(pass.read())) return stopped;
  }
  const std::int64_t not_finite = source.not_finite();
  Outlet outlet(stretcher, channels, length, sink);
  for (Pass pass(source); !pass.is_done();) {
    TALKBACK_ASSIGN(const Pass::Piece piece, pass.next());
    stretcher.process(piece.channels, piece.frames, piece.is_last);
    TALKBACK_TRY(outlet.drain());
    if (!goes_on(source.length().count + pass.read())) return stopped;
  }
  TALKBACK_TRY(outlet.drain());
  TALKBACK_TRY(outlet.finish());
  return not_finite;
}

}  // namespace talkback::media
