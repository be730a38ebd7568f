// Audio as views and as owner: planar float, [channel][frame], full scale ±1.0.
//
// AudioBlock and ConstAudioBlock borrow (cheap to copy, never own); AudioBuffer owns. A view is valid
// as long as the buffer it came from is neither destroyed nor resized.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "engine/base/check.hpp"

namespace talkback {

inline constexpr int kChannelsMax = 16;

template <class Sample>
class BasicAudioBlock {
 public:
  BasicAudioBlock() = default;

  // channels: one pointer a channel, each to at least `frames` samples.
  BasicAudioBlock(std::span<Sample* const> channels, int frames) noexcept
      : channel_count_(static_cast<int>(channels.size())), frame_count_(frames) {
    TALKBACK_CHECK(channels.size() <= kChannelsMax && frames >= 0);
    std::copy(channels.begin(), channels.end(), channels_.begin());
  }

  // A mutable block is usable wherever a constant one is wanted.
  operator BasicAudioBlock<const Sample>() const noexcept {
    std::array<const Sample*, kChannelsMax> pointers{};
    std::copy(channels_.begin(), channels_.end(), pointers.begin());
    return {std::span<const Sample* const>(pointers.data(), static_cast<std::size_t>(channel_count_)), frame_count_};
  }

  int channel_count() const noexcept { return channel_count_; }
  int frame_count() const noexcept { return frame_count_; }
  bool empty() const noexcept { return channel_count_ == 0 || frame_count_ == 0; }

  std::span<Sample> channel(int index) const noexcept {
    return {channels_[static_cast<std::size_t>(index)], static_cast<std::size_t>(frame_count_)};
  }

  // The `frames` frames from `first` on; both must lie inside.
  BasicAudioBlock slice(int first, int frames) const noexcept {
    TALKBACK_CHECK(first >= 0 && frames >= 0 && first + frames <= frame_count_);
    BasicAudioBlock result = *this;
    for (int c = 0; c < channel_count_; ++c) result.channels_[static_cast<std::size_t>(c)] += first;
    result.frame_count_ = frames;
    return result;
  }

 private:
  std::array<Sample*, kChannelsMax> channels_{};
  int channel_count_ = 0;
  int frame_count_ = 0;
};

using AudioBlock = BasicAudioBlock<float>;
using ConstAudioBlock = BasicAudioBlock<const float>;

class AudioBuffer {
 public:
  AudioBuffer() = default;
  AudioBuffer(int channels, int frames) { resize(channels, frames); }

  // Zeroes. Allocates, and invalidates every view.
  void resize(int channels, int frames) {
    TALKBACK_CHECK(channels >= 0 && channels <= kChannelsMax && frames >= 0);
    channel_count_ = channels;
    frame_count_ = frames;
    samples_.assign(static_cast<std::size_t>(channels) * static_cast<std::size_t>(frames), 0.0F);
  }

  int channel_count() const noexcept { return channel_count_; }
  int frame_count() const noexcept { return frame_count_; }

  AudioBlock block() noexcept {
    std::array<float*, kChannelsMax> pointers{};
    for (int c = 0; c < channel_count_; ++c) pointers[static_cast<std::size_t>(c)] = samples_.data() + offset(c);
    return {std::span<float* const>(pointers.data(), static_cast<std::size_t>(channel_count_)), frame_count_};
  }
  ConstAudioBlock block() const noexcept {
    std::array<const float*, kChannelsMax> pointers{};
    for (int c = 0; c < channel_count_; ++c) pointers[static_cast<std::size_t>(c)] = samples_.data() + offset(c);
    return {std::span<const float* const>(pointers.data(), static_cast<std::size_t>(channel_count_)), frame_count_};
  }

 private:
  std::size_t offset(int channel) const noexcept {
    return static_cast<std::size_t>(channel) * static_cast<std::size_t>(frame_count_);
  }

  std::vector<float> samples_;
  int channel_count_ = 0;
  int frame_count_ = 0;
};

// Sets every sample to zero. [any-thread]
inline void clear(AudioBlock block) noexcept {
  for (int c = 0; c < block.channel_count(); ++c) std::ranges::fill(block.channel(c), 0.0F);
}

}  // namespace talkback
