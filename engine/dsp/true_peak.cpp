#include "engine/dsp/true_peak.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/base/check.hpp"
#include "engine/dsp/half_band.hpp"
#include "engine/dsp/kaiser.hpp"

namespace talkback::dsp {

namespace {

constexpr std::size_t kGroup = TruePeakDetector::kGroupFrames;
constexpr std::size_t kRoomGroups = 32;
// Points of the doubled rate on either side of a point between them.
constexpr std::size_t kQuarterReach = 6;
constexpr double kQuarterBeta = 8.0;
constexpr std::size_t kReachMax = 192;
// The short sinc gives up the top of the band for 50 dB of stop band there, the long one has both.
double middle_beta(std::size_t reach) noexcept { return reach < kReachMax ? 5.0 : 4.0; }

// No band-limited signal rises further above its greatest sample at the doubled rate (1 / cos(pi / 4)), with a little
// for the neighbourhood that is looked at being finite.
constexpr float kDoubledBound = 1.5F;

// Weights of the pairs of neighbours at distance k + 1/2; the sum over all is 1.
template <std::size_t reach_max>
struct Weights {
  std::array<float, reach_max> values{};
  // No interpolated value is greater than this times the greatest sample around it.
  float bound = 0.0F;
};

template <std::size_t reach_max>
Weights<reach_max> make_weights(std::size_t reach, double beta) noexcept {
  std::array<double, reach_max> exact{};
  double sum = 0.0;
  for (std::size_t k = 0; k < reach; ++k) {
    exact[k] = windowed_sinc(static_cast<double>(k) + 0.5, static_cast<double>(reach), beta);
    sum += 2.0 * exact[k];
  }
  Weights<reach_max> result;
  double magnitude = 0.0;
  for (std::size_t k = 0; k < reach; ++k) {
    result.values[k] = static_cast<float>(exact[k] / sum);
    magnitude += 2.0 * std::abs(exact[k] / sum);
  }
  result.bound = static_cast<float>(magnitude);
  return result;
}

const auto kNear = make_weights<kReachMax>(static_cast<std::size_t>(TruePeakDetector::Reach::near), middle_beta(32));
const auto kFar = make_weights<kReachMax>(kReachMax, middle_beta(kReachMax));
const auto kQuarter = make_weights<kQuarterReach>(kQuarterReach, kQuarterBeta);

// The points at one quarter, between x[j] and middle[j], and at three quarters, between middle[j] and x[j + 1].
void interpolate_quarters(const float* x, const float* middle, float* first, float* third) noexcept {
  for (std::size_t j = 0; j < kGroup; j += 4) {
    SampleQuad one{};
    SampleQuad three{};
#pragma GCC unroll 3
    for (std::size_t i = 0; i < kQuarterReach / 2; ++i) {
      const float near = kQuarter.values[2 * i];
      const float far = kQuarter.values[2 * i + 1];
      const SampleQuad x_before = load_quad(x + j - i);
      const SampleQuad x_after = load_quad(x + j + i + 1);
      one += near * (x_before + load_quad(middle + j + i)) + far * (load_quad(middle + j - 1 - i) + x_after);
      three += near * (load_quad(middle + j - i) + x_after) + far * (x_before + load_quad(middle + j + i + 1));
    }
    store_quad(first + j, one);
    store_quad(third + j, three);
  }
}

// The magnitude of the parabola through three neighbours, where its top lies between them.
float top_of(float before, float here, float after) noexcept {
  const float curve = 0.5F * (before + after) - here;
  const float slope = 0.5F * (after - before);
  const bool is_top = here * curve < 0.0F && std::abs(slope) < std::abs(curve);
  const float rise = is_top ? 0.25F * slope * slope : 0.0F;
  return std::abs(here - rise / (is_top ? curve : 1.0F));
}

}  // namespace

void TruePeakDetector::prepare(int channels, Reach reach) {
  reach_ = reach;
  channels_.resize(static_cast<std::size_t>(channels));
  const auto memory_frames = static_cast<std::size_t>(memory().count);
  for (Channel& channel : channels_) {
    channel.samples.resize(memory_frames + kRoomGroups * kGroup);
    channel.greatest.resize(memory_frames / kGroup);
  }
  reset();
}

void TruePeakDetector::reset() noexcept {
  for (Channel& channel : channels_) {
    std::ranges::fill(channel.samples, 0.0F);
    std::ranges::fill(channel.greatest, 0.0F);
    channel.middles = {};
    channel.has_kept = false;
  }
  end_ = static_cast<std::size_t>(memory().count);
}

// Back to the beginning of the room.
void TruePeakDetector::make_room() noexcept {
  const auto memory_frames = static_cast<std::size_t>(memory().count);
  for (Channel& channel : channels_) {
    const auto newest = channel.samples.begin() + static_cast<std::ptrdiff_t>(end_ - memory_frames);
    std::copy_n(newest, memory_frames, channel.samples.begin());
  }
  end_ = memory_frames;
}

void TruePeakDetector::append(Channel& channel, std::size_t start, std::span<const float> group) noexcept {
  std::ranges::copy(group, channel.samples.begin() + static_cast<std::ptrdiff_t>(start));
  std::shift_left(channel.greatest.begin(), channel.greatest.end(), 1);
  float greatest = 0.0F;
  for (const float sample : group) greatest = std::max(greatest, std::abs(sample));
  channel.greatest.back() = greatest;
}

void TruePeakDetector::skip(ConstAudioBlock block) noexcept {
  TALKBACK_CHECK(block.frame_count() % kGroupFrames == 0);
  for (int n = 0; n < block.frame_count(); n += kGroupFrames) {
    if (end_ == channels_.front().samples.size()) make_room();
    for (int c = 0; c < block.channel_count(); ++c) {
      Channel& channel = channels_[static_cast<std::size_t>(c)];
      append(channel, end_, block.channel(c).subspan(static_cast<std::size_t>(n), kGroup));
      channel.has_kept = false;
    }
    end_ += kGroup;
  }
}

void TruePeakDetector::process(ConstAudioBlock block, std::span<float> peaks, float floor) noexcept {
  TALKBACK_CHECK(block.frame_count() % kGroupFrames == 0);
  std::ranges::fill(peaks, 0.0F);
  for (std::size_t n = 0; n < peaks.size(); n += kGroup) {
    if (end_ == channels_.front().samples.size()) make_room();
    for (int c = 0; c < block.channel_count(); ++c) {
      Channel& channel = channels_[static_cast<std::size_t>(c)];
      append(channel, end_, block.channel(c).subspan(n, kGroup));
      measure(channel, end_ + kGroup, peaks.subspan(n, kGroup), floor);
    }
    end_ += kGroup;
  }
}

void TruePeakDetector::measure(Channel& channel, std::size_t end, std::span<float> peaks, float floor) noexcept {
  const auto reach = static_cast<std::size_t>(reach_);
  const auto& weights = reach_ == Reach::near ? kNear : kFar;
  const bool has_kept = std::exchange(channel.has_kept, false);
  // The top of a parabola lies less than an eighth above its points.
  const float bound = weights.bound * kQuarter.bound * 1.125F;
  if (*std::ranges::max_element(channel.greatest) * bound < floor) return;

  // The newest point half-way has `reach` samples behind it.
  const float* samples = channel.samples.data() + (end - reach - kGroup - kKept);
  std::array<float, kKept + kGroup>& middles = channel.middles;
  const std::span<const float> used = std::span(weights.values).first(reach);
  if (has_kept) {
    std::copy_n(middles.begin() + kGroup, kKept, middles.begin());
  } else {
    interpolate_middles<kKept>(used, samples, middles.data());
  }
  interpolate_middles<kGroup>(used, samples + kKept, middles.data() + kKept);
  channel.has_kept = true;

  float greatest = 0.0F;
  for (std::size_t j = 0; j < kKept + kGroup; ++j)
    greatest = std::max(greatest, std::max(std::abs(middles[j]), std::abs(samples[j])));
  if (greatest * kDoubledBound < floor) return;

  // The stretches lie so that three points half-way are known on either side.
  constexpr std::size_t kStretch = kKept - 3;
  const float* x = samples + kStretch;
  const float* middle = middles.data() + kStretch;
  std::array<float, kGroup> first;
  // From the frame before the stretch on.
  std::array<float, kGroup + 1> third;
  interpolate_quarters(x, middle, first.data(), third.data() + 1);
  third[0] = 0.0F;
  for (std::size_t i = 0; i < kQuarterReach / 2; ++i) {
    third[0] +=
        kQuarter.values[2 * i] * (*(middle - 1 - i) + x[i]) + kQuarter.values[2 * i + 1] * (*(x - 1 - i) + middle[i]);
  }
  for (std::size_t j = 0; j < kGroup; ++j) {
    const float a = std::max(top_of(third[j], x[j], first[j]), top_of(x[j], first[j], middle[j]));
    const float b = std::max(top_of(first[j], middle[j], third[j + 1]), top_of(middle[j], third[j + 1], x[j + 1]));
    peaks[j] = std::max(peaks[j], std::max(a, b));
  }
}

void TruePeakDetector::archive(StateArchive& state) {
  if (!state.is_loading()) make_room();
  end_ = static_cast<std::size_t>(memory().count);
  for (Channel& channel : channels_) {
    state.raw(channel.samples.data(), end_ * sizeof(float));
    state(channel.greatest, channel.middles, channel.has_kept);
  }
}

}  // namespace talkback::dsp
