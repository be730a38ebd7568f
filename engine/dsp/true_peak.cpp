#include "engine/dsp/true_peak.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/base/check.hpp"
#include "engine/dsp/kaiser.hpp"
#include "engine/dsp/peak_kernels.hpp"

namespace talkback::dsp {

namespace {

constexpr std::size_t kGroup = TruePeakDetector::kGroupFrames;
static_assert(kGroup % kPeakKernelFrames == 0);
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
// The top of a parabola lies less than an eighth above its points.
constexpr float kTopBound = 1.125F;

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

}  // namespace

void TruePeakDetector::prepare(int channels, Reach reach) {
  reach_ = reach;
  channels_.resize(static_cast<std::size_t>(channels));
  const auto memory_frames = static_cast<std::size_t>(memory().count);
  for (Channel& channel : channels_) {
    channel.samples.resize(memory_frames + kRoomGroups * kGroup);
    channel.greatest.resize(channel.samples.size() / kGroup);
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
  const auto move = [](std::vector<float>& values, std::size_t end, std::size_t count) {
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(end - count), count, values.begin());
  };
  for (Channel& channel : channels_) {
    move(channel.samples, end_, memory_frames);
    move(channel.greatest, end_ / kGroup, memory_frames / kGroup);
  }
  end_ = memory_frames;
}

void TruePeakDetector::append(Channel& channel, std::span<const float> sound) noexcept {
  float* samples = channel.samples.data() + end_;
  std::ranges::copy(sound, samples);
  for (std::size_t n = 0; n < sound.size(); n += kGroup)
    channel.greatest[(end_ + n) / kGroup] = greatest_magnitude(samples + n, kGroupFrames);
}

// How many of the frames are handled at once.
std::size_t TruePeakDetector::begin_run(std::size_t frames) noexcept {
  if (end_ == channels_.front().samples.size()) make_room();
  return std::min({frames, kRunFrames, channels_.front().samples.size() - end_});
}

void TruePeakDetector::skip(ConstAudioBlock block) noexcept {
  TALKBACK_CHECK(block.frame_count() % kGroupFrames == 0);
  const auto frames = static_cast<std::size_t>(block.frame_count());
  for (std::size_t n = 0; n < frames;) {
    const std::size_t count = begin_run(frames - n);
    for (int c = 0; c < block.channel_count(); ++c) {
      Channel& channel = channels_[static_cast<std::size_t>(c)];
      append(channel, block.channel(c).subspan(n, count));
      channel.has_kept = false;
    }
    end_ += count;
    n += count;
  }
}

void TruePeakDetector::process(ConstAudioBlock block, std::span<float> peaks, float floor) noexcept {
  TALKBACK_CHECK(block.frame_count() % kGroupFrames == 0);
  std::ranges::fill(peaks, 0.0F);
  for (std::size_t n = 0; n < peaks.size();) {
    const std::size_t count = begin_run(peaks.size() - n);
    for (int c = 0; c < block.channel_count(); ++c) {
      Channel& channel = channels_[static_cast<std::size_t>(c)];
      append(channel, block.channel(c).subspan(n, count));
      measure(channel, end_ + count, peaks.subspan(n, count), floor);
    }
    end_ += count;
    n += count;
  }
}

void TruePeakDetector::measure(Channel& channel, std::size_t end, std::span<float> peaks, float floor) noexcept {
  const auto reach = static_cast<std::size_t>(reach_);
  const auto& weights = reach_ == Reach::near ? kNear : kFar;
  const int count = static_cast<int>(peaks.size());
  const bool has_kept = std::exchange(channel.has_kept, false);
  const float bound = weights.bound * kQuarter.bound * kTopBound;
  const auto groups = static_cast<std::size_t>(memory().count) / kGroup;
  const float* group = channel.greatest.data() + end / kGroup - groups;
  if (group[groups - 1] * bound < floor && greatest_magnitude(group, static_cast<int>(groups)) * bound < floor) return;

  // The newest point half-way has `reach` samples behind it.
  const float* samples = channel.samples.data() + (end - reach - peaks.size() - kKept);
  std::array<float, kKept + kRunFrames> middles;
  if (has_kept) {
    std::ranges::copy(std::span(channel.middles).last<kKept>(), middles.begin());
  } else {
    find_middles(middles.data(), samples, weights.values.data(), static_cast<int>(reach), kKept);
  }
  find_middles(middles.data() + kKept, samples + kKept, weights.values.data(), static_cast<int>(reach), count);
  std::copy_n(middles.begin() + static_cast<std::ptrdiff_t>(peaks.size() - kGroup), kKept + kGroup,
              channel.middles.begin());
  channel.has_kept = true;
  const int known = count + static_cast<int>(kKept);
  // The groups that hold the points' samples, whole.
  const float* near_group = channel.greatest.data() + (end - reach) / kGroup - kRunFrames / kGroup - 1;
  if (greatest_magnitude(near_group, kRunFrames / kGroup + 1) * kDoubledBound < floor &&
      greatest_magnitude(middles.data(), known) * kDoubledBound < floor)
    return;

  // The stretches lie so that three points half-way are known on either side.
  constexpr std::size_t kStretch = kKept - 3;
  const float* x = samples + kStretch;
  const float* middle = middles.data() + kStretch;
  std::array<float, kRunFrames> first;
  // From the frame before the stretch on.
  std::array<float, kRunFrames + 1> third;
  find_quarters(first.data(), third.data() + 1, x, middle, kQuarter.values.data(), count);
  third[0] = 0.0F;
  for (std::size_t i = 0; i < kQuarterReach / 2; ++i) {
    third[0] +=
        kQuarter.values[2 * i] * (*(middle - 1 - i) + x[i]) + kQuarter.values[2 * i + 1] * (*(x - 1 - i) + middle[i]);
  }
  raise_to_tops(peaks.data(), x, first.data(), middle, third.data() + 1, count);
}

void TruePeakDetector::archive(StateArchive& state) {
  if (!state.is_loading()) make_room();
  end_ = static_cast<std::size_t>(memory().count);
  for (Channel& channel : channels_) {
    state.raw(channel.samples.data(), end_ * sizeof(float));
    state.raw(channel.greatest.data(), end_ / kGroup * sizeof(float));
    state(channel.middles, channel.has_kept);
  }
}

}  // namespace talkback::dsp
