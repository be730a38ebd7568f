#include "engine/dsp/sliding_window.hpp"

#include <algorithm>

namespace talkback::dsp {

void MovingAverage::prepare(int length, std::int64_t value) {
  values_.assign(static_cast<std::size_t>(length), value);
  position_ = 0;
  sum_ = value * length;
}

void MovingAverage::archive(StateArchive& state) {
  // From the oldest on.
  std::ranges::rotate(values_, values_.begin() + static_cast<std::ptrdiff_t>(position_));
  position_ = 0;
  state(values_, sum_);
}

void SlidingMinimum::prepare(int length) {
  length_ = length;
  ring_.assign(static_cast<std::size_t>(length) + 1, {});
  reset();
}

void SlidingMinimum::reset() noexcept { first_ = count_ = 0; }

void SlidingMinimum::archive(StateArchive& state) {
  std::ranges::rotate(ring_, ring_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  state(count_);
  count_ = std::min(count_, ring_.size());
  for (std::size_t i = 0; i < count_; ++i) {
    // Ages, so that it does not matter how long the song has been.
    std::int64_t age = index_ - ring_[i].index;
    state(ring_[i].value, age);
    ring_[i].index = index_ - age;
  }
}

}  // namespace talkback::dsp
