// The mean and the minimum of the newest values.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

// Mean of the newest `length` values, exact: values are whole numbers.
class MovingAverage {
 public:
  // Allocates, unless the length is that of before.
  void prepare(int length, std::int64_t value);
  // The sum over the window, this value included.
  std::int64_t next(std::int64_t value) noexcept {
    sum_ += value - values_[position_];
    values_[position_] = value;
    position_ = position_ + 1 == values_.size() ? 0 : position_ + 1;
    return sum_;
  }
  void archive(StateArchive& state);

 private:
  std::vector<std::int64_t> values_;
  std::size_t position_ = 0;
  std::int64_t sum_ = 0;
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
