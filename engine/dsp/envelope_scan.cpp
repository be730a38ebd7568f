#include "engine/dsp/envelope_scan.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "engine/dsp/vectorise.hpp"

namespace talkback::dsp {

namespace {

using Lanes = float __attribute__((vector_size(32)));
using LaneOrder = std::int32_t __attribute__((vector_size(32)));

// What the end of a release is cut by, so that silence is reached.
constexpr float kEnd = 1e-7F;
// Stands for "nothing before": no level comes near it, and its product with a pole of 0 is a number.
constexpr float kNever = 1e30F;

// The lanes, moved up by `by`; from below come the lanes of `fill`.
template <int by>
[[gnu::always_inline]] inline void move_up(Lanes& lanes, const Lanes& fill) noexcept {
  constexpr auto from = [](int lane) { return lane < by ? 8 + lane : lane - by; };
  lanes =
      __builtin_shuffle(lanes, fill, LaneOrder{from(0), from(1), from(2), from(3), from(4), from(5), from(6), from(7)});
}

// Composes every lane's map with the one `by` lanes below.
template <int by, bool is_release>
[[gnu::always_inline]] inline void compose(Lanes& bound, Lanes& offset, float pole) noexcept {
  constexpr float kFill = is_release ? -kNever : kNever;
  Lanes bound_below = bound;
  Lanes offset_below = offset;
  move_up<by>(bound_below, Lanes{kFill, kFill, kFill, kFill, kFill, kFill, kFill, kFill});
  move_up<by>(offset_below, Lanes{});
  const Lanes through = offset + pole * bound_below;
  if constexpr (is_release) {
    bound = bound > through ? bound : through;
  } else {
    bound = bound < through ? bound : through;
  }
  offset = offset + pole * offset_below;
}

// before: the value at the end of the vector before; becomes that of this one.
template <bool is_release>
[[gnu::always_inline]] inline void scan(Lanes& levels, const EnvelopeScan::Pole& pole, const Lanes& powers,
                                        Lanes& before) noexcept {
  Lanes bound = levels;
  Lanes offset = levels * pole.rest;
  if constexpr (is_release) offset = offset - kEnd;
  compose<1, is_release>(bound, offset, pole.steps[0]);
  compose<2, is_release>(bound, offset, pole.steps[1]);
  compose<4, is_release>(bound, offset, pole.steps[2]);
  const Lanes through = offset + powers * before;
  if constexpr (is_release) {
    levels = bound > through ? bound : through;
  } else {
    levels = bound < through ? bound : through;
  }
  before = __builtin_shuffle(levels, LaneOrder{7, 7, 7, 7, 7, 7, 7, 7});
}

TALKBACK_VECTORISE void run(float* levels, std::size_t vectors, const EnvelopeScan::Pole& attack,
                            const EnvelopeScan::Pole& release, EnvelopeScan::Ends& ends) noexcept {
  Lanes released = Lanes{} + ends.released;
  Lanes value = Lanes{} + ends.value;
  Lanes attack_powers;
  Lanes release_powers;
  std::memcpy(&attack_powers, attack.lanes.data(), sizeof attack_powers);
  std::memcpy(&release_powers, release.lanes.data(), sizeof release_powers);
  for (std::size_t i = 0; i < vectors; ++i) {
    Lanes lanes;
    std::memcpy(&lanes, levels + i * EnvelopeScan::kLanes, sizeof lanes);
    scan<true>(lanes, release, release_powers, released);
    scan<false>(lanes, attack, attack_powers, value);
    std::memcpy(levels + i * EnvelopeScan::kLanes, &lanes, sizeof lanes);
  }
  ends = {released[0], value[0]};
}

}  // namespace

EnvelopeScan::Pole EnvelopeScan::make_pole(double pole, bool is_release) noexcept {
  Pole result;
  const auto rounded = [](double value) { return static_cast<double>(static_cast<float>(value)); };
  const double one = rounded(pole);
  const double two = rounded(one * one);
  const double four = rounded(two * two);
  result.rest = 1.0F - static_cast<float>(one);
  result.steps = {static_cast<float>(one), static_cast<float>(two), static_cast<float>(four)};
  // What the scan adds up and what it takes from before are to make 1, or the envelope of a steady level would miss it.
  // Rounded towards the side that the bounds cut off.
  const float side = is_release ? 0.0F : 1.0F;
  double weight = 0.0;
  for (int lane = 0; lane < kLanes; ++lane) {
    weight += (lane & 1 ? one : 1.0) * (lane & 2 ? two : 1.0) * (lane & 4 ? four : 1.0) * (1.0 - one);
    result.lanes[static_cast<std::size_t>(lane)] =
        pole > 0.0 ? std::nextafter(static_cast<float>(1.0 - weight), side) : 0.0F;
  }
  return result;
}

void EnvelopeScan::set(double attack_pole, double release_pole) noexcept {
  attack_ = make_pole(attack_pole, false);
  release_ = make_pole(release_pole, true);
}

void EnvelopeScan::reset() noexcept {
  ends_ = {};
  phase_ = 0;
  begun_ = {};
}

bool EnvelopeScan::is_at_rest() const noexcept {
  return ends_.released == 0.0F && ends_.value == 0.0F &&
         std::ranges::all_of(begun_, [](float level) { return level == 0.0F; });
}

// Within one vector.
void EnvelopeScan::process_part(float* levels, std::size_t frames) noexcept {
  std::copy_n(levels, frames, begun_.begin() + phase_);
  Vector lanes = begun_;
  Ends ends = ends_;
  run(lanes.data(), 1, attack_, release_, ends);
  std::copy_n(lanes.begin() + phase_, frames, levels);
  phase_ += static_cast<int>(frames);
  if (phase_ < kLanes) return;
  ends_ = ends;
  phase_ = 0;
  begun_ = {};
}

void EnvelopeScan::process(float* levels, std::size_t frames) noexcept {
  if (phase_ > 0) {
    const std::size_t part = std::min(frames, static_cast<std::size_t>(kLanes - phase_));
    process_part(levels, part);
    levels += part;
    frames -= part;
  }
  const std::size_t vectors = frames / kLanes;
  run(levels, vectors, attack_, release_, ends_);
  const std::size_t rest = frames % kLanes;
  if (rest > 0) process_part(levels + vectors * kLanes, rest);
}

}  // namespace talkback::dsp
