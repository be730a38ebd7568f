#include "engine/graph/sum_node.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/base/check.hpp"
#include "engine/dsp/vectorise.hpp"

namespace talkback::graph {

namespace {

constexpr int kChunkFrames = 256;

// Adding and taking away this number rounds to multiples of kSumUnit: its last bit is worth one.
constexpr double kRounder = 1.5 * 0x1p52 * kSumUnit;

using Floats = float __attribute__((vector_size(16)));
using Doubles = double __attribute__((vector_size(32)));
constexpr int kLanes = 4;

// sign * x, limited and rounded. By hand, as the compiler makes twenty instructions of std::min and a conversion.
[[gnu::always_inline]] inline void round_into(Doubles& result, const float* x, double sign) noexcept {
  constexpr auto kMax = static_cast<double>(kGroupMax);
  constexpr Doubles kHigh{kMax, kMax, kMax, kMax};
  Floats narrow;
  std::memcpy(&narrow, x, sizeof narrow);
  Doubles wide = __builtin_convertvector(narrow, Doubles);
  wide = wide > -kHigh ? wide : -kHigh;
  wide = wide < kHigh ? wide : kHigh;
  result = sign * ((wide + kRounder) - kRounder);
}

// sum = sign * x, or sum += sign * x
template <bool is_first>
[[gnu::always_inline]] inline void add_lanes(double* sum, const float* x, double sign) noexcept {
  Doubles rounded;
  round_into(rounded, x, sign);
  Doubles before{};
  if constexpr (!is_first) std::memcpy(&before, sum, sizeof before);
  before = before + rounded;
  std::memcpy(sum, &before, sizeof before);
}

template <bool is_first>
[[gnu::always_inline]] inline void add_all(double* sum, const float* x, double sign, int frames) noexcept {
  int n = 0;
  for (; n + kLanes <= frames; n += kLanes) add_lanes<is_first>(sum + n, x + n, sign);
  if (n == frames) return;
  std::array<double, kLanes> last_sum{};
  std::array<float, kLanes> last{};
  std::copy_n(sum + n, frames - n, last_sum.begin());
  std::copy_n(x + n, frames - n, last.begin());
  add_lanes<is_first>(last_sum.data(), last.data(), sign);
  std::copy_n(last_sum.begin(), frames - n, sum + n);
}

TALKBACK_VECTORISE void start_sum(double* sum, const float* x, double sign, int frames) noexcept {
  add_all<true>(sum, x, sign, frames);
}

TALKBACK_VECTORISE void add_to_sum(double* sum, const float* x, double sign, int frames) noexcept {
  add_all<false>(sum, x, sign, frames);
}

TALKBACK_VECTORISE void add_sums(double* __restrict sum, const double* __restrict x, int frames) noexcept {
  for (int n = 0; n < frames; ++n) sum[n] += x[n];
}

TALKBACK_VECTORISE void to_floats(const double* __restrict sum, float* __restrict out, int frames) noexcept {
  for (int n = 0; n < frames; ++n) out[n] = static_cast<float>(sum[n]);
}

TALKBACK_VECTORISE void add_samples(const float* in, float* out, int frames) noexcept {
  for (int n = 0; n < frames; ++n) out[n] += in[n];
}

}  // namespace

void add_exactly(double* sum, const float* x, bool is_removed, bool is_first, int frames) noexcept {
  (is_first ? start_sum : add_to_sum)(sum, x, is_removed ? -1.0 : 1.0, frames);
}

void finish_sum(std::span<const double* const> parts, double* exact, float* out, int frames) noexcept {
  std::array<double, kChunkFrames> chunk;
  for (int first = 0; first < frames; first += kChunkFrames) {
    const int count = std::min(kChunkFrames, frames - first);
    chunk.fill(0.0);
    for (const double* part : parts) add_sums(chunk.data(), part + first, count);
    if (exact != nullptr) std::copy_n(chunk.data(), count, exact + first);
    to_floats(chunk.data(), out + first, count);
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
  std::array<double, kChunkFrames> sum;
  const double* part = sum.data();
  for (int first = 0; first < output.frame_count(); first += kChunkFrames) {
    const int frames = std::min(kChunkFrames, output.frame_count() - first);
    for (int c = 0; c < output.channel_count(); ++c) {
      sum.fill(0.0);
      for (const ConstAudioBlock& input : inputs)
        add_exactly(sum.data(), input.channel(c).data() + first, false, false, frames);
      finish_sum({&part, 1}, nullptr, output.channel(c).data() + first, frames);
    }
  }
}

}  // namespace talkback::graph
