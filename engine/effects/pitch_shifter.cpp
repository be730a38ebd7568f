#include "engine/effects/pitch_shifter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "engine/dsp/fast_math.hpp"
#include "engine/dsp/oscillator.hpp"

namespace talkback::effects {

namespace {

enum Parameter { shift_st, fine_cents, preserve_formants, mix_percent };

constexpr ParameterInfo kParameters[] = {
    {"shift_st", "st", -24.0, 24.0, 0.0, Taper::linear},
    {"fine_cents", "cents", -100.0, 100.0, 0.0, Taper::linear},
    {"preserve_formants", "", 0.0, 1.0, 0.0, Taper::linear},
    {"mix_percent", "%", 0.0, 100.0, 100.0, Taper::linear},
};

// N is the next power of two.
constexpr double kWindowSecondsMin = 0.05;
// Neighbours on each side that a peak exceeds: half a main lobe of the Hann window, in padded bins.
constexpr int kNeighbours = 4;
constexpr float kBornGrowth = 9.0F;
// Sum of the squared Hann windows, four to a window.
constexpr float kWindowSum = 1.5F;
constexpr double kFormantSeconds = 0.002;
// -180 dB: nothing is heard of it, and its logarithm is finite.
constexpr float kPowerMin = 1e-18F;
// 2^6.6 is 40 dB.
constexpr float kFormantOctavesMax = 6.6F;

std::size_t index(std::int64_t value) noexcept { return static_cast<std::size_t>(value); }

// The angle of (x, y) in turns, from -1/2 to 1/2; error below 1e-8. Arctangent: Abramowitz and Stegun 4.4.49.
double turns_of(double x, double y) noexcept {
  const double larger = std::max(std::abs(x), std::abs(y));
  if (larger == 0.0) return 0.0;
  const double t = std::min(std::abs(x), std::abs(y)) / larger;
  const double s = t * t;
  double sum = 0.0028662257;
  for (const double coefficient :
       {-0.0161657367, 0.0429096138, -0.0752896400, 0.1065626393, -0.1420889944, 0.1999355085, -0.3333314528, 1.0})
    sum = sum * s + coefficient;
  double turns = t * sum / (2.0 * std::numbers::pi);
  if (std::abs(y) > std::abs(x)) turns = 0.25 - turns;
  if (x < 0.0) turns = 0.5 - turns;
  return y < 0.0 ? -turns : turns;
}

double nearest_turn(double turns) noexcept { return turns - std::floor(turns + 0.5); }

}  // namespace

PitchShifter::PitchShifter() : values_(kParameters) {}

std::span<const ParameterInfo> PitchShifter::parameters() const noexcept { return kParameters; }

void PitchShifter::prepare(SampleRate rate, int channels) {
  TALKBACK_CHECK(channels == 1 || channels == 2);
  rate_ = rate;
  channels_ = channels;
  frames_ = static_cast<int>(std::bit_ceil(static_cast<unsigned>(kWindowSecondsMin * rate.hz)));
  hop_ = frames_ / kOverlap;
  const int size = frames_ * kPadding;
  bins_ = size / 2 + 1;
  fft_.emplace(size);
  window_.clear();
  for (int n = 0; n < frames_; ++n)
    window_.push_back(static_cast<float>(0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * n / frames_)));
  for (dsp::DelayLine& line : lines_) line.prepare(frames_, hop_);
  for (auto& due : due_) due.assign(index(frames_), 0.0F);
  for (auto* spectra : {&now_, &before_, &moved_}) {
    for (Spectrum& spectrum : *spectra) spectrum = {std::vector<float>(index(bins_)), std::vector<float>(index(bins_))};
  }
  turned_.assign(index(bins_), 0.0);
  turned_before_ = turned_;
  power_.assign(index(bins_), 0.0F);
  power_before_ = envelope_ = line_ = weights_ = power_;
  peaks_.assign(index(bins_), {});
  frame_ = scratch_ = {std::vector<float>(index(size)), std::vector<float>(index(size))};
  reset();
}

void PitchShifter::set(int index, double value) noexcept {
  if (values_.set(index, value) && index == mix_percent) mix_.set(static_cast<float>(values_[index] / 100.0));
}

void PitchShifter::process(AudioBlock block) noexcept {
  for (int first = 0; first < block.frame_count();) {
    const auto at = static_cast<int>(count_ % frames_);
    const int frames = std::min(hop_ - at % hop_, block.frame_count() - first);
    for (int c = 0; c < channels_; ++c) lines_[index(c)].write(block.slice(first, frames).channel(c));
    for (int n = 0; n < frames; ++n) {
      const float mix = mix_.next();
      for (int c = 0; c < channels_; ++c) {
        const float dry = lines_[index(c)].at(frames - 1 - n + frames_);
        float& due = due_[index(c)][index(at + n)];
        block.channel(c)[index(first + n)] = dry * (1.0F - mix) + due * mix;
        due = 0.0F;
      }
    }
    count_ += frames;
    first += frames;
    if (count_ % hop_ == 0) transform_frame();
  }
}

void PitchShifter::transform_frame() noexcept {
  analyse();
  find_peaks();
  if (values_[preserve_formants] >= 0.5) find_envelope();
  move_peaks();
  synthesise();
  std::swap(now_, before_);
  std::swap(power_, power_before_);
  std::swap(turned_, turned_before_);
}

// Both channels in one transform: left as the real and right as the imaginary part.
void PitchShifter::analyse() noexcept {
  for (auto* part : {&frame_.re, &frame_.im}) std::ranges::fill(*part, 0.0F);
  for (int c = 0; c < channels_; ++c) {
    const std::span<float> part = std::span(c == 0 ? frame_.re : frame_.im).first(index(frames_));
    lines_[index(c)].read(0, part);
    for (std::size_t n = 0; n < part.size(); ++n) part[n] *= window_[n];
  }
  fft_->forward(frame_.re.data(), frame_.im.data(), scratch_.re.data(), scratch_.im.data());
  const std::size_t size = frame_.re.size();
  for (std::size_t k = 0; k < index(bins_); ++k) {
    const std::size_t mirror = (size - k) & (size - 1);
    now_[0].re[k] = 0.5F * (frame_.re[k] + frame_.re[mirror]);
    now_[0].im[k] = 0.5F * (frame_.im[k] - frame_.im[mirror]);
    now_[1].re[k] = 0.5F * (frame_.im[k] + frame_.im[mirror]);
    now_[1].im[k] = 0.5F * (frame_.re[mirror] - frame_.re[k]);
    power_[k] = 0.0F;
    for (const Spectrum& spectrum : now_)
      power_[k] += spectrum.re[k] * spectrum.re[k] + spectrum.im[k] * spectrum.im[k];
  }
}

void PitchShifter::find_peaks() noexcept {
  peak_count_ = 0;
  for (int k = 0; k < bins_; ++k) {
    bool is_peak = power_[index(k)] > kPowerMin;
    for (int away = 1; away <= kNeighbours && is_peak; ++away) {
      // Of equal neighbours the first is the peak.
      is_peak = (k - away < 0 || power_[index(k)] > power_[index(k - away)]) &&
                (k + away >= bins_ || power_[index(k)] >= power_[index(k + away)]);
    }
    if (!is_peak) continue;
    int begin = 0;
    if (peak_count_ > 0) {
      Peak& last = peaks_[peak_count_ - 1];
      const auto valley = std::min_element(power_.begin() + last.bin, power_.begin() + k);
      begin = last.end = static_cast<int>(valley - power_.begin());
    }
    peaks_[peak_count_++] = {k, begin, bins_};
  }
}

// In octaves of power: a line from peak to peak, smoothed by its cepstrum, and once more where that lies above it.
void PitchShifter::find_envelope() noexcept {
  const auto level_of = [&](const Peak& peak) { return dsp::log2_of(std::max(power_[index(peak.bin)], kPowerMin)); };
  std::ranges::fill(envelope_, peak_count_ > 0 ? level_of(peaks_[0]) : 0.0F);
  for (std::size_t i = 0; i < peak_count_; ++i) {
    const Peak& peak = peaks_[i];
    const Peak& next = peaks_[std::min(i + 1, peak_count_ - 1)];
    const float level = level_of(peak);
    const float slope = next.bin > peak.bin ? (level_of(next) - level) / static_cast<float>(next.bin - peak.bin) : 0.0F;
    const int end = next.bin > peak.bin ? next.bin : bins_;
    for (int k = peak.bin; k < end; ++k) envelope_[index(k)] = level + slope * static_cast<float>(k - peak.bin);
  }
  std::copy_n(envelope_.begin(), index(bins_), line_.begin());
  smooth_envelope();
  for (std::size_t k = 0; k < index(bins_); ++k) envelope_[k] = std::max(envelope_[k], line_[k]);
  smooth_envelope();
}

void PitchShifter::smooth_envelope() noexcept {
  const std::size_t size = frame_.re.size();
  std::ranges::fill(frame_.im, 0.0F);
  for (std::size_t k = 0; k < index(bins_); ++k) frame_.re[k] = frame_.re[(size - k) & (size - 1)] = envelope_[k];
  fft_->forward(frame_.re.data(), frame_.im.data(), scratch_.re.data(), scratch_.im.data());
  const double reach = kFormantSeconds * rate_.hz;
  const auto kept = static_cast<std::size_t>(1.25 * reach);
  std::ranges::fill(frame_.im, 0.0F);
  std::fill(frame_.re.begin() + static_cast<std::ptrdiff_t>(kept) + 1,
            frame_.re.end() - static_cast<std::ptrdiff_t>(kept), 0.0F);
  for (std::size_t q = 0; q <= kept; ++q) {
    const double weight = std::min(1.0, 5.0 - 4.0 * static_cast<double>(q) / reach) / static_cast<double>(size);
    frame_.re[q] *= static_cast<float>(weight);
    if (q > 0) frame_.re[size - q] *= static_cast<float>(weight);
  }
  fft_->inverse(frame_.re.data(), frame_.im.data(), scratch_.re.data(), scratch_.im.data());
  std::copy_n(frame_.re.begin(), index(bins_), envelope_.begin());
}

// In turns a frame: what both channels turned since the frame before; where that is not near the bin, or the peak is
// new, the top of a parabola through the logarithms.
double PitchShifter::frequency_of(int bin) const noexcept {
  const std::size_t k = index(bin);
  double re = 0.0;
  double im = 0.0;
  for (std::size_t c = 0; c < 2; ++c) {
    const auto a = static_cast<double>(now_[c].re[k]);
    const auto b = static_cast<double>(now_[c].im[k]);
    const auto p = static_cast<double>(before_[c].re[k]);
    const auto q = static_cast<double>(before_[c].im[k]);
    re += a * p + b * q;
    im += b * p - a * q;
  }
  const double size = frames_ * kPadding;
  const double away = nearest_turn(turns_of(re, im) - bin * static_cast<double>(hop_) / size) * size / hop_;
  if (power_[k] <= kBornGrowth * power_before_[k] && std::abs(away) < 1.5) return (bin + away) / size;
  if (bin == 0 || bin + 1 == bins_) return bin / size;
  const auto log_at = [&](std::size_t i) { return static_cast<double>(dsp::log2_of(std::max(power_[i], kPowerMin))); };
  const double left = log_at(k - 1);
  const double right = log_at(k + 1);
  const double bend = left - 2.0 * log_at(k) + right;
  return (bin + (bend < 0.0 ? std::clamp(0.5 * (left - right) / bend, -0.5, 0.5) : 0.0)) / size;
}

void PitchShifter::move_peaks() noexcept {
  for (Spectrum& spectrum : moved_) {
    std::ranges::fill(spectrum.re, 0.0F);
    std::ranges::fill(spectrum.im, 0.0F);
  }
  std::ranges::fill(turned_, 0.0);
  const double ratio = std::exp2(values_[shift_st] / 12.0 + values_[fine_cents] / 1'200.0);
  const bool keeps_formants = values_[preserve_formants] >= 0.5;
  for (std::size_t i = 0; i < peak_count_; ++i) move(peaks_[i], ratio, keeps_formants);
}

void PitchShifter::move(const Peak& peak, double ratio, bool keeps_formants) noexcept {
  const double shift = (ratio - 1.0) * frequency_of(peak.bin);
  const bool is_born = power_[index(peak.bin)] > kBornGrowth * power_before_[index(peak.bin)];
  const double turned = is_born ? 0.0 : nearest_turn(turned_before_[index(peak.bin)] + shift * hop_);
  std::fill(turned_.begin() + peak.begin, turned_.begin() + peak.end, turned);
  const auto by = static_cast<int>(std::lround(shift * frames_ * kPadding));
  // Moved bins turn around the beginning of the frame; the phase is to hold in its middle, at a quarter of the padded
  // frame.
  const double angle = nearest_turn(turned - 0.25 * (by % 4));
  const float sine = dsp::sine_of_turns(static_cast<float>(angle));
  const float cosine = dsp::sine_of_turns(static_cast<float>(angle) + 0.25F);
  const int begin = std::max(peak.begin, -by);
  const int end = std::min(peak.end, bins_ - by);
  if (keeps_formants) {
    for (int k = begin; k < end; ++k) {
      const float octaves = 0.5F * (envelope_[index(k + by)] - envelope_[index(k)]);
      weights_[index(k)] = dsp::exp2_of(std::clamp(octaves, -kFormantOctavesMax, kFormantOctavesMax));
    }
  }
  for (std::size_t c = 0; c < index(channels_); ++c) {
    const float* from_re = now_[c].re.data();
    const float* from_im = now_[c].im.data();
    float* __restrict to_re = moved_[c].re.data();
    float* __restrict to_im = moved_[c].im.data();
    for (int k = begin; k < end; ++k) {
      const float weight = keeps_formants ? weights_[index(k)] : 1.0F;
      const float re = from_re[k] * weight;
      const float im = from_im[k] * weight;
      to_re[k + by] += re * cosine - im * sine;
      to_im[k + by] += re * sine + im * cosine;
    }
  }
}

void PitchShifter::synthesise() noexcept {
  const std::size_t size = frame_.re.size();
  for (std::size_t k = 0; k < index(bins_); ++k) {
    const float left_re = moved_[0].re[k];
    const bool is_real = k == 0 || k + 1 == index(bins_);
    const float left_im = is_real ? 0.0F : moved_[0].im[k];
    const float right_re = moved_[1].re[k];
    const float right_im = is_real ? 0.0F : moved_[1].im[k];
    const std::size_t mirror = (size - k) & (size - 1);
    frame_.re[mirror] = left_re + right_im;
    frame_.im[mirror] = right_re - left_im;
    frame_.re[k] = left_re - right_im;
    frame_.im[k] = left_im + right_re;
  }
  fft_->inverse(frame_.re.data(), frame_.im.data(), scratch_.re.data(), scratch_.im.data());
  const float scale = 1.0F / (kWindowSum * static_cast<float>(size));
  const std::size_t start = index(count_ % frames_);
  const std::size_t mask = index(frames_) - 1;
  for (int c = 0; c < channels_; ++c) {
    const std::vector<float>& samples = c == 0 ? frame_.re : frame_.im;
    for (std::size_t n = 0; n < index(frames_); ++n)
      due_[index(c)][(start + n) & mask] += samples[n] * window_[n] * scale;
  }
}

void PitchShifter::reset() noexcept {
  count_ = 0;
  for (dsp::DelayLine& line : lines_) line.reset();
  for (auto& due : due_) std::ranges::fill(due, 0.0F);
  for (Spectrum& spectrum : before_) {
    std::ranges::fill(spectrum.re, 0.0F);
    std::ranges::fill(spectrum.im, 0.0F);
  }
  std::ranges::fill(turned_before_, 0.0);
  std::ranges::fill(power_before_, 0.0F);
  mix_.jump(mix_.target());
}

void PitchShifter::archive(dsp::StateArchive& state) {
  state(values_, count_, mix_);
  for (int c = 0; c < channels_; ++c) {
    lines_[index(c)].archive(state, frames_);
    state(due_[index(c)], before_[index(c)].re, before_[index(c)].im);
  }
  state(turned_before_, power_before_);
  count_ = std::max<std::int64_t>(count_, 0);
}

}  // namespace talkback::effects
