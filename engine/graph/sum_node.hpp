// What arrives at a bus, folder or the master: an exact sum.
//
// Inputs are limited to ±kGroupMax (+54 dBFS), rounded to whole multiples of kSumUnit (-204 dBFS) and added in double
// precision (SumNode): with at most kGroupsMax of them every such addition is exact, so that neither their order nor a
// detour matters. A render after an edit takes the inputs that changed off the sum that it kept, adds the new ones, and
// has the same bits. Where more than kGroupsMax inputs meet, they are first added in groups, in their order, in single
// precision (GroupNode).
#pragma once

#include <span>

#include "engine/graph/node.hpp"

namespace talkback::graph {

inline constexpr double kSumUnit = 0x1p-34;
inline constexpr float kGroupMax = 512.0F;
// kGroupMax * kGroupsMax / kSumUnit is 2^53, what a double counts.
inline constexpr int kGroupsMax = 1024;

// One channel: the sum takes an input in, or off. is_first: what the sum held before is forgotten.
void add_exactly(double* sum, const float* x, bool is_removed, bool is_first, int frames) noexcept;

// One channel: parts of a sum, made by add_exactly in any order and on any thread, become the sum. exact may be null
// (not wanted) or a part; out is the same in single precision.
void finish_sum(std::span<const double* const> parts, double* exact, float* out, int frames) noexcept;

class GroupNode final : public Node {
 public:
  std::string_view type() const noexcept override { return "group"; }
  void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept override;
};

class SumNode final : public Node {
 public:
  std::string_view type() const noexcept override { return "sum"; }
  int version() const noexcept override { return 2; }
  // inputs: inputs or groups of them, two channels each.
  void process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition position) noexcept override;
};

}  // namespace talkback::graph
