#include "engine/dsp/sliding_window.hpp"

#include <algorithm>
#include <array>

#include "engine/base/check.hpp"
#include "engine/dsp/peak_kernels.hpp"

namespace talkback::dsp {

namespace {

// Values that come before the newest move to the front again.
constexpr std::size_t kRoom = 8 * BlockMinimum::kBlock;
static_assert(kRoom >= MovingSum::kBlockMax);

// Where the newest `count`, which end before `end`, end now.
template <class Value>
std::size_t move_to_front(std::vector<Value>& values, std::size_t end, std::size_t count) noexcept {
  const auto newest = values.begin() + static_cast<std::ptrdiff_t>(end - count);
  std::copy_n(newest, count, values.begin());
  return count;
}

}  // namespace

void MovingSum::prepare(int length, std::int64_t value) {
  length_ = end_ = static_cast<std::size_t>(length);
  values_.assign(length_ + kRoom, value);
  sum_ = value * length;
}

void MovingSum::process(std::span<std::int64_t> block) noexcept {
  if (end_ + block.size() > values_.size()) end_ = move_to_front(values_, end_, length_);
  std::int64_t* newest = values_.data() + end_;
  const std::int64_t* oldest = newest - length_;
  std::int64_t sum = sum_;
  for (std::size_t n = 0; n < block.size(); ++n) {
    newest[n] = block[n];
    sum += block[n] - oldest[n];
    block[n] = sum;
  }
  sum_ = sum;
  end_ += block.size();
}

void MovingSum::archive(StateArchive& state) {
  if (state.is_loading()) end_ = length_;
  state.raw(values_.data() + (end_ - length_), length_ * sizeof(std::int64_t));
  state(sum_);
}

void BlockMinimum::prepare(int length) {
  length_ = end_ = static_cast<std::size_t>(length);
  TALKBACK_CHECK(length_ > kBlock);
  values_.resize(length_ + kRoom);
}

void BlockMinimum::reset(float value) noexcept {
  std::ranges::fill(values_, value);
  end_ = length_;
}

void BlockMinimum::process(std::span<float, kBlock> block) noexcept {
  if (end_ + kBlock > values_.size()) end_ = move_to_front(values_, end_, length_);
  float* newest = values_.data() + end_;
  std::ranges::copy(block, newest);
  // The first window begins after it.
  const float* oldest = newest - length_;
  const auto count = static_cast<int>(length_ - kBlock);
  const float common = least_of(oldest + kBlock, count);
  // Mostly the part that all windows have in common decides.
  if (least_of(oldest, kBlock) >= common && least_of(newest, kBlock) >= common) {
    std::ranges::fill(block, common);
  } else {
    std::array<float, kBlock> old_part;
    float before = common;
    for (std::size_t n = kBlock; n-- > 0;) {
      old_part[n] = before;
      before = std::min(before, oldest[n]);
    }
    float here = block[0];
    for (std::size_t n = 0; n < kBlock; ++n) {
      here = std::min(here, block[n]);
      block[n] = std::min(here, old_part[n]);
    }
  }
  end_ += kBlock;
}

void BlockMinimum::archive(StateArchive& state) {
  if (state.is_settling()) return;
  float* values = values_.data() + (end_ - length_);
  if (state.is_loading()) {
    end_ = length_;
    values = values_.data();
    std::size_t count = 0;
    state(count);
    std::size_t filled = 0;
    for (std::size_t i = 0; i < std::min(count, length_); ++i) {
      float value = 1.0F;
      std::int64_t age = 0;
      state(value, age);
      // What came before was no less, or it would stand there.
      const auto oldest = static_cast<std::int64_t>(length_);
      const auto end = static_cast<std::size_t>(oldest + 1 - std::clamp<std::int64_t>(age, 1, oldest));
      for (; filled < end; ++filled) values[filled] = value;
    }
    return;
  }
  std::vector<std::size_t> kept;
  for (std::size_t i = length_; i-- > 0;) {
    if (kept.empty() || values[i] < values[kept.back()]) kept.push_back(i);
  }
  std::size_t count = kept.size();
  state(count);
  for (std::size_t k = count; k-- > 0;) {
    auto age = static_cast<std::int64_t>(length_ - kept[k]);
    state(values[kept[k]], age);
  }
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
