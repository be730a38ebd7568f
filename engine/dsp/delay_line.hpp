// A ring of samples that gives back what went in `delay` frames ago, for one channel.
//
// Writes and reads go in blocks. A block that is read may be no longer than its delay plus the block
// just written; the caller writes first, then reads.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/check.hpp"
#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

template <class Sample>
class BasicDelayLine {
 public:
  // Holds delays up to delay_frames_max for blocks up to block_frames_max. Allocates; silent.
  void prepare(std::int64_t delay_frames_max, int block_frames_max) {
    TALKBACK_CHECK(delay_frames_max >= 0 && block_frames_max >= 0);
    const auto size = std::bit_ceil(static_cast<std::uint64_t>(delay_frames_max + block_frames_max + 1));
    samples_.assign(size, Sample{});
    mask_ = size - 1;
    written_ = 0;
  }

  void reset() noexcept { std::ranges::fill(samples_, Sample{}); }

  // Appends. [audio-thread]
  void write(std::span<const Sample> block) noexcept {
    const std::uint64_t start = written_ & mask_;
    const std::uint64_t first = std::min<std::uint64_t>(block.size(), samples_.size() - start);
    std::copy_n(block.data(), first, samples_.data() + start);
    std::copy_n(block.data() + first, block.size() - first, samples_.data());
    written_ += block.size();
  }

  // Fills `block` so that its last sample is the one written `delay` frames before the newest. [audio-thread]
  void read(std::int64_t delay, std::span<Sample> block) const noexcept {
    const std::uint64_t start = (written_ - block.size() - static_cast<std::uint64_t>(delay)) & mask_;
    const std::uint64_t first = std::min<std::uint64_t>(block.size(), samples_.size() - start);
    std::copy_n(samples_.data() + start, first, block.data());
    std::copy_n(samples_.data(), block.size() - first, block.data() + first);
  }

  // The same `count` samples where they lie, for as long as nothing is written; nullptr where they are not in one
  // piece. [audio-thread]
  const Sample* find(std::int64_t delay, std::size_t count) const noexcept {
    const std::uint64_t start = (written_ - count - static_cast<std::uint64_t>(delay)) & mask_;
    return samples_.size() - start >= count ? samples_.data() + start : nullptr;
  }

  // Where the next `count` samples are to be put, who then calls wrote(); nullptr as in find(). [audio-thread]
  Sample* place(std::size_t count) noexcept {
    const std::uint64_t start = written_ & mask_;
    return samples_.size() - start >= count ? samples_.data() + start : nullptr;
  }
  void wrote(std::size_t count) noexcept { written_ += count; }

  // The sample written `delay` frames before the newest (0 is the newest). [audio-thread]
  Sample at(std::int64_t delay) const noexcept {
    return samples_[(written_ - 1 - static_cast<std::uint64_t>(delay)) & mask_];
  }

  void push(Sample sample) noexcept {
    samples_[written_ & mask_] = sample;
    ++written_;
  }

  // The newest `frames` samples, which must hold every delay that will be read. At most as many as were prepared for.
  void archive(StateArchive& state, std::int64_t frames) {
    TALKBACK_CHECK(frames >= 0 && static_cast<std::uint64_t>(frames) < samples_.size());
    if (state.is_loading()) {
      reset();
      written_ = static_cast<std::uint64_t>(frames);
    }
    const auto [first, rest] = newest(frames);
    state.raw(first.data(), first.size_bytes());
    if (!rest.empty()) state.raw(rest.data(), rest.size_bytes());
  }

  // Rounds the newest `frames` samples to as many significant bits (StateArchive::rounded).
  void settle(std::int64_t frames, int bits) noexcept {
    for (const std::span<Sample> part : newest(frames)) {
      for (Sample& sample : part) sample = StateArchive::rounded(sample, bits);
    }
  }

 private:
  std::array<std::span<Sample>, 2> newest(std::int64_t frames) noexcept {
    const auto count = static_cast<std::uint64_t>(frames);
    const std::uint64_t start = (written_ - count) & mask_;
    const std::uint64_t first = std::min<std::uint64_t>(count, samples_.size() - start);
    return {std::span(samples_).subspan(start, first), std::span(samples_).first(count - first)};
  }

  std::vector<Sample> samples_ = {Sample{}};
  std::uint64_t mask_ = 0;
  std::uint64_t written_ = 0;
};

using DelayLine = BasicDelayLine<float>;

}  // namespace talkback::dsp
