#include "engine/effects/reverb.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "engine/dsp/biquad.hpp"
#include "engine/dsp/fractional_delay.hpp"

namespace talkback::effects {

namespace {

enum Parameter {
  size_percent,
  decay_s,
  pre_delay_ms,
  high_decay_percent,
  high_crossover_hz,
  low_cut_hz,
  width_percent,
  mix_percent,
  low_decay_percent,
  low_crossover_hz,
  modulation_rate_hz,
  modulation_depth_ms
};

constexpr double kDepthMsMax = 3.0;

constexpr ParameterInfo kParameters[] = {
    {"size_percent", "%", 1.0, 100.0, 60.0, Taper::linear, Motion::jumps},
    {"decay_s", "s", 0.1, 30.0, 1.8, Taper::logarithmic},
    {"pre_delay_ms", "ms", 0.0, 500.0, 20.0, Taper::linear, Motion::jumps},
    {"high_decay_percent", "%", 5.0, 100.0, 50.0, Taper::linear},
    {"high_crossover_hz", "Hz", 500.0, 20'000.0, 5'000.0, Taper::logarithmic},
    {"low_cut_hz", "Hz", 10.0, 2'000.0, 80.0, Taper::logarithmic},
    {"width_percent", "%", 0.0, 100.0, 100.0, Taper::linear},
    {"mix_percent", "%", 0.0, 100.0, 25.0, Taper::linear},
    {"low_decay_percent", "%", 20.0, 200.0, 100.0, Taper::linear},
    {"low_crossover_hz", "Hz", 50.0, 1'000.0, 250.0, Taper::logarithmic},
    {"modulation_rate_hz", "Hz", 0.01, 5.0, 0.5, Taper::logarithmic},
    {"modulation_depth_ms", "ms", 0.0, kDepthMsMax, 0.0, Taper::linear, Motion::jumps},
};

constexpr double kPreDelaySecondsMax = 0.5;
// The longest line: from a closet to a cathedral.
constexpr double kLineSecondsMin = 0.012;
constexpr double kLineSecondsMax = 0.100;
// The shortest line as a part of the longest.
constexpr double kLineSpread = 0.35;
constexpr float kDiffusion = 0.6F;
// Seconds, left and right; chosen apart from each other and from small ratios.
constexpr double kDiffuserSeconds[2][4] = {{0.00477, 0.00359, 0.01273, 0.00931}, {0.00503, 0.00337, 0.01201, 0.00983}};
constexpr double kReferenceHz = 1'000.0;
constexpr double kLowDecayFactorMax = 1.25;

bool is_prime(std::int64_t value) noexcept {
  if (value < 4) return value > 1;
  if (value % 2 == 0) return false;
  for (std::int64_t divisor = 3; divisor * divisor <= value; divisor += 2) {
    if (value % divisor == 0) return false;
  }
  return true;
}

std::int64_t prime_from(std::int64_t value) noexcept {
  while (!is_prime(value)) ++value;
  return value;
}

// High shelf with 1 at the bottom and `gain` at the top (R. Bristow-Johnson, "Audio EQ Cookbook", slope 1).
dsp::Biquad shelf(double radians, double gain) noexcept {
  const double a = std::sqrt(gain);
  const double cosine = std::cos(radians);
  const double beta = std::sqrt(2.0 * a) * std::sin(radians);
  const double a0 = (a + 1.0) - (a - 1.0) * cosine + beta;
  return {a * ((a + 1.0) + (a - 1.0) * cosine + beta) / a0, -2.0 * a * ((a - 1.0) + (a + 1.0) * cosine) / a0,
          a * ((a + 1.0) + (a - 1.0) * cosine - beta) / a0, 2.0 * ((a - 1.0) - (a + 1.0) * cosine) / a0,
          ((a + 1.0) - (a - 1.0) * cosine - beta) / a0};
}

// `gain` at the bottom and 1 at the top.
dsp::Biquad low_shelf(double radians, double gain) noexcept {
  dsp::Biquad filter = shelf(radians, 1.0 / gain);
  for (double* numerator : {&filter.b0, &filter.b1, &filter.b2}) *numerator *= gain;
  return filter;
}

}  // namespace

Reverb::Reverb() : values_(kParameters) {}

std::span<const ParameterInfo> Reverb::parameters() const noexcept { return kParameters; }

void Reverb::prepare(SampleRate rate, int channels) {
  TALKBACK_CHECK(channels == 1 || channels == 2);
  rate_ = rate;
  channels_ = channels;
  const auto frames_of = [&](double seconds) { return static_cast<std::int64_t>(std::ceil(seconds * rate.hz)); };
  // Room for the next prime.
  constexpr std::int64_t kPrimeGap = 256;
  for (auto& line : pre_delays_) line.prepare(frames_of(kPreDelaySecondsMax) + 1, kChunkFrames);
  const std::int64_t line_frames_max = frames_of(kLineSecondsMax) + frames_of(kDepthMsMax / 1e3) + kPrimeGap * kLines;
  for (auto& line : lines_) line.prepare(line_frames_max, kChunkFrames);
  weights_ = dsp::LagrangeWeights::table();
  window_.resize(static_cast<std::size_t>(frames_of(kDepthMsMax / 1e3) + kChunkFrames + 16));
  step_.jump(values_[modulation_rate_hz] / rate.hz);
  for (std::size_t c = 0; c < 2; ++c) {
    for (std::size_t i = 0; i < kDiffusers; ++i) {
      Diffuser& diffuser = diffusers_[c][i];
      diffuser.frames = std::max<std::int64_t>(kChunkFrames, prime_from(frames_of(kDiffuserSeconds[c][i])));
      diffuser.line.prepare(diffuser.frames, kChunkFrames);
    }
  }
  place_lines();
  tune_absorption();
  width_.jump(static_cast<float>(values_[width_percent] / 100.0));
  mix_.jump(static_cast<float>(values_[mix_percent] / 100.0));
  reset();
}

void Reverb::set(int index, double value) noexcept {
  if (!values_.set(index, value) || channels_ == 0) return;
  if (index == mix_percent) return mix_.set(static_cast<float>(values_[index] / 100.0));
  if (index == width_percent) return width_.set(static_cast<float>(values_[index] / 100.0));
  if (index == modulation_rate_hz) return step_.set(values_[index] / rate_.hz);
  if (index == modulation_depth_ms) return;
  if (index == size_percent || index == pre_delay_ms) place_lines();
  stale_ = true;
}

// Lengths grow geometrically, as primes, so that no two lines share an echo.
void Reverb::place_lines() noexcept {
  const double size = values_[size_percent] / 100.0;
  const double longest = (kLineSecondsMin + (kLineSecondsMax - kLineSecondsMin) * size) * rate_.hz;
  std::int64_t previous = kChunkFrames;
  for (int i = 0; i < kLines; ++i) {
    const double length = longest * std::pow(kLineSpread, 1.0 - static_cast<double>(i) / (kLines - 1));
    previous = prime_from(std::max(previous + 1, static_cast<std::int64_t>(length)));
    line_frames_[static_cast<std::size_t>(i)] = previous;
  }
  pre_delay_frames_ = std::llround(values_[pre_delay_ms] / 1e3 * rate_.hz);
  stale_ = true;
}

void Reverb::put(ReverbAbsorption& absorption, std::size_t line, const dsp::Biquad& filter, double gain) noexcept {
  absorption.b0[line] = filter.b0 * gain;
  absorption.c1[line] = (filter.b1 - filter.a1 * filter.b0) * gain;
  absorption.c2[line] = (filter.b2 - filter.a2 * filter.b0) * gain;
  absorption.a1[line] = filter.a1;
  absorption.a2[line] = filter.a2;
}

void Reverb::tune_absorption() noexcept {
  const double decay = values_[decay_s];
  const double high_decay = decay * values_[high_decay_percent] / 100.0;
  const double crossover = std::min(values_[high_crossover_hz], 0.45 * rate_.hz);
  const double radians = 2.0 * std::numbers::pi * crossover / rate_.hz;
  const double reference = 2.0 * std::numbers::pi * std::min(kReferenceHz, 0.4 * rate_.hz) / rate_.hz;
  lows_differ_ = values_[low_decay_percent] != 100.0;
  const double low_decay = decay * values_[low_decay_percent] / 100.0;
  const double low_radians = 2.0 * std::numbers::pi * std::min(values_[low_crossover_hz], 0.3 * rate_.hz) / rate_.hz;
  double energy = 0.0;
  for (int i = 0; i < kLines; ++i) {
    const double seconds = static_cast<double>(line_frames_[static_cast<std::size_t>(i)]) / rate_.hz;
    const auto gain_of = [&](double rt60) { return std::pow(10.0, -3.0 * seconds / rt60); };
    const double wanted = gain_of(decay);
    double low = wanted;
    dsp::Biquad filter;
    dsp::Biquad low_filter;
    // The foot of the shelf reaches 1 kHz: what it takes there is given back, until the two agree.
    for (int round = 0; round < 6; ++round) {
      filter = shelf(radians, std::min(1.0, gain_of(high_decay) / low));
      double reached = std::abs(dsp::response_at(filter, reference));
      if (lows_differ_) {
        low_filter = low_shelf(low_radians, gain_of(low_decay) / low);
        reached *= std::abs(dsp::response_at(low_filter, reference));
      }
      low = std::min(wanted / reached, gain_of(decay * kLowDecayFactorMax));
    }
    put(absorption_, static_cast<std::size_t>(i), filter, low);
    put(low_absorption_, static_cast<std::size_t>(i), low_filter, 1.0);
    energy += wanted * wanted / kLines;
  }
  // The lines hold 1 / (1 - energy) times the power that enters, and are heard after their absorption. A decay
  // shorter than the lines themselves is not made up for.
  constexpr double kEnergyMin = 0.1;
  level_.set(static_cast<float>(std::sqrt(std::max(1.0 - energy, 1e-9) / std::max(energy, kEnergyMin) / 2.0)));
  low_cut_pole_ = static_cast<float>(dsp::pole_of_frequency(values_[low_cut_hz], rate_));
  stale_ = false;
}

void Reverb::prepare_inputs(ConstAudioBlock block, std::array<Chunk, 2>& inputs) noexcept {
  const auto frames = static_cast<std::size_t>(block.frame_count());
  for (std::size_t c = 0; c < 2; ++c) {
    pre_delays_[c].write(block.channel(std::min(static_cast<int>(c), channels_ - 1)));
    pre_delays_[c].read(pre_delay_frames_, std::span(inputs[c]).first(frames));
  }
  // Both at once and in registers: a sample waits for the one before, not for the other channel.
  std::array<dsp::OnePole, 2> cuts = low_cuts_;
  const float pole = low_cut_pole_;
  for (std::size_t n = 0; n < frames; ++n) {
    inputs[0][n] = cuts[0].high(inputs[0][n], pole);
    inputs[1][n] = cuts[1].high(inputs[1][n], pole);
  }
  low_cuts_ = cuts;
  Chunk delayed{};
  const std::span<float> past = std::span(delayed).first(frames);
  for (std::size_t c = 0; c < 2; ++c) {
    for (Diffuser& diffuser : diffusers_[c]) {
      diffuser.line.read(diffuser.frames - static_cast<std::int64_t>(frames), past);
      diffuse(inputs[c].data(), delayed.data(), kDiffusion, block.frame_count());
      diffuser.line.write(past);
    }
  }
}

// A line is at least as long as a chunk and the points of the interpolation, so that no chunk reads what it writes.
void Reverb::read_modulated(int frames) noexcept {
  std::array<float, kChunkFrames> turns{};
  std::array<double, kChunkFrames> ages{};
  for (int n = 0; n < frames; ++n) {
    turns[static_cast<std::size_t>(n)] = phase_.at(0.0F);
    phase_.advance(step_.next());
  }
  constexpr int kPoints = dsp::LagrangeWeights::kPoints;
  const std::int64_t reach = static_cast<std::int64_t>(std::ceil(depth_frames_)) + 1;
  for (std::size_t i = 0; i < kLines; ++i) {
    if (!is_modulated(i)) continue;
    const std::int64_t length = std::max<std::int64_t>(line_frames_[i], kChunkFrames + kPoints / 2);
    // window[0] is the oldest point that any frame of the chunk can ask for.
    const std::int64_t newest = length - frames - kPoints / 2 + 1;
    const auto window = std::span(window_).first(static_cast<std::size_t>(reach + frames + kPoints));
    lines_[i].read(newest, window);
    const std::int64_t oldest = newest + std::ssize(window) - 1;
    const float offset = static_cast<float>(i) / static_cast<float>(kLines);
    // Apart from the reads, so that the compiler makes vectors of the waves.
    for (std::size_t k = 0; k < kChunkFrames; ++k) {
      const auto wave = static_cast<double>(dsp::sine_of_turns(turns[k] + offset));
      ages[k] = static_cast<double>(length - 1 - static_cast<int>(k)) + 0.5 * depth_frames_ * (1.0 + wave);
    }
    for (std::size_t k = 0; k < static_cast<std::size_t>(frames); ++k) {
      const auto whole = static_cast<std::int64_t>(ages[k]);
      const std::int64_t from = oldest - whole - kPoints / 2;
      tile_.lines[i][k] = dsp::LagrangeWeights::interpolate(weights_, window.data() + from,
                                                            static_cast<float>(ages[k] - static_cast<double>(whole)));
    }
  }
}

// What comes out of the lines, through their absorption, into the tile.
void Reverb::read_lines(int frames) noexcept {
  const bool moves = depth_frames_ > 0.0;
  if (moves) read_modulated(frames);
  std::array<const double*, kLines> tile{};
  for (std::size_t i = 0; i < kLines; ++i) tile[i] = tile_.lines[i].data();
  std::array<const double*, kLines> from = tile;
  for (std::size_t i = 0; i < kLines; ++i) {
    if (moves && is_modulated(i)) continue;
    const std::int64_t delay = line_frames_[i] - frames;
    // Where a whole tile lies in one piece it is read in place.
    const double* place = frames == kTileFrames ? lines_[i].find(delay, kTileFrames) : nullptr;
    if (place != nullptr) {
      from[i] = place;
    } else {
      lines_[i].read(delay, std::span(tile_.lines[i]).first(static_cast<std::size_t>(frames)));
    }
  }
  absorb(absorption_, from, tile_, frames);
  if (lows_differ_) absorb(low_absorption_, tile, tile_, frames);
}

// The mixed tile and the input go into the lines.
void Reverb::write_lines(const std::array<Chunk, 2>& inputs, int frames) noexcept {
  constexpr double kScale = 0.25;                // 1 / sqrt(kLines): makes the matrix orthogonal
  constexpr double kFeed = 0.35355339059327379;  // 1 / sqrt(8): a channel feeds half of the lines
  std::array<double*, kLines> to{};
  for (std::size_t i = 0; i < kLines; ++i) {
    double* place = frames == kTileFrames ? lines_[i].place(kTileFrames) : nullptr;
    to[i] = place != nullptr ? place : tile_.lines[i].data();
  }
  feed_lines(tile_, inputs[0].data(), inputs[1].data(), kScale, kFeed, to);
  for (std::size_t i = 0; i < kLines; ++i) {
    if (to[i] != tile_.lines[i].data()) {
      lines_[i].wrote(kTileFrames);
    } else {
      lines_[i].write(std::span<const double>(tile_.lines[i]).first(static_cast<std::size_t>(frames)));
    }
  }
}

void Reverb::process_chunk(AudioBlock block) noexcept {
  const int frames = block.frame_count();
  std::array<Chunk, 2> inputs{};
  prepare_inputs(block, inputs);
  read_lines(frames);
  mix_lines(tile_);
  std::array<Chunk, 3> moving;
  for (std::size_t n = 0; n < static_cast<std::size_t>(frames); ++n) {
    moving[0][n] = level_.next();
    moving[1][n] = width_.next();
    moving[2][n] = mix_.next();
  }
  // Rows 5 and 10 of the matrix are orthogonal and have no line's echo alone.
  for (int c = 0; c < channels_; ++c)
    hear(tile_.lines[5].data(), tile_.lines[10].data(), moving[0].data(), moving[1].data(), moving[2].data(), c == 1,
         block.channel(c).data(), frames);
  write_lines(inputs, frames);
}

void Reverb::process(AudioBlock block) noexcept {
  if (stale_) tune_absorption();
  for (int first = 0; first < block.frame_count(); first += kChunkFrames) {
    process_chunk(block.slice(first, std::min(kChunkFrames, block.frame_count() - first)));
  }
}

void Reverb::reset() noexcept {
  if (stale_ && channels_ != 0) tune_absorption();
  for (auto& line : pre_delays_) line.reset();
  for (auto& line : lines_) line.reset();
  for (auto& channel : diffusers_) {
    for (Diffuser& diffuser : channel) diffuser.line.reset();
  }
  low_cuts_ = {};
  for (ReverbAbsorption* absorption : {&absorption_, &low_absorption_}) {
    absorption->s1 = {};
    absorption->s2 = {};
  }
  phase_ = {};
  settlings_ = 0;
  step_.jump(step_.target());
  depth_frames_ = values_[modulation_depth_ms] / 1e3 * rate_.hz;
  level_.jump(level_.target());
  width_.jump(width_.target());
  mix_.jump(mix_.target());
}

Frames Reverb::tail() const noexcept {
  const double longest = std::max(kLowDecayFactorMax, values_[low_decay_percent] / 100.0);
  const double seconds = values_[decay_s] * longest + values_[pre_delay_ms] / 1e3 + kLineSecondsMax;
  return {static_cast<std::int64_t>(seconds * rate_.hz)};
}

std::int64_t Reverb::history_frames(std::size_t line) const noexcept {
  const std::int64_t behind =
      depth_frames_ > 0.0 ? static_cast<std::int64_t>(std::ceil(depth_frames_)) + dsp::LagrangeWeights::kPoints : 0;
  return line_frames_[line] + behind;
}

// In places where the song settles, which lie 1.4 s apart at 48 kHz. One bit in one sample becomes at most
// sqrt(samples) bits in all together, and falls by 60 dB a decay: with 50,000 samples it takes 1.1 decays until it
// rounds to nothing nine times out of ten.
std::int64_t Reverb::settling_period() const noexcept {
  constexpr double kDecays = 1.25;
  constexpr double kSettleFrames = 65'536.0;
  const double longest = values_[decay_s] * std::max(kLowDecayFactorMax, values_[low_decay_percent] / 100.0);
  const double places = std::max(1.0, kDecays * longest * rate_.hz / kSettleFrames);
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(std::ceil(places))));
}

void Reverb::settle_lines() noexcept {
  constexpr int kBits = 26;
  if (++settlings_ % settling_period() != 0) return;
  for (std::size_t i = 0; i < kLines; ++i) lines_[i].settle(history_frames(i), kBits);
  for (ReverbAbsorption* absorption : {&absorption_, &low_absorption_}) {
    for (auto* row : {&absorption->s1, &absorption->s2}) {
      for (double& value : *row) value = dsp::StateArchive::rounded(value, kBits);
    }
  }
}

void Reverb::archive(dsp::StateArchive& state) {
  if (state.is_settling()) settle_lines();
  state(values_, stale_, low_cuts_, low_cut_pole_, level_, width_, mix_, lows_differ_, phase_, step_, settlings_);
  for (dsp::DelayLine& line : pre_delays_) line.archive(state, pre_delay_frames_);
  for (auto& channel : diffusers_) {
    for (Diffuser& diffuser : channel) diffuser.line.archive(state, diffuser.frames);
  }
  for (std::size_t i = 0; i < kLines; ++i) lines_[i].archive(state, history_frames(i));
  for (ReverbAbsorption* absorption : {&absorption_, &low_absorption_}) {
    for (auto* row : {&absorption->b0, &absorption->c1, &absorption->c2, &absorption->a1, &absorption->a2,
                      &absorption->s1, &absorption->s2})
      state(*row);
  }
}

}  // namespace talkback::effects
