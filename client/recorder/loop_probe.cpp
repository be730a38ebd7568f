#include "client/recorder/loop_probe.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace talkback::recorder {
namespace {

constexpr double kSweepSeconds = 0.4;
// The stream settles, and the noise before is heard.
constexpr double kLeadSeconds = 0.25;
constexpr std::array<double, kProbeSweeps - 1> kStepSeconds = {0.5, 0.6, 0.7, 0.8};
constexpr double kLowHz = 60.0;
constexpr double kHighHz = 20'000.0;
constexpr double kHighShare = 0.45;  // of the rate, where that is less
constexpr double kFadeInSeconds = 0.02;
constexpr double kFadeOutSeconds = 0.004;

double fade(double at, double length) {
  return at >= length ? 1.0 : 0.5 - 0.5 * std::cos(std::numbers::pi * std::max(at, 0.0) / length);
}

}  // namespace

float LoopProbe::at(FramePosition position) const noexcept {
  for (const FramePosition start : starts) {
    const std::int64_t frame = (position - start).count;
    if (frame >= 0 && frame < std::ssize(sweep)) return sweep[static_cast<std::size_t>(frame)];
  }
  return 0.0F;
}

LoopProbe make_loop_probe(SampleRate rate) {
  LoopProbe probe;
  probe.rate = rate;
  probe.low_hz = kLowHz;
  probe.high_hz = std::min(kHighHz, kHighShare * rate.hz);
  const auto frames = [&](double seconds) { return Frames{std::llround(seconds * rate.hz)}; };
  const double stretch = std::log(probe.high_hz / probe.low_hz);
  const std::int64_t count = frames(kSweepSeconds).count;
  for (std::int64_t f = 0; f < count; ++f) {
    const double seconds = static_cast<double>(f) / rate.hz;
    const double phase =
        2.0 * std::numbers::pi * kLowHz * kSweepSeconds / stretch * (std::exp(seconds / kSweepSeconds * stretch) - 1.0);
    const double gain = fade(seconds, kFadeInSeconds) * fade(kSweepSeconds - seconds, kFadeOutSeconds);
    probe.sweep.push_back(static_cast<float>(gain * std::sin(phase)));
  }
  probe.starts[0] = FramePosition{0} + frames(kLeadSeconds);
  for (std::size_t i = 1; i < probe.starts.size(); ++i)
    probe.starts[i] = probe.starts[i - 1] + frames(kStepSeconds[i - 1]);
  probe.longest = Frames{std::int64_t{kLoopSecondsMax} * rate.hz};
  probe.length = (probe.starts.back() - FramePosition{0}) + Frames{count} + probe.longest;
  return probe;
}

}  // namespace talkback::recorder
