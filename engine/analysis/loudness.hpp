// Loudness and true peak, after ITU-R BS.1770-4 with the gates of EBU R 128 and the range of EBU Tech 3342.
//
// Feed blocks in order, then ask. One meter serves one programme; it is not shared between threads. Made of
// weighted_power.hpp, loudness_gates.hpp and true_peak_meter.hpp.
#pragma once

#include <memory>
#include <optional>

#include "engine/base/audio_block.hpp"
#include "engine/base/position.hpp"
#include "engine/base/result.hpp"
#include "engine/base/sample_rate.hpp"

namespace talkback::analysis {

// What a finished programme measured. Absent where it is silent or shorter than the measure needs.
struct Loudness {
  std::optional<double> integrated_lufs;
  std::optional<double> range_lu;
  std::optional<double> true_peak_dbtp;

  friend bool operator==(const Loudness&, const Loudness&) = default;
};

enum class TruePeak { off, on };

class LoudnessMeter {
 public:
  // channels: 1 (heard from one speaker), 2, or as WeightedPower has them up to 6. invalid for more, and for rates that
  // are not supported. The true peak costs most of the time. Allocates.
  static Result<LoudnessMeter> create(SampleRate rate, int channels, TruePeak true_peak = TruePeak::on);
  ~LoudnessMeter();
  LoudnessMeter(LoudnessMeter&&) noexcept;
  LoudnessMeter& operator=(LoudnessMeter&&) noexcept;

  // block: full scale +-1.0. Any block length gives the same result. Keeps 80 bytes a second.
  void process(ConstAudioBlock block);

  // Of the last 400 ms and 3 s, anew every 100 ms. nullopt for silence.
  std::optional<double> momentary_lufs() const noexcept;
  std::optional<double> short_term_lufs() const noexcept;

  // nullopt until 400 ms have passed the absolute gate of -70 LUFS.
  std::optional<double> integrated_lufs() const noexcept;
  std::optional<double> range_lu() const noexcept;

  // Greatest of all channels so far. nullopt for silence.
  std::optional<double> true_peak_dbtp() const noexcept;

  Loudness loudness() const noexcept { return {integrated_lufs(), range_lu(), true_peak_dbtp()}; }

 private:
  struct State;
  explicit LoudnessMeter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace talkback::analysis
