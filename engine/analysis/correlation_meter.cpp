#include "engine/analysis/correlation_meter.hpp"

#include <algorithm>
#include <cmath>

namespace talkback::analysis {

namespace {

// Mean squares below -140 dB are silence, which a window that forgets only approaches.
constexpr double kSilence = 1e-14;

}  // namespace

std::optional<double> CorrelationMeter::Sums::value() const noexcept {
  if (left < kSilence || right < kSilence) return std::nullopt;
  return std::clamp(both / std::sqrt(left * right), -1.0, 1.0);
}

void CorrelationMeter::add(const LevelSums& sums) noexcept TALKBACK_REALTIME {
  if (sums.frames == 0) return;
  const double part = 1.0 - std::exp(-static_cast<double>(sums.frames) / (kTimeSeconds * rate_.hz));
  const double share = part / sums.frames;
  moving_.left += sums.squares[0] * share - moving_.left * part;
  moving_.right += sums.squares[1] * share - moving_.right * part;
  moving_.both += sums.products * share - moving_.both * part;
  whole_.left += sums.squares[0];
  whole_.right += sums.squares[1];
  whole_.both += sums.products;
}

std::optional<double> CorrelationMeter::value() const noexcept { return moving_.value(); }
std::optional<double> CorrelationMeter::whole() const noexcept { return whole_.value(); }

}  // namespace talkback::analysis
