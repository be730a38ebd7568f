#include "engine/graph/sum_node.hpp"

#include <algorithm>
#include <array>

#include "engine/base/check.hpp"
#include "engine/dsp/vectorise.hpp"

namespace talkback::graph {

namespace {

constexpr int kChunkFrames = 256;
using Chunk = std::array<double, kChunkFrames>;

// Adding and taking away this number rounds to multiples of kSumUnit: its last bit is worth one.
constexpr double kRounder = 1.5 * 0x1p52 * kSumUnit;

inline double rounded(float x) noexcept {
  const float limited = std::min(std::max(x, -kGroupMax), kGroupMax);
  return (static_cast<double>(limited) + kRounder) - kRounder;
}

// sum += sign * x, limited and rounded.
TALKBACK_VECTORISE void add_rounded(double* sum, const float* x, double sign) noexcept {
  for (int n = 0; n < kChunkFrames; ++n) sum[n] += sign * rounded(x[n]);
}

// Four at once: in which order they are added does not matter, as the sums are exact.
TALKBACK_VECTORISE void add_four_rounded(double* sum, const float* a, const float* b, const float* c, const float* d,
                                         double sign) noexcept {
  for (int n = 0; n < kChunkFrames; ++n)
    sum[n] += sign * ((rounded(a[n]) + rounded(b[n])) + (rounded(c[n]) + rounded(d[n])));
}

TALKBACK_VECTORISE void to_floats(const double* sum, float* out) noexcept {
  for (int n = 0; n < kChunkFrames; ++n) out[n] = static_cast<float>(sum[n]);
}

TALKBACK_VECTORISE void add_samples(const float* in, float* out, int frames) noexcept {
  for (int n = 0; n < frames; ++n) out[n] += in[n];
}

}  // namespace

void sum_exactly(const double* base, std::span<const float* const> added, std::span<const float* const> removed,
                 double* exact, float* out, int frames) noexcept {
  TALKBACK_CHECK(added.size() + removed.size() <= 2 * kGroupsMax);
  Chunk sum;
  std::array<float, kChunkFrames> part;
  for (int first = 0; first < frames; first += kChunkFrames) {
    const int count = std::min(kChunkFrames, frames - first);
    const bool is_whole = count == kChunkFrames;
    sum.fill(0.0);
    if (base != nullptr) std::copy_n(base + first, count, sum.data());
    const auto add = [&](const float* x, double sign) {
      if (is_whole) return add_rounded(sum.data(), x + first, sign);
      std::fill(std::copy_n(x + first, count, part.begin()), part.end(), 0.0F);
      add_rounded(sum.data(), part.data(), sign);
    };
    const auto add_all = [&](std::span<const float* const> all, double sign) {
      for (; is_whole && all.size() >= 4; all = all.subspan(4))
        add_four_rounded(sum.data(), all[0] + first, all[1] + first, all[2] + first, all[3] + first, sign);
      for (const float* x : all) add(x, sign);
    };
    add_all(added, 1.0);
    add_all(removed, -1.0);
    if (exact != nullptr) std::copy_n(sum.data(), count, exact + first);
    if (is_whole) {
      to_floats(sum.data(), out + first);
    } else {
      to_floats(sum.data(), part.data());
      std::copy_n(part.begin(), count, out + first);
    }
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
      add_samples(in, out, output.frame_count());
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
