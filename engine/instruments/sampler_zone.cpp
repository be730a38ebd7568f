#include "engine/instruments/sampler_zone.hpp"

#include <algorithm>

namespace talkback::instruments {

void SamplerZone::settle() noexcept {
  const std::int64_t frames = sound == nullptr ? 0 : sound->frames;
  start = std::clamp<std::int64_t>(start, 0, frames);
  end = std::clamp(end, start, frames);
  loop_start = std::clamp(loop_start, start, end);
  loop_end = std::clamp(loop_end, loop_start, end);
  // A loop of a frame or two is a mistake, and no sound.
  constexpr std::int64_t kLoopFramesMin = 4;
  if (is_one_shot || loop_end - loop_start < kLoopFramesMin) loop = SampleLoop::none;
  crossfade = loop == SampleLoop::forward || loop == SampleLoop::until_release
                  ? std::clamp<std::int64_t>(crossfade, 0, std::min(loop_start - start, loop_end - loop_start))
                  : 0;
}

std::int64_t SamplerZone::exit_after(std::int64_t ahead) const noexcept {
  const std::int64_t length = loop_end - loop_start;
  const std::int64_t pass = ahead <= loop_start ? 0 : (ahead - loop_start) / length;
  const std::int64_t exit = loop_start + (pass + 1) * length;
  return ahead < exit - crossfade ? exit : exit + length;
}

float SamplerZone::sample_at(std::int64_t frame, std::int64_t exit, int channel) const noexcept {
  if (frame < start) return 0.0F;
  if (loop == SampleLoop::none || frame >= exit) {
    const std::int64_t own = loop == SampleLoop::none ? frame : frame - (exit - loop_end);
    return own < end ? source_at(own, channel) : 0.0F;
  }
  if (frame < loop_start) return source_at(frame, channel);
  const std::int64_t length = loop_end - loop_start;
  const std::int64_t inside = frame - loop_start;
  if (loop == SampleLoop::ping_pong) {
    const std::int64_t place = inside % (2 * length);
    return source_at(place < length ? loop_start + place : loop_end - 1 - (place - length), channel);
  }
  const std::int64_t own = loop_start + inside % length;
  const std::int64_t in_fade = own - (loop_end - crossfade);
  const float sample = source_at(own, channel);
  if (in_fade < 0 || loop_start + (inside / length + 1) * length == exit) return sample;
  const float part = (static_cast<float>(in_fade) + 0.5F) / static_cast<float>(crossfade);
  return sample + (source_at(own - length, channel) - sample) * part;
}

void SamplerZone::copy(std::int64_t from, std::int64_t exit, std::span<float> left_side,
                       std::span<float> right_side) const noexcept {
  const auto count = static_cast<std::int64_t>(left_side.size());
  // Where nothing bends the way it is read as it lies.
  const std::int64_t plain_end = loop == SampleLoop::none ? end : std::min(exit, loop_end - crossfade);
  const bool is_plain = from >= start && from + count <= plain_end;
  for (int c = 0; c < sound->channels; ++c) {
    const std::span<float> side = c == 0 ? left_side : right_side;
    if (is_plain) {
      const float* source = sound->samples.data() + from * sound->channels + c;
      for (std::size_t n = 0; n < side.size(); ++n) side[n] = source[n * static_cast<std::size_t>(sound->channels)];
    } else {
      for (std::size_t n = 0; n < side.size(); ++n) side[n] = sample_at(from + static_cast<std::int64_t>(n), exit, c);
    }
  }
}

}  // namespace talkback::instruments
