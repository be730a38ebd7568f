#include "engine/realtime/meters.hpp"

#include <algorithm>

namespace talkback::realtime {

namespace {

constexpr int kReadFrames = 1'024;
// How late a reader may be.
constexpr double kRingSeconds = 1.0;

}  // namespace

MeterReader::MeterReader(GraphPlayer& player, std::shared_ptr<MeterTap> tap)
    : player_(player),
      tap_(std::move(tap)),
      peak_(player.rate()),
      rms_(player.rate()),
      correlation_(player.rate()),
      sound_(2, kReadFrames) {}

MeterReader::~MeterReader() { player_.unsubscribe(*tap_); }

void MeterReader::update() {
  while (const auto level = tap_->next_level()) {
    position_ = FramePosition{level->position + level->sums.frames};
    peak_.add(level->sums);
    rms_.add(level->sums);
    correlation_.add(level->sums);
    gain_reduction_db_ = level->gain_reduction_db;
    greatest_gain_reduction_db_ = std::max(greatest_gain_reduction_db_, gain_reduction_db_);
  }
  while (const int frames = tap_->read_audio(sound_.block())) {
    const ConstAudioBlock sound = sound_.block().slice(0, frames);
    if (loudness_) loudness_->process(sound);
    if (spectrum_) spectrum_->process(sound);
    if (tuner_) tuner_->process(sound);
  }
}

Result<std::unique_ptr<MeterReader>> subscribe(GraphPlayer& player, const MeterPoint& point,
                                               const MeterChoice& choice) {
  std::optional<analysis::LoudnessMeter> loudness;
  std::optional<analysis::Tuner> tuner;
  if (choice.loudness || choice.true_peak) {
    TALKBACK_ASSIGN(
        loudness, analysis::LoudnessMeter::create(player.rate(), 2,
                                                  choice.true_peak ? analysis::TruePeak::on : analysis::TruePeak::off));
  }
  if (choice.tuner_reference_hz) {
    TALKBACK_ASSIGN(tuner, analysis::Tuner::create(player.rate(), *choice.tuner_reference_hz));
  }
  const bool hears = loudness || tuner || choice.spectrum;
  auto tap = std::make_shared<MeterTap>(hears ? static_cast<int>(kRingSeconds * player.rate().hz) : 0);
  TALKBACK_TRY(player.subscribe(point, tap));
  std::unique_ptr<MeterReader> reader(new MeterReader(player, std::move(tap)));
  reader->loudness_ = std::move(loudness);
  reader->tuner_ = std::move(tuner);
  if (choice.spectrum) reader->spectrum_.emplace(player.rate());
  return reader;
}

}  // namespace talkback::realtime
