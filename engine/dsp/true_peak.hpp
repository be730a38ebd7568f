// Peaks between the samples, after ITU-R BS.1770-4, Annex 2: the signal is interpolated by FIR filters and the
// greatest magnitude taken.
//
// Deviations, all for accuracy. The points half-way come from a Kaiser-windowed sinc; on that doubled rate a short
// filter gives the points at one and three quarters; between these four points a frame, parabolas give the tops. How
// near to half the rate sound still counts is a matter of the sinc's length (Reach).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/position.hpp"
#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

class TruePeakDetector {
 public:
  // Frames on either side that a point half-way is made of: tones read within 0.05 dB up to 0.45 or 0.48 of the rate.
  enum class Reach { near = 32, far = 192 };
  // Frames are handled in groups of this many.
  static constexpr int kGroupFrames = 16;

  // Allocates.
  void prepare(int channels, Reach reach);
  void reset() noexcept;

  // The peak at index n belongs to the stretch of one frame that begins this many frames before n.
  Frames latency() const noexcept { return {static_cast<int>(reach_) + 3}; }
  // What is further in the past has no part in the newest two groups' peaks.
  Frames memory() const noexcept { return {2 * static_cast<int>(reach_) + 3 * kGroupFrames}; }

  // peaks[n]: the greatest magnitude over all channels. The frame count is a multiple of kGroupFrames. Values below
  // `floor` may be reported too low, which saves most of the work on quiet sound. [audio-thread]
  void process(ConstAudioBlock block, std::span<float> peaks, float floor = 0.0F) noexcept;

  // As process() of sound in which no peak reaches any floor. [audio-thread]
  void skip(ConstAudioBlock block) noexcept;

  void archive(StateArchive& state);

 private:
  static constexpr std::size_t kGroup = kGroupFrames;
  static constexpr std::size_t kKept = 8;
  // At most as many are handled at once.
  static constexpr std::size_t kRunFrames = 2 * kGroup;

  struct Channel {
    // Room for several groups behind the newest `memory()` frames, which end before end_.
    std::vector<float> samples;
    // The greatest magnitude of each group of samples.
    std::vector<float> greatest;
    // Points half-way: the last kKept are those before the next, unless that was skipped.
    std::array<float, kKept + kGroup> middles{};
    bool has_kept = false;
  };

  void append(Channel& channel, std::span<const float> sound) noexcept;
  void measure(Channel& channel, std::size_t end, std::span<float> peaks, float floor) noexcept;
  std::size_t begin_run(std::size_t frames) noexcept;
  void make_room() noexcept;

  Reach reach_ = Reach::near;
  std::vector<Channel> channels_;
  std::size_t end_ = 0;
};

}  // namespace talkback::dsp
