// The grid on which parameters move, and linear glides along it.
//
// Parameters are read only at song frames that are multiples of kControlFrames, and what they steer
// glides linearly to the next grid line. As the grid hangs on the song and not on the blocks, any
// block size gives the same samples.
#pragma once

#include <cstdint>

#include "engine/base/position.hpp"
#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

// 0.67 ms at 48 kHz: shorter than a fader step can be heard, long enough to keep the inner loops tight.
inline constexpr int kControlFrames = 32;

// The grid line at or before the position; right for positions before the start as well.
constexpr std::int64_t grid_line_before(FramePosition position) noexcept {
  const std::int64_t remainder = position.count % kControlFrames;
  return position.count - (remainder < 0 ? remainder + kControlFrames : remainder);
}

// A value that reaches its target kControlFrames steps after it was set, exactly.
template <class Value>
class Glide {
 public:
  Glide() = default;
  explicit Glide(Value value) noexcept : value_(value), target_(value) {}

  void jump(Value value) noexcept {
    value_ = target_ = value;
    remaining_ = 0;
  }
  // Starts a glide from where the value is. Nothing happens when it is there already.
  void set(Value target) noexcept {
    if (target == target_) return;
    target_ = target;
    step_ = (target - value_) / static_cast<Value>(kControlFrames);
    remaining_ = kControlFrames;
  }
  bool is_moving() const noexcept { return remaining_ > 0; }
  Value value() const noexcept { return value_; }
  Value target() const noexcept { return target_; }
  Value next() noexcept {
    if (remaining_ > 0) value_ = --remaining_ == 0 ? target_ : value_ + step_;
    return value_;
  }
  void archive(StateArchive& state) { state(value_, target_, step_, remaining_); }

 private:
  Value value_{};
  Value target_{};
  Value step_{};
  int remaining_ = 0;
};

}  // namespace talkback::dsp
