// What arrives at a bus, folder or the master: two steps, of which the second is exact.
//
// Inputs are added in groups of a few, in their order, in single precision (GroupNode). The groups are limited to
// ±kGroupMax (+54 dBFS), rounded to whole multiples of kSumUnit (-204 dBFS) and added in double precision (SumNode):
// with at most kGroupsMax groups every such addition is exact, so that neither their order nor a detour matters. A
// render after an edit takes the groups that changed off the sum that it kept, adds the new ones, and has the same
// bits.
#pragma once

#include <span>

#include "engine/graph/node.hpp"

namespace talkback::graph {

inline constexpr double kSumUnit = 0x1p-34;
inline constexpr float kGroupMax = 512.0F;
// kGroupMax * kGroupsMax / kSumUnit is 2^53, what a double counts.
inline constexpr int kGroupsMax = 1024;

// One channel: exact = base + added - removed, and out the same in single precision. base and exact may be null
// (silence; not wanted) or the same. Every span has `frames` values.
void sum_exactly(const double* base, std::span<const float* const> added, std::span<const float* const> removed,
                 double* exact, float* out, int frames) noexcept;

class GroupNode final : public Node {
 public:
  std::string_view type() const noexcept override { return "group"; }
  void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept override;
};

class SumNode final : public Node {
 public:
  std::string_view type() const noexcept override { return "sum"; }
  int version() const noexcept override { return 2; }
  // inputs: the groups, two channels each.
  void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept override;
};

}  // namespace talkback::graph
