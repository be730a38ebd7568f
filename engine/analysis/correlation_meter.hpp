// Correlation of left and right: r = sum(l r) / sqrt(sum(l^2) sum(r^2)), without removing means.
//
// 1: mono; 0: independent; -1: one is the other turned over, and mono is silence. The moving value weighs time
// exponentially with kTimeSeconds; the whole one weighs all alike.
#pragma once

#include <optional>

#include "engine/analysis/level_sums.hpp"
#include "engine/base/sample_rate.hpp"

namespace talkback::analysis {

class CorrelationMeter {
 public:
  static constexpr double kTimeSeconds = 0.3;

  explicit CorrelationMeter(SampleRate rate) noexcept : rate_(rate) {}

  // [audio-thread]
  void add(const LevelSums& sums) noexcept TALKBACK_REALTIME;
  void process(ConstAudioBlock block) noexcept TALKBACK_REALTIME { add(sum_levels(block)); }

  // -1 to 1; nullopt while a channel is silent.
  std::optional<double> value() const noexcept;
  std::optional<double> whole() const noexcept;

 private:
  struct Sums {
    double left = 0.0;
    double right = 0.0;
    double both = 0.0;
    std::optional<double> value() const noexcept;
  };

  SampleRate rate_;
  Sums moving_;
  Sums whole_;
};

}  // namespace talkback::analysis
