// Sample rate conversion in a stream: soxr, very high quality, linear phase, no delay to compensate.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/base/result.hpp"

namespace talkback::media {

struct ResamplerRates {
  int from_hz = 0;
  int to_hz = 0;
};

class Resampler {
 public:
  static Result<Resampler> create(ResamplerRates rates, int channels);
  ~Resampler();
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;

  // Interleaved samples in; what is ready is appended to `output`.
  Result<void> process(std::span<const float> input, std::vector<float>& output);

  // No more input: appends the rest.
  Result<void> finish(std::vector<float>& output);

 private:
  struct State;
  explicit Resampler(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace talkback::media
