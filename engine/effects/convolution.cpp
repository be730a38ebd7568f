#include "engine/effects/convolution.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "engine/dsp/crossover_filters.hpp"
#include "engine/dsp/decibel.hpp"

namespace talkback::effects {

namespace {

enum Parameter { pre_delay_ms, length_percent, low_cut_hz, high_cut_hz, gain_db, mix_percent, as_recorded };

constexpr ParameterInfo kParameters[] = {
    {"pre_delay_ms", "ms", 0.0, 500.0, 0.0, Taper::linear, Motion::jumps},
    {"length_percent", "%", 1.0, 100.0, 100.0, Taper::linear, Motion::jumps},
    {"low_cut_hz", "Hz", 10.0, 2'000.0, 10.0, Taper::logarithmic},
    {"high_cut_hz", "Hz", 500.0, 22'000.0, 22'000.0, Taper::logarithmic},
    {"gain_db", "dB", -144.0, 24.0, 0.0, Taper::linear},
    {"mix_percent", "%", 0.0, 100.0, 30.0, Taper::linear},
    {"as_recorded", "", 0.0, 1.0, 0.0, Taper::linear, Motion::jumps},
};

constexpr double kFadedPart = 0.1;
// A high cut above this part of the rate would only bend the highest octave.
constexpr double kHighCutPartMax = 0.49;

double energy_of(std::span<const float> samples) noexcept {
  double sum = 0.0;
  for (const float sample : samples) sum += static_cast<double>(sample) * static_cast<double>(sample);
  return sum;
}

// By which the response is multiplied, so that the louder output of uncorrelated noise is as loud as the input.
double level_of(const AudioBuffer& response) noexcept {
  double energy = 0.0;
  const auto of = [&](int channel) { return energy_of(response.block().channel(channel)); };
  if (response.channel_count() == 4) {
    energy = std::max(of(0) + of(2), of(1) + of(3));
  } else {
    for (int c = 0; c < response.channel_count(); ++c) energy = std::max(energy, of(c));
  }
  return energy > 0.0 ? 1.0 / std::sqrt(energy) : 1.0;
}

std::vector<dsp::Convolver::Path> paths_of(int response_channels, int channels) {
  if (channels == 1) return {{0, 0, 0}};
  if (response_channels == 4) return {{0, 0, 0}, {0, 1, 1}, {1, 0, 2}, {1, 1, 3}};
  return {{0, 0, 0}, {1, 1, response_channels == 2 ? 1 : 0}};
}

void blend(AudioBlock dry, AudioBlock wet, float mix, float gain) noexcept {
  const auto frames = static_cast<std::size_t>(dry.frame_count());
  for (int c = 0; c < dry.channel_count(); ++c) {
    float* x = dry.channel(c).data();
    const float* y = wet.channel(c).data();
    for (std::size_t n = 0; n < frames; ++n) x[n] = x[n] * (1.0F - mix) + y[n] * gain;
  }
}

}  // namespace

Convolution::Convolution(std::shared_ptr<const AudioBuffer> response)
    : values_(kParameters), response_(std::move(response)) {
  if (response_ == nullptr) {
    auto impulse = std::make_shared<AudioBuffer>(1, 1);
    impulse->block().channel(0)[0] = 1.0F;
    response_ = std::move(impulse);
  }
  const int count = response_->channel_count();
  TALKBACK_CHECK(count == 1 || count == 2 || count == kResponseChannelsMax);
}

std::span<const ParameterInfo> Convolution::parameters() const noexcept { return kParameters; }

void Convolution::prepare(SampleRate rate, int channels) {
  TALKBACK_CHECK(channels == 1 || channels == 2);
  rate_ = rate;
  channels_ = channels;
  const double part = values_[length_percent] / 100.0;
  const auto length = std::llround(part * static_cast<double>(response_->frame_count()));
  const std::int64_t faded = part < 1.0 ? std::llround(static_cast<double>(length) * kFadedPart) : 0;
  const std::int64_t pre_delay = std::llround(values_[pre_delay_ms] / 1e3 * rate.hz);
  const double level = values_[as_recorded] >= 0.5 ? 1.0 : level_of(*response_);
  response_frames_ = pre_delay + length;
  std::vector<std::vector<float>> responses;
  std::vector<std::span<const float>> views;
  for (int c = 0; c < response_->channel_count(); ++c) {
    auto& response = responses.emplace_back(static_cast<std::size_t>(response_frames_));
    for (std::int64_t n = 0; n < length; ++n) {
      const std::int64_t to_end = length - n;
      const double fade = to_end <= faded ? 0.5 - 0.5 * std::cos(std::numbers::pi * static_cast<double>(to_end) /
                                                                 (static_cast<double>(faded) + 1.0))
                                          : 1.0;
      response[static_cast<std::size_t>(pre_delay + n)] = static_cast<float>(
          static_cast<double>(response_->block().channel(c)[static_cast<std::size_t>(n)]) * level * fade);
    }
  }
  views.assign(responses.begin(), responses.end());
  convolver_.prepare(channels, channels, views, paths_of(response_->channel_count(), channels));
  wet_.resize(channels, kChunkFrames);
  reset();
}

void Convolution::set(int index, double value) noexcept {
  if (values_.set(index, value)) aim();
}

void Convolution::aim() noexcept {
  gain_.set(static_cast<float>(dsp::gain_from_db(values_[gain_db])));
  mix_.set(static_cast<float>(values_[mix_percent] / 100.0));
  if (rate_.hz == 0) return;
  const auto radians_of = [&](double hz) { return 2.0 * std::numbers::pi * hz / rate_.hz; };
  std::array<dsp::Biquad, 2> cuts{};
  const double low = values_[low_cut_hz];
  const double high = values_[high_cut_hz];
  if (low > kParameters[low_cut_hz].min) cuts[0] = dsp::crossover_at(radians_of(low)).high;
  if (high < std::min(kParameters[high_cut_hz].max, kHighCutPartMax * rate_.hz))
    cuts[1] = dsp::crossover_at(radians_of(high)).low;
  cuts_.set(cuts);
}

void Convolution::process_chunk(AudioBlock block) noexcept {
  const AudioBlock wet = wet_.block().slice(0, block.frame_count());
  convolver_.process(block, wet);
  if (!cuts_.rest_if_open()) cuts_.process(wet);
  const int moving = std::min(block.frame_count(), mix_.is_moving() || gain_.is_moving() ? dsp::kControlFrames : 0);
  for (int n = 0; n < moving; ++n) {
    const float mix = mix_.next();
    blend(block.slice(n, 1), wet.slice(n, 1), mix, gain_.next() * mix);
  }
  const int rest = block.frame_count() - moving;
  blend(block.slice(moving, rest), wet.slice(moving, rest), mix_.value(), gain_.value() * mix_.value());
}

void Convolution::process(AudioBlock block) noexcept {
  for (int first = 0; first < block.frame_count(); first += kChunkFrames)
    process_chunk(block.slice(first, std::min(kChunkFrames, block.frame_count() - first)));
}

void Convolution::reset() noexcept {
  aim();
  convolver_.reset();
  cuts_.reset();
  gain_.jump(gain_.target());
  mix_.jump(mix_.target());
}

bool Convolution::spreads() const noexcept { return response_->channel_count() > 1; }

Frames Convolution::tail() const noexcept { return {response_frames_}; }

void Convolution::archive(dsp::StateArchive& state) {
  // However sound was divided, nothing is left of what passed open cuts.
  cuts_.rest_if_open();
  state(values_, convolver_, cuts_, gain_, mix_);
}

}  // namespace talkback::effects
