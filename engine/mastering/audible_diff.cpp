#include "engine/mastering/audible_diff.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/analysis/measure_file.hpp"
#include "engine/dsp/decibel.hpp"
#include "engine/media/audio_file.hpp"
#include "engine/media/audio_writer.hpp"

namespace talkback::mastering {

namespace {

constexpr int kBlockFrames = 8192;

}  // namespace

Result<AudibleDiff> write_audible_diff(const std::filesystem::path& before, const std::filesystem::path& after,
                                       const std::filesystem::path& folder) {
  TALKBACK_ASSIGN(const analysis::FileMeasure measure_before, analysis::measure_file(before));
  TALKBACK_ASSIGN(const analysis::FileMeasure measure_after, analysis::measure_file(after));
  const media::AudioFileInfo& info_before = measure_before.file;
  const media::AudioFileInfo& info_after = measure_after.file;
  if (info_before.channels != info_after.channels || info_before.sample_rate_hz != info_after.sample_rate_hz)
    return Error{ErrorCode::invalid, "the two differ in channels or sample rate and cannot be compared"};
  const auto loudness_before = measure_before.loudness.integrated_lufs;
  const auto loudness_after = measure_after.loudness.integrated_lufs;
  AudibleDiff diff{.before = before,
                   .after = folder / "after-matched.wav",
                   .difference = folder / "difference.wav",
                   .gain_db = 0.0,
                   .difference_peak_dbfs = -std::numeric_limits<double>::infinity()};
  if (loudness_before && loudness_after) diff.gain_db = *loudness_before - *loudness_after;

  const std::int64_t length = std::max(info_before.length.count, info_after.length.count);
  media::WriterOptions options;
  options.rate = SampleRate{info_before.sample_rate_hz};
  options.channels = info_before.channels;
  options.length_expected = Frames{length};
  TALKBACK_ASSIGN(media::AudioWriter matched, media::AudioWriter::create(diff.after, options));
  TALKBACK_ASSIGN(media::AudioWriter difference, media::AudioWriter::create(diff.difference, options));
  TALKBACK_ASSIGN(const auto reader_before, media::open_audio_file(before));
  TALKBACK_ASSIGN(const auto reader_after, media::open_audio_file(after));
  const auto gain = static_cast<float>(dsp::gain_from_db(diff.gain_db));
  float peak = 0.0F;
  for (std::int64_t at = 0; at < length; at += kBlockFrames) {
    const int frames = static_cast<int>(std::min<std::int64_t>(kBlockFrames, length - at));
    AudioBuffer first(info_before.channels, frames);
    AudioBuffer second(info_before.channels, frames);
    TALKBACK_TRY(reader_before->read(FramePosition{at}, first.block()));
    TALKBACK_TRY(reader_after->read(FramePosition{at}, second.block()));
    for (int c = 0; c < info_before.channels; ++c) {
      const auto from = first.block().channel(c);
      const auto to = second.block().channel(c);
      for (std::size_t n = 0; n < from.size(); ++n) {
        to[n] *= gain;
        from[n] = to[n] - from[n];
        peak = std::max(peak, std::abs(from[n]));
      }
    }
    TALKBACK_TRY(matched.write(second.block()));
    TALKBACK_TRY(difference.write(first.block()));
  }
  TALKBACK_TRY(matched.finish());
  TALKBACK_TRY(difference.finish());
  if (peak > 0.0F) diff.difference_peak_dbfs = 20.0 * std::log10(static_cast<double>(peak));
  return diff;
}

}  // namespace talkback::mastering
