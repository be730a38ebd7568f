#include "engine/analysis/weighted_power.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "engine/dsp/denormals.hpp"
#include "engine/dsp/portable_math.hpp"
#include "engine/dsp/vectorise.hpp"

namespace talkback::analysis {

namespace {

using Quad = double __attribute__((vector_size(32)));
using QuadOrder = std::int64_t __attribute__((vector_size(32)));
using FloatQuad = float __attribute__((vector_size(16)));

// The analogue filters behind the coefficients that BS.1770 gives for 48 kHz, found by B. De Man, "Evaluation of
// Implementations of the EBU R128 Loudness Measurement", AES Convention 145 (2018): a shelf for the head, and a
// high-pass.
constexpr double kShelfHz = 1681.974450955533;
constexpr double kShelfQ = 0.7071752369554196;
constexpr double kShelfDb = 3.999843853973347;
constexpr double kShelfBandShare = 0.4996667741545416;  // of kShelfDb, at kShelfHz
constexpr double kHighPassHz = 38.13547087602444;
constexpr double kHighPassQ = 0.5003270373238773;

// BS.1770-4, Annex 1, table 3; the LFE is not measured.
double weight_of(int channel, int channels) noexcept {
  if (channels == 6 && channel == 3) return 0.0;
  return channels >= 4 && channel >= channels - 2 ? 1.41 : 1.0;
}

// Memories settle on multiples of this (-193 dBFS), sums on 37 bits and to nothing below kSumMin. Two recursions that
// hear the same come within a few units of 2^-53; of silence after sound, only the absolute size tells what is
// forgotten.
constexpr double kGrid = 0x1p-32;
constexpr double kSumMin = 0x1p-64;

double on_grid(double value) noexcept { return std::floor(value / kGrid + 0.5) * kGrid; }

// Bilinear transform of (high s^2 + band s / q + low) / (s^2 + s / q + 1) at hz, as a state variable filter after
// V. Zavalishin, "The Art of VA Filter Design" (2018), section 4, with both integrators solved for.
WeightingSection make_section(double hz, double q, double high, double band, double low, SampleRate rate) noexcept {
  const double g = dsp::portable::tangent_of_turns(0.5 * hz / rate.hz);
  const double k = 1.0 / q;
  const double a1 = 1.0 / (1.0 + g * (g + k));
  const double a2 = g * a1;
  const double a3 = g * a2;
  // Of the input, the band and the low output.
  const double m1 = k * (band - high);
  const double m2 = low - high;
  return {.keep = 2.0 * a1 - 1.0,
          .turn = 2.0 * a2,
          .follow = 2.0 * a3,
          .direct = high + m1 * a2 + m2 * a3,
          .aside = m1 * a1 + m2 * a2,
          .through = low};
}

std::array<WeightingSection, 2> make_sections(SampleRate rate) noexcept {
  const double shelf = dsp::portable::gain_from_db(kShelfDb);
  const double band = dsp::portable::gain_from_db(kShelfDb * kShelfBandShare);
  // BS.1770 leaves the numerator of the high-pass at 1, -2, 1.
  const double g = dsp::portable::tangent_of_turns(0.5 * kHighPassHz / rate.hz);
  const double high = 1.0 + g / kHighPassQ + g * g;
  return {make_section(kShelfHz, kShelfQ, shelf, band, 1.0, rate),
          make_section(kHighPassHz, kHighPassQ, high, 0.0, 0.0, rate)};
}

// The high-pass takes what the shelf gave so many frames ago: by then it is there, and no step waits for another.
constexpr int kLag = 4;

// Lanes: the shelf of the first and second channel, the high-pass of both.
struct Coefficients {
  Quad keep, turn, follow, direct, aside, through;

  explicit Coefficients(const std::array<WeightingSection, 2>& sections) noexcept {
    for (int lane = 0; lane < 4; ++lane) {
      const WeightingSection& section = sections[lane < 2 ? 0 : 1];
      keep[lane] = section.keep;
      turn[lane] = section.turn;
      follow[lane] = section.follow;
      direct[lane] = section.direct;
      aside[lane] = section.aside;
      through[lane] = section.through;
    }
  }
};

struct Pair {
  Quad low{};
  Quad band{};
  Quad sum{};
  // The outputs of the last steps, by step modulo kLag.
  Quad y[kLag]{};

  // x: of the two channels in its first half.
  [[gnu::always_inline]] inline void step(const Coefficients& k, const Quad& x, int slot) noexcept {
    const Quad d = x - low;
    const Quad output = (k.direct * d + k.aside * band) + k.through * low;
    const Quad next = (low + k.turn * band) + k.follow * d;
    band = k.keep * band + k.turn * d;
    low = next;
    sum += output * output;
    y[slot] = output;
  }

  // Where the first frames have not reached the high-pass, or the last have left the shelf: the other half keeps what
  // it has.
  [[gnu::always_inline]] inline void step_at(const Coefficients& k, const float* first, const float* second, int t,
                                             int frames) noexcept {
    const Pair before = *this;
    const bool has_new = t < frames;
    const Quad newest{has_new ? static_cast<double>(first[t]) : 0.0, has_new ? static_cast<double>(second[t]) : 0.0,
                      0.0, 0.0};
    step(k, __builtin_shuffle(newest, y[t % kLag], QuadOrder{0, 1, 4, 5}), t % kLag);
    const std::int64_t shelf = has_new ? -1 : 0;
    const std::int64_t high_pass = t >= kLag ? -1 : 0;
    const QuadOrder moves{shelf, shelf, high_pass, high_pass};
    low = moves ? low : before.low;
    band = moves ? band : before.band;
    sum = moves ? sum : before.sum;
  }
};

[[gnu::always_inline]] inline void load(const float* samples, Quad& four) noexcept {
  FloatQuad single;
  std::memcpy(&single, samples, sizeof single);
  four = __builtin_convertvector(single, Quad);
}

TALKBACK_VECTORISE void run_pair(const Coefficients& coefficients, Pair& pair, const float* first, const float* second,
                                 int frames) noexcept {
  const Coefficients k = coefficients;
  Pair mine = pair;
  // The steps at which both halves have a frame, in whole turns of the slots.
  const int full = kLag + std::max(0, frames - kLag) / kLag * kLag;
  for (int t = 0; t < kLag; ++t) mine.step_at(k, first, second, t, frames);
  for (int t = kLag; t < full; t += kLag) {
    Quad a;
    Quad b;
    load(first + t, a);
    load(second + t, b);
    const Quad even = __builtin_shuffle(a, b, QuadOrder{0, 4, 2, 6});
    const Quad odd = __builtin_shuffle(a, b, QuadOrder{1, 5, 3, 7});
    mine.step(k, __builtin_shuffle(even, mine.y[0], QuadOrder{0, 1, 4, 5}), 0);
    mine.step(k, __builtin_shuffle(odd, mine.y[1], QuadOrder{0, 1, 4, 5}), 1);
    mine.step(k, __builtin_shuffle(even, mine.y[2], QuadOrder{2, 3, 4, 5}), 2);
    mine.step(k, __builtin_shuffle(odd, mine.y[3], QuadOrder{2, 3, 4, 5}), 3);
  }
  for (int t = full; t < frames + kLag; ++t) mine.step_at(k, first, second, t, frames);
  pair = mine;
}

}  // namespace

void WeightedPower::prepare(SampleRate rate, int channels) {
  TALKBACK_CHECK(channels >= 1 && channels <= kChannelsMax);
  sections_ = make_sections(rate);
  step_frames_ = (rate.hz + 5) / 10;
  channels_.assign(static_cast<std::size_t>(channels), {});
  for (int c = 0; c < channels; ++c) channels_[static_cast<std::size_t>(c)].weight = weight_of(c, channels);
  reset();
}

void WeightedPower::reset() noexcept {
  for (Channel& channel : channels_) {
    channel.memory = {};
    channel.sum = 0.0;
  }
  frames_ = 0;
}

void WeightedPower::process(ConstAudioBlock block, std::vector<double>& steps) {
  TALKBACK_CHECK(block.channel_count() == static_cast<int>(channels_.size()));
  const dsp::DenormalsOff denormals_off;
  for (int done = 0; done < block.frame_count();) {
    const int frames = std::min(step_frames_ - frames_, block.frame_count() - done);
    run(block.slice(done, frames));
    done += frames;
    frames_ += frames;
    if (frames_ < step_frames_) return;
    double power = 0.0;
    for (Channel& channel : channels_) {
      power += channel.weight * (channel.sum / step_frames_);
      channel.sum = 0.0;
    }
    steps.push_back(power);
    frames_ = 0;
  }
}

// Within one step. Channels go in pairs; one that is left over goes with itself.
void WeightedPower::run(ConstAudioBlock block) noexcept {
  const Coefficients coefficients(sections_);
  for (std::size_t c = 0; c < channels_.size(); c += 2) {
    Channel& first = channels_[c];
    Channel& second = channels_[std::min(c + 1, channels_.size() - 1)];
    const auto& a = first.memory;
    const auto& b = second.memory;
    Pair pair{
        .low = {a[0], b[0], a[2], b[2]}, .band = {a[1], b[1], a[3], b[3]}, .sum = {0.0, 0.0, first.sum, second.sum}};
    const float* second_samples = block.channel(std::min(static_cast<int>(c) + 1, block.channel_count() - 1)).data();
    run_pair(coefficients, pair, block.channel(static_cast<int>(c)).data(), second_samples, block.frame_count());
    first.memory = {pair.low[0], pair.band[0], pair.low[2], pair.band[2]};
    first.sum = pair.sum[2];
    second.memory = {pair.low[1], pair.band[1], pair.low[3], pair.band[3]};
    second.sum = pair.sum[3];
  }
}

void WeightedPower::archive(dsp::StateArchive& state) {
  for (Channel& channel : channels_) {
    if (state.is_settling()) {
      for (double& item : channel.memory) item = on_grid(item);
      channel.sum = channel.sum < kSumMin ? 0.0 : dsp::StateArchive::rounded(channel.sum);
    }
    state(channel.memory, channel.sum);
  }
  state(frames_);
  // A damaged archive must not reach beyond the step.
  frames_ = std::clamp(frames_, 0, step_frames_ - 1);
}

}  // namespace talkback::analysis
