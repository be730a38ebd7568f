#include "engine/graph/sum_node.hpp"

#include <algorithm>
#include <array>

#include "engine/base/check.hpp"

namespace talkback::graph {

namespace {

constexpr int kChunkFrames = 256;
using Chunk = std::array<double, kChunkFrames>;

// Adding and taking away this number rounds to multiples of kSumUnit: its last bit is worth one.
constexpr double kRounder = 1.5 * 0x1p52 * kSumUnit;

template <class Apply>
void for_rounded(const float* x, int frames, Apply apply) noexcept {
  for (int n = 0; n < frames; ++n) {
    const float limited = std::min(std::max(x[n], -kGroupMax), kGroupMax);
    apply(n, (static_cast<double>(limited) + kRounder) - kRounder);
  }
}

}  // namespace

void sum_exactly(const double* base, std::span<const float* const> added, std::span<const float* const> removed,
                 double* exact, float* out, int frames) noexcept {
  TALKBACK_CHECK(added.size() + removed.size() <= 2 * kGroupsMax);
  Chunk sum;
  for (int first = 0; first < frames; first += kChunkFrames) {
    const int count = std::min(kChunkFrames, frames - first);
    if (base != nullptr) {
      std::copy_n(base + first, count, sum.data());
    } else {
      sum.fill(0.0);
    }
    double* s = sum.data();
    for (const float* x : added) for_rounded(x + first, count, [s](int n, double value) { s[n] += value; });
    for (const float* x : removed) for_rounded(x + first, count, [s](int n, double value) { s[n] -= value; });
    if (exact != nullptr) std::copy_n(sum.data(), count, exact + first);
    for (int n = 0; n < count; ++n) out[first + n] = static_cast<float>(s[n]);
  }
}

void copy_input(ConstAudioBlock input, AudioBlock output) noexcept {
  for (int c = output.channel_count() - 1; c >= 0; --c) {
    const std::span<const float> from = input.channel(std::min(c, input.channel_count() - 1));
    if (from.data() != output.channel(c).data()) std::ranges::copy(from, output.channel(c).begin());
  }
}

void GroupNode::process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition) noexcept {
  copy_input(inputs[0], output);
  for (const ConstAudioBlock& input : inputs.subspan(1)) {
    for (int c = 0; c < output.channel_count(); ++c) {
      const float* in = input.channel(std::min(c, input.channel_count() - 1)).data();
      float* out = output.channel(c).data();
      for (int n = 0; n < output.frame_count(); ++n) out[n] += in[n];
    }
  }
}

void SumNode::process(std::span<const ConstAudioBlock> inputs, AudioBlock output, FramePosition) noexcept {
  std::array<const float*, kGroupsMax> groups;
  for (int c = 0; c < output.channel_count(); ++c) {
    for (std::size_t i = 0; i < inputs.size(); ++i) groups[i] = inputs[i].channel(c).data();
    sum_exactly(nullptr, std::span(groups).first(inputs.size()), {}, nullptr, output.channel(c).data(),
                output.frame_count());
  }
}

}  // namespace talkback::graph
