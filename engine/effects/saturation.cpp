#include "engine/effects/saturation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/dsp/decibel.hpp"
#include "engine/dsp/one_pole.hpp"

namespace talkback::effects {

namespace {

enum Parameter { drive_db, character, output_db, mix_percent };

constexpr ParameterInfo kParameters[] = {
    {"drive_db", "dB", 0.0, 36.0, 6.0, Taper::linear},
    {"character", "", 0.0, 4.0, 0.0, Taper::linear, Motion::jumps},
    {"output_db", "dB", -36.0, 24.0, 0.0, Taper::linear},
    {"mix_percent", "%", 0.0, 100.0, 100.0, Taper::linear},
};

constexpr double kBlockedHz = 5.0;
constexpr double kEmphasisHz = 3'000.0;
constexpr double kEmphasisDb = 9.0;
constexpr float kTubeBias = 0.5F;
// 1 / s'(1/2) = (1 + 1/4)^(3/2).
constexpr float kTubeScale = 1.3975425F;

// The averages of the curves over the way from a to b: differences of their integrals, written so that nothing cancels.

// s is the slope of sqrt(1 + x^2).
float soft_average(float a, float b) noexcept { return (a + b) / (std::sqrt(1.0F + a * a) + std::sqrt(1.0F + b * b)); }

float tube_average(float a, float b) noexcept {
  return (soft_average(a + kTubeBias, b + kTubeBias) - soft_average(kTubeBias, kTubeBias)) * kTubeScale;
}

// Over one way: the integrals weighted by how much of it is done, and by how much is left.
struct HardWay {
  float rising;
  float falling;
};

HardWay hard_way(float a, float b) noexcept {
  const float inner_a = std::min(std::max(a, -1.0F), 1.0F);
  const float inner_b = std::min(std::max(b, -1.0F), 1.0F);
  const bool is_flat = inner_a == inner_b;
  const float per_way = 1.0F / (is_flat ? 1.0F : b - a);
  // The parts of the way where the curve begins to follow the sound, and where it ceases.
  const float first = is_flat ? 0.0F : (inner_a - a) * per_way;
  const float inside = is_flat ? 1.0F : (inner_b - inner_a) * per_way;
  const float last = first + inside;
  const float all = inner_a * first + 0.5F * inside * (inner_a + inner_b) + inner_b * (1.0F - last);
  const float rising = 0.5F * (inner_a * last * last + inner_b * (1.0F - last * last)) +
                       (inner_b - inner_a) * inside * (0.5F * first + inside * (1.0F / 3.0F));
  return {rising, all - rising};
}

// way: two samples before, then the sound. The averages around all but the newest, weighted by a triangle as wide as
// two ways.
void hard_triangle(std::span<const float> way, float* out) noexcept {
  float rising = hard_way(way[0], way[1]).rising;
  for (std::size_t n = 0; n + 2 < way.size(); ++n) {
    const HardWay next = hard_way(way[n + 1], way[n + 2]);
    out[n] = rising + next.falling;
    rising = next.rising;
  }
}

// way: the sample before, then the sound.
template <class Average>
void average_over(std::span<const float> way, float* out, Average average) noexcept {
  for (std::size_t n = 0; n + 1 < way.size(); ++n) out[n] = average(way[n], way[n + 1]);
}

}  // namespace

Saturation::Saturation() : values_(kParameters) {
  drive_.jump(static_cast<float>(dsp::gain_from_db(values_[drive_db])));
}

std::span<const ParameterInfo> Saturation::parameters() const noexcept { return kParameters; }

Frames Saturation::latency() const noexcept {
  // In samples of the high rate.
  constexpr int kSamples = decltype(Channel::first)::kLatency * 8 + decltype(Channel::second)::kLatency * 4 +
                           decltype(Channel::third)::kLatency * 2 + decltype(Channel::fourth)::kLatency +
                           static_cast<int>(kPadding);
  static_assert(kSamples % static_cast<int>(kFactor) == 0);
  return {kSamples / static_cast<int>(kFactor)};
}

void Saturation::prepare(SampleRate rate, int channels) {
  rate_ = rate;
  channels_.resize(static_cast<std::size_t>(channels));
  for (Channel& channel : channels_) channel.dry.prepare(latency().count, static_cast<int>(kChunk));
  block_pole_ = dsp::pole_of_frequency(kBlockedHz, rate);
  // (G s + root) / (s + root) with s in units of the middle of the shelf, by the bilinear transform.
  const double gain = dsp::gain_from_db(kEmphasisDb);
  const double corner = std::sqrt(gain) * std::tan(std::numbers::pi * std::min(kEmphasisHz / rate.hz, 0.45));
  const double scale = 1.0 / (1.0 + corner);
  emphasis_ = {(corner + gain) * scale, (corner - gain) * scale, (corner - 1.0) * scale};
  de_emphasis_ = {1.0 / emphasis_.b0, emphasis_.a1 / emphasis_.b0, emphasis_.b1 / emphasis_.b0};
  reset();
}

void Saturation::set(int index, double value) noexcept {
  if (!values_.set(index, value)) return;
  const double mix = values_[mix_percent] / 100.0;
  const double output = dsp::gain_from_db(values_[output_db]);
  drive_.set(static_cast<float>(dsp::gain_from_db(values_[drive_db])));
  dry_.set(static_cast<float>((1.0 - mix) * output));
  wet_.set(static_cast<float>(mix * output));
}

void Saturation::process(AudioBlock block) noexcept {
  constexpr int kFrames = static_cast<int>(kChunk);
  for (int first = 0; first < block.frame_count(); first += kFrames)
    process_chunk(block.slice(first, std::min(kFrames, block.frame_count() - first)));
}

void Saturation::process_chunk(AudioBlock block) noexcept {
  const auto frames = static_cast<std::size_t>(block.frame_count());
  const auto which = static_cast<SaturationCharacter>(std::lround(values_[character]));
  std::array<float, kChunk> drive;
  std::array<float, kChunk> dry;
  std::array<float, kChunk> wet;
  for (std::size_t n = 0; n < frames; ++n) {
    drive[n] = drive_.next();
    dry[n] = dry_.next();
    wet[n] = wet_.next();
  }
  for (int c = 0; c < block.channel_count(); ++c) {
    Channel& channel = channels_[static_cast<std::size_t>(c)];
    const std::span<float> x = block.channel(c);
    std::array<float, kChunk> sound;
    for (std::size_t n = 0; n < frames; ++n) sound[n] = x[n] * drive[n];
    channel.dry.write(x);
    channel.dry.read(latency().count, x);
    bend(channel, std::span(sound).first(frames), which);
    for (std::size_t n = 0; n < frames; ++n) x[n] = dry[n] * x[n] + wet[n] * sound[n];
  }
}

void Saturation::bend(Channel& channel, std::span<float> sound, SaturationCharacter which) noexcept {
  const std::size_t frames = sound.size();
  // Direct form II transposed.
  const auto filter = [](const Shelf& shelf, double& state, float input) {
    const auto x = static_cast<double>(input);
    const double y = shelf.b0 * x + state;
    state = shelf.b1 * x - shelf.a1 * y;
    return static_cast<float>(y);
  };
  if (which == SaturationCharacter::tape) {
    for (float& sample : sound) sample = filter(emphasis_, channel.emphasis, sample);
  }
  std::array<float, 2 * kChunk> twice;
  std::array<float, 4 * kChunk> four_times;
  std::array<float, 8 * kChunk> eight_times;
  // Samples before come first, and what waits for the latency to be whole.
  std::array<float, kFactor * kChunk + kBefore> before;
  std::array<float, kFactor * kChunk + kPadding> after;
  const std::size_t count = kFactor * frames;
  channel.first.double_rate(sound, twice.data());
  channel.second.double_rate(std::span(twice).first(2 * frames), four_times.data());
  std::ranges::copy(channel.before, before.begin());
  channel.third.double_rate(std::span(four_times).first(4 * frames), eight_times.data());
  channel.fourth.double_rate(std::span(eight_times).first(8 * frames), before.data() + kBefore);
  std::copy_n(before.begin() + static_cast<std::ptrdiff_t>(count), kBefore, channel.before.begin());

  const std::span<const float> two_before = std::span(before).first(count + kBefore);
  const std::span<const float> way = two_before.subspan(1);
  std::ranges::copy(channel.after, after.begin());
  float* bent = after.data() + kPadding;
  switch (which) {
    case SaturationCharacter::unspecified:
    case SaturationCharacter::soft:
    case SaturationCharacter::tape:
      average_over(way, bent, soft_average);
      break;
    case SaturationCharacter::tube:
      average_over(way, bent, tube_average);
      break;
    case SaturationCharacter::hard:
      // One sample of the high rate late, and so taken one earlier.
      hard_triangle(two_before, bent - 1);
      bent[count - 1] = bent[count - 2];
      break;
  }
  std::copy_n(after.begin() + static_cast<std::ptrdiff_t>(count), kPadding, channel.after.begin());

  channel.fourth.halve_rate(after.data(), std::span(eight_times).first(8 * frames));
  channel.third.halve_rate(eight_times.data(), std::span(four_times).first(4 * frames));
  channel.second.halve_rate(four_times.data(), std::span(twice).first(2 * frames));
  channel.first.halve_rate(twice.data(), sound);
  if (which == SaturationCharacter::tape) {
    for (float& sample : sound) sample = filter(de_emphasis_, channel.de_emphasis, sample);
  }
  for (float& sample : sound) {
    const auto x = static_cast<double>(sample);
    channel.blocked = x - channel.blocked_input + block_pole_ * channel.blocked;
    channel.blocked_input = x;
    sample = static_cast<float>(channel.blocked);
  }
}

void Saturation::reset() noexcept {
  for (Channel& channel : channels_) {
    channel.first.reset();
    channel.second.reset();
    channel.third.reset();
    channel.fourth.reset();
    channel.before = {};
    channel.after = {};
    channel.emphasis = channel.de_emphasis = channel.blocked_input = channel.blocked = 0.0;
    channel.dry.reset();
  }
  drive_.jump(drive_.target());
  dry_.jump(dry_.target());
  wet_.jump(wet_.target());
}

void Saturation::Channel::archive(dsp::StateArchive& state) {
  state(first, second, third, fourth, before, after, emphasis, de_emphasis, blocked_input, blocked);
}

void Saturation::archive(dsp::StateArchive& state) {
  state(values_, channels_, drive_, dry_, wet_);
  for (Channel& channel : channels_) channel.dry.archive(state, latency().count);
}

}  // namespace talkback::effects
