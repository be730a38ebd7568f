// Convolution with long responses, by parts in the frequency domain.
//
//   out[n] = sum over k of response[k] * in[n - k]
// The response is cut into parts that grow along it (W. Gardner 1995, "Efficient Convolution without Input-Output
// Delay"): its first frames by the sum itself, the rest in levels of equal parts. A level of parts of B frames
// transforms every B frames of input once and keeps the spectra (overlap-save with a delay line of spectra, as in
// J.-S. Soo and K. Pang 1990). Each transform of 2B real samples is one of B complex numbers, by the right-angle
// convolution (R. Crandall and B. Fagin 1994, "Discrete Weighted Transforms and Large-Integer Arithmetic"): circular
// with the sign turned over, whose wrapped half is thrown away. A level begins where its first part is due, so
// everything happens at fixed frames since reset() and any block size gives the same samples. No latency.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/dsp/aligned_floats.hpp"
#include "engine/dsp/delay_line.hpp"
#include "engine/dsp/fft.hpp"
#include "engine/dsp/state_archive.hpp"

namespace talkback::dsp {

class Convolver {
 public:
  struct Path {
    int input = 0;
    int output = 0;
    int response = 0;
  };
  // What the sum does itself. Measured: up to here it is as fast as a transform.
  static constexpr int kHeadFrames = 128;

  // responses: of any lengths. Allocates, and resets.
  void prepare(int inputs, int outputs, std::span<const std::span<const float>> responses, std::span<const Path> paths);

  // Any number of frames; the output may be the input. [audio-thread]
  void process(ConstAudioBlock input, AudioBlock output) noexcept;

  void reset() noexcept;

  // The newest input and what is due next; the spectra are computed again.
  void archive(StateArchive& state);

 private:
  struct Level {
    explicit Level(int part_frames) : frames(part_frames), fft(part_frames) {}
    int frames;
    int parts = 0;
    Fft fft;
    AlignedFloats cosine;
    AlignedFloats sine;
    // [response][part][re, im][bin], scaled by 1 / frames
    std::vector<AlignedFloats> responses;
    // [input][slot][re, im][bin]: the newest is in `newest`, the older ones follow.
    std::vector<AlignedFloats> spectra;
    int newest = 0;
    // [output][frame]: what this level adds to the part that is sounding.
    std::vector<std::vector<float>> due;
  };

  void add_level(int frames, std::int64_t end, std::span<const std::span<const float>> responses);
  const float* past_of(int input, std::int64_t age, std::size_t count) noexcept;
  void transform(Level& level, int input, std::int64_t age, float* spectrum) noexcept;
  void advance(Level& level) noexcept;
  void process_chunk(ConstAudioBlock input, AudioBlock output) noexcept;
  std::int64_t history_frames() const noexcept;

  std::vector<Path> paths_;
  // [response][tap]
  std::vector<std::vector<float>> heads_;
  std::vector<Level> levels_;
  std::vector<DelayLine> lines_;
  std::int64_t count_ = 0;
  AlignedFloats past_;
  AlignedFloats sum_;
  AlignedFloats scratch_;
};

}  // namespace talkback::dsp
