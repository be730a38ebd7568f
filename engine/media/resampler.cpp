#include "engine/media/resampler.hpp"

#include <fmt/format.h>
#include <soxr.h>

namespace talkback::media {

struct Resampler::State {
  soxr_t soxr = nullptr;
  std::size_t channels = 1;
  double ratio = 1.0;
  ~State() { soxr_delete(soxr); }
};

Resampler::Resampler(std::unique_ptr<State> state) : state_(std::move(state)) {}
Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

Result<Resampler> Resampler::create(ResamplerRates rates, int channels) {
  auto state = std::make_unique<State>();
  state->channels = static_cast<std::size_t>(channels);
  state->ratio = static_cast<double>(rates.to_hz) / rates.from_hz;
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
  const soxr_io_spec_t format = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  // One thread: the result does not depend on how many there are.
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  soxr_error_t error = nullptr;
  state->soxr =
      soxr_create(rates.from_hz, rates.to_hz, static_cast<unsigned>(channels), &error, &format, &quality, &runtime);
  if (error != nullptr) {
    return Error{ErrorCode::invalid,
                 fmt::format("Cannot convert {} Hz to {} Hz: {}.", rates.from_hz, rates.to_hz, error)};
  }
  return Resampler(std::move(state));
}

Result<void> Resampler::process(std::span<const float> input, std::vector<float>& output) {
  std::size_t done = 0;
  const std::size_t frames = input.size() / state_->channels;
  while (done < frames) {
    const std::size_t start = output.size();
    const auto room = static_cast<std::size_t>(static_cast<double>(frames - done) * state_->ratio) + 64;
    output.resize(start + room * state_->channels);
    std::size_t used = 0;
    std::size_t made = 0;
    const soxr_error_t error = soxr_process(state_->soxr, input.data() + done * state_->channels, frames - done, &used,
                                            output.data() + start, room, &made);
    output.resize(start + made * state_->channels);
    if (error != nullptr) return Error{ErrorCode::internal, fmt::format("Sample rate conversion: {}.", error)};
    done += used;
  }
  return {};
}

Result<void> Resampler::finish(std::vector<float>& output) {
  constexpr std::size_t kRoom = 4096;
  for (;;) {
    const std::size_t start = output.size();
    output.resize(start + kRoom * state_->channels);
    std::size_t made = 0;
    const soxr_error_t error = soxr_process(state_->soxr, nullptr, 0, nullptr, output.data() + start, kRoom, &made);
    output.resize(start + made * state_->channels);
    if (error != nullptr) return Error{ErrorCode::internal, fmt::format("Sample rate conversion: {}.", error)};
    if (made == 0) return {};
  }
}

}  // namespace talkback::media
