// Sound made longer or shorter at its pitch, or higher and lower at its length: Rubber Band's finer engine (R3),
// offline, which keeps attacks within some 1.5 ms of their place up to a quarter longer, and 5 ms at 1.6 times.
//
// The whole of a sound goes through it twice, in order: once to find its attacks, once to be stretched. The same
// samples in give the same samples out on one machine and library, whatever the blocks.
#pragma once

#include <compare>
#include <functional>
#include <span>
#include <string>

#include "engine/base/result.hpp"
#include "engine/base/sample_rate.hpp"
#include "engine/media/audio_file.hpp"

namespace talkback::media {

// The same ranges as in session.proto.
inline constexpr double kTimeRatioMin = 0.25;
inline constexpr double kTimeRatioMax = 4.0;
inline constexpr double kTransposeMaxSt = 24.0;

struct TimeStretch {
  double time_ratio = 1.0;    // length heard / length recorded
  double transpose_st = 0.0;  // semitones, fractions allowed

  bool changes_nothing() const noexcept;
  // What the result depends on besides the samples: the values and the library's version. Fit for a file's name.
  std::string key() const;
  // Frames of the result of so many; also where in it a frame of the source sounds. To the nearest.
  Frames length_of(Frames source) const noexcept;

  friend auto operator<=>(const TimeStretch&, const TimeStretch&) = default;
};

// Takes the result, interleaved, in order.
using StretchSink = std::function<Result<void>(std::span<const float> interleaved)>;

// Told from time to time which part is done, 0 to 1; answers whether to go on.
using StretchWatch = std::function<bool(double done)>;

// The sink gets stretch.length_of(source.length()) frames. Formants move with the pitch. Memory: some MB a channel,
// whatever the length. Returns the reader's count of samples that are no numbers, after one reading. Fails with invalid
// (outside the ranges above), with unavailable where the watch says stop, or as the reader and the
// sink do.
Result<std::int64_t> stretch_sound(SourceReader& source, const TimeStretch& stretch, SampleRate rate,
                                   const StretchSink& sink, const StretchWatch& watch = {});

}  // namespace talkback::media
