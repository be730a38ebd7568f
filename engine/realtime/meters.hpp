// Meters on a player, as data that views subscribe to.
//
//   auto meters = subscribe(player, {"Vocal"}, {.loudness = true});     // control thread
//   (*meters)->update();                                                // every few ten milliseconds
//   show((*meters)->peak().level_db(0), (*meters)->loudness()->momentary_lufs());
//
// The audio thread sums levels and, where they are needed, copies the sound (meter_tap.hpp); everything else is
// computed in update(), on the reader's thread. What the reader was too late for is missing from all meters and
// counted.
#pragma once

#include <memory>
#include <optional>

#include "engine/analysis/correlation_meter.hpp"
#include "engine/analysis/loudness.hpp"
#include "engine/analysis/peak_meter.hpp"
#include "engine/analysis/rms_meter.hpp"
#include "engine/analysis/spectrum_analyser.hpp"
#include "engine/analysis/tuner.hpp"
#include "engine/realtime/graph_player.hpp"

namespace talkback::realtime {

// Peak, RMS, correlation and gain reduction come always.
struct MeterChoice {
  bool loudness = false;  // M, S, I and range
  bool true_peak = false;
  bool spectrum = false;
  std::optional<double> tuner_reference_hz = {};
};

class MeterReader {
 public:
  // Unsubscribes. Before the player is gone, on its control thread.
  ~MeterReader();
  MeterReader(const MeterReader&) = delete;
  MeterReader& operator=(const MeterReader&) = delete;

  // Takes what came since the last call. One thread at a time.
  void update();

  // Song frame behind the newest that was taken.
  FramePosition position() const noexcept { return position_; }
  const analysis::PeakMeter& peak() const noexcept { return peak_; }
  const analysis::RmsMeter& rms() const noexcept { return rms_; }
  const analysis::CorrelationMeter& correlation() const noexcept { return correlation_; }
  // Of an insert, in dB, 0 or above; infinite where nothing comes through. Newest, and greatest so far.
  double gain_reduction_db() const noexcept { return gain_reduction_db_; }
  double greatest_gain_reduction_db() const noexcept { return greatest_gain_reduction_db_; }

  // Null where they were not chosen.
  const analysis::LoudnessMeter* loudness() const noexcept { return loudness_ ? &*loudness_ : nullptr; }
  const analysis::SpectrumAnalyser* spectrum() const noexcept { return spectrum_ ? &*spectrum_ : nullptr; }
  const analysis::Tuner* tuner() const noexcept { return tuner_ ? &*tuner_ : nullptr; }

  // Stretches of levels and frames of sound that were lost.
  std::int64_t lost_levels() const noexcept { return tap_->lost_levels(); }
  std::int64_t lost_frames() const noexcept { return tap_->lost_frames(); }

 private:
  friend Result<std::unique_ptr<MeterReader>> subscribe(GraphPlayer&, const MeterPoint&, const MeterChoice&);

  MeterReader(GraphPlayer& player, std::shared_ptr<MeterTap> tap);

  GraphPlayer& player_;
  std::shared_ptr<MeterTap> tap_;
  FramePosition position_{};
  analysis::PeakMeter peak_;
  analysis::RmsMeter rms_;
  analysis::CorrelationMeter correlation_;
  double gain_reduction_db_ = 0.0;
  double greatest_gain_reduction_db_ = 0.0;
  std::optional<analysis::LoudnessMeter> loudness_;
  std::optional<analysis::SpectrumAnalyser> spectrum_;
  std::optional<analysis::Tuner> tuner_;
  AudioBuffer sound_;
};

// Control thread. Fails with not_found (no such track or insert), exhausted (kMeterTapsMax), or invalid (the tuner's
// reference). The player outlives the reader.
Result<std::unique_ptr<MeterReader>> subscribe(GraphPlayer& player, const MeterPoint& point,
                                               const MeterChoice& choice = {});

}  // namespace talkback::realtime
