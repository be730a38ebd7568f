// The sum and the minimum of the newest values.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

// Sums of the newest `length` values, exact: values are whole numbers. In blocks of at most kBlockMax.
class MovingSum {
 public:
  static constexpr std::size_t kBlockMax = 32;

  // As if `value` had come for ever. Allocates, unless the length is that of before.
  void prepare(int length, std::int64_t value);
  // In place: each value becomes the sum over the window that ends with it. [audio-thread]
  void process(std::span<std::int64_t> block) noexcept;
  void archive(StateArchive& state);

 private:
  // Room behind the newest `length_` values, which end before end_.
  std::vector<std::int64_t> values_;
  std::size_t length_ = 0;
  std::size_t end_ = 0;
  std::int64_t sum_ = 0;
};

// Minimum of the newest `length` values, in blocks of kBlock, less than the length: what the windows of a
// block have in common is looked at once (M. van Herk 1992, J. Gil and M. Werman 1993).
class BlockMinimum {
 public:
  static constexpr std::size_t kBlock = 32;

  // Allocates, unless the length is that of before.
  void prepare(int length);
  // As if only `value` had come.
  void reset(float value) noexcept;
  // In place: each value becomes the minimum of the window that ends with it. [audio-thread]
  void process(std::span<float, kBlock> block) noexcept;
  // Only what can still be a minimum, with its age.
  void archive(StateArchive& state);

 private:
  // Room behind the newest `length_` values, which end before end_.
  std::vector<float> values_;
  std::size_t length_ = 0;
  std::size_t end_ = 0;
};

// Minimum of the newest `length` values, in constant time on average (D. Lemire 2006, "Streaming Maximum-Minimum
// Filter Using No More than Three Comparisons per Element").
class SlidingMinimum {
 public:
  void prepare(int length);
  void reset() noexcept;
  float next(float value) noexcept {
    if (count_ > 0 && ring_[first_].index <= index_ - length_) {
      first_ = wrap(first_ + 1);
      --count_;
    }
    while (count_ > 0 && ring_[wrap(first_ + count_ - 1)].value >= value) --count_;
    ring_[wrap(first_ + count_)] = {value, index_++};
    ++count_;
    return ring_[first_].value;
  }
  void archive(StateArchive& state);

 private:
  struct Entry {
    float value;
    std::int64_t index;
  };
  std::size_t wrap(std::size_t i) const noexcept { return i >= ring_.size() ? i - ring_.size() : i; }

  std::vector<Entry> ring_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::int64_t index_ = 0;
  int length_ = 1;
};

}  // namespace talkback::dsp
