#include "engine/mastering/loudness_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/analysis/measure_file.hpp"
#include "engine/dsp/decibel.hpp"
#include "engine/dsp/denormals.hpp"
#include "engine/effects/limiter.hpp"

namespace talkback::mastering {

namespace {

constexpr int kBlockFrames = 8192;
constexpr int kPassesMax = 8;
// More drive than this into the limiter is no mastering any more.
constexpr double kDriveDbMax = 36.0;
// A decibel of gain that brings less than this in loudness does not help.
constexpr double kHelpfulPart = 0.15;

struct Pass {
  analysis::Loudness loudness;
  double smallest_gain = 1.0;
};

void set(effects::Limiter& limiter, std::string_view name, double value) {
  limiter.set(effects::parameter_index(limiter.parameters(), name), value);
}

// The input with gain through the limiter, measured, and written where there is a writer.
Result<Pass> run_pass(const MasteringJob& job, double gain_db, analysis::TruePeak true_peak,
                      media::AudioWriter* writer) {
  const dsp::DenormalsOff denormals_off;
  TALKBACK_ASSIGN(const auto reader, media::open_audio_file(job.input));
  const std::int64_t length = reader->length().count;
  TALKBACK_ASSIGN(analysis::LoudnessMeter meter, analysis::LoudnessMeter::create(job.writer.rate, 2, true_peak));
  effects::Limiter limiter;
  set(limiter, "drive_db", gain_db);
  set(limiter, "ceiling_dbtp", job.target.ceiling_dbtp);
  limiter.prepare(job.writer.rate, 2);
  const std::int64_t latency = limiter.latency().count;
  AudioBuffer buffer(2, kBlockFrames);
  for (std::int64_t done = 0; done < length + latency; done += kBlockFrames) {
    if (job.stop.stop_requested()) return Error{ErrorCode::unavailable, "The render was cancelled."};
    const auto frames = static_cast<int>(std::min<std::int64_t>(kBlockFrames, length + latency - done));
    const AudioBlock block = buffer.block().slice(0, frames);
    TALKBACK_TRY(reader->read(FramePosition{done}, block));
    limiter.process(block);
    const auto filling = static_cast<int>(std::clamp<std::int64_t>(latency - done, 0, frames));
    const ConstAudioBlock sound = block.slice(filling, frames - filling);
    meter.process(sound);
    if (writer != nullptr) TALKBACK_TRY(writer->write(sound));
    if (job.progress) job.progress(static_cast<double>(done) / static_cast<double>(length + latency));
  }
  return Pass{meter.loudness(), static_cast<double>(limiter.smallest_gain())};
}

struct Search {
  double gain_db = 0.0;
  double reached_lufs = 0.0;
  bool is_reached = true;
};

// Secant steps from the plain difference on.
Result<Search> find_gain(const MasteringJob& job, double input_lufs) {
  Search search{.gain_db = std::min(job.target.integrated_lufs - input_lufs, kDriveDbMax)};
  double previous_gain = 0.0;
  double previous_lufs = input_lufs;
  for (int pass = 0; pass < kPassesMax; ++pass) {
    TALKBACK_ASSIGN(const Pass result, run_pass(job, search.gain_db, analysis::TruePeak::off, nullptr));
    search.reached_lufs = result.loudness.integrated_lufs.value_or(input_lufs);
    const double missing = job.target.integrated_lufs - search.reached_lufs;
    search.is_reached = std::abs(missing) <= kToleranceLu;
    if (std::abs(missing) <= kToleranceLu / 2.0) return search;
    const double moved = search.gain_db - previous_gain;
    const double slope = std::abs(moved) > 1e-6 ? (search.reached_lufs - previous_lufs) / moved : 1.0;
    if (search.gain_db >= kDriveDbMax || (pass > 0 && slope < kHelpfulPart)) return search;
    previous_gain = search.gain_db;
    previous_lufs = search.reached_lufs;
    search.gain_db = std::min(search.gain_db + missing / std::clamp(slope, kHelpfulPart, 1.0), kDriveDbMax);
  }
  return search;
}

}  // namespace

Result<MasteredFile> master_to_target(const MasteringJob& job) {
  MasteredFile result;
  analysis::Loudness input;
  if (job.measured) {
    input = *job.measured;
  } else {
    TALKBACK_ASSIGN(const analysis::FileMeasure measure, analysis::measure_file(job.input));
    input = measure.loudness;
  }
  if (!input.integrated_lufs) {
    result.warnings.push_back("The master is silent or shorter than 400 ms: it has no loudness to bring to a target.");
  } else {
    result.gain_db = job.target.integrated_lufs - *input.integrated_lufs;
    const bool limits = !input.true_peak_dbtp || *input.true_peak_dbtp + result.gain_db > job.target.ceiling_dbtp - 0.5;
    if (limits) {
      TALKBACK_ASSIGN(const Search search, find_gain(job, *input.integrated_lufs));
      result.gain_db = search.gain_db;
      if (!search.is_reached) {
        result.warnings.push_back(fmt::format(
            "The master reaches {:.1f} LUFS: under a ceiling of {:.1f} dBTP, {:.1f} LUFS is out of reach for this mix.",
            search.reached_lufs, job.target.ceiling_dbtp, job.target.integrated_lufs));
      }
    }
  }
  TALKBACK_ASSIGN(media::AudioWriter writer, media::AudioWriter::create(job.output, job.writer));
  TALKBACK_ASSIGN(const Pass last, run_pass(job, result.gain_db, analysis::TruePeak::on, &writer));
  TALKBACK_TRY(writer.finish());
  result.loudness = last.loudness;
  return result;
}

}  // namespace talkback::mastering
