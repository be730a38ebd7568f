#include "engine/analysis/tuner.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>

namespace talkback::analysis {

namespace {

constexpr double kWindowSeconds = 0.085;
// k of the paper, section 4.
constexpr double kNearGreatest = 0.93;
constexpr double kSilenceMeanSquare = 1e-7;
// How much a multiple of the period may be less alike than the period.
constexpr double kLikenessLost = 0.02;

std::size_t index(int value) noexcept { return static_cast<std::size_t>(value); }

// One half of a symmetric sinc under a Hann window, its middle first.
std::vector<float> make_low_pass(SampleRate rate) {
  const int reach = static_cast<int>(std::lround(rate.hz / 2'400.0));
  const double cutoff = 2.0 * std::min(Tuner::kLowPassHz, 0.45 * rate.hz) / rate.hz;
  std::vector<float> taps;
  for (int n = 0; n <= reach; ++n) {
    const double turn = std::numbers::pi * n;
    const double sinc = n == 0 ? cutoff : std::sin(turn * cutoff) / turn;
    taps.push_back(static_cast<float>(sinc * (0.5 + 0.5 * std::cos(turn / (reach + 1)))));
  }
  return taps;
}

}  // namespace

std::string TunerReading::note_name() const {
  static constexpr std::array<const char*, 12> kNames = {"C",  "C#", "D",  "D#", "E",  "F",
                                                         "F#", "G",  "G#", "A",  "A#", "B"};
  return kNames[index(((note % 12) + 12) % 12)] + std::to_string(static_cast<int>(std::floor(note / 12.0)) - 1);
}

Result<Tuner> Tuner::create(SampleRate rate, double reference_hz) {
  if (!(reference_hz >= kReferenceHzMin && reference_hz <= kReferenceHzMax))
    return Error{ErrorCode::invalid, "The reference is the A of 400 to 480 Hz."};
  return Tuner(rate, reference_hz);
}

Tuner::Tuner(SampleRate rate, double reference_hz)
    : rate_(rate),
      reference_hz_(reference_hz),
      window_frames_(static_cast<int>(std::bit_ceil(static_cast<unsigned>(kWindowSeconds * rate.hz)))),
      lag_max_(std::min(window_frames_ / 2, static_cast<int>(rate.hz / kLowestHz) + 2)),
      fft_(2 * window_frames_),
      low_pass_(make_low_pass(rate)),
      delay_(2 * low_pass_.size() - 1),
      past_(index(window_frames_)),
      waiting_(window_frames_),
      sound_(index(window_frames_)),
      squares_(index(window_frames_) + 1),
      re_(2 * index(window_frames_)),
      im_(2 * index(window_frames_)),
      scratch_re_(2 * index(window_frames_)),
      scratch_im_(2 * index(window_frames_)),
      likeness_(index(lag_max_) + 2) {}

void Tuner::process(ConstAudioBlock block) noexcept TALKBACK_REALTIME {
  for (int n = 0; n < block.frame_count(); ++n) {
    float sum = 0.0F;
    for (int c = 0; c < block.channel_count(); ++c) sum += block.channel(c)[index(n)];
    delay_[index(delay_at_)] = sum;
    delay_at_ = (delay_at_ + 1) % static_cast<int>(delay_.size());
    past_[index(at_)] = filtered();
    at_ = (at_ + 1) % window_frames_;
    if (--waiting_ > 0) continue;
    analyse();
    waiting_ = window_frames_ / 4;
  }
}

// The oldest sample of delay_ lies at delay_at_.
float Tuner::filtered() const noexcept {
  const std::size_t count = delay_.size();
  const std::size_t reach = low_pass_.size() - 1;
  const std::size_t middle = index(delay_at_) + reach;
  float sum = low_pass_[0] * delay_[middle % count];
  for (std::size_t k = 1; k <= reach; ++k)
    sum += low_pass_[k] * (delay_[(middle + k) % count] + delay_[(middle + count - k) % count]);
  return sum;
}

void Tuner::correlate() noexcept {
  double mean = 0.0;
  for (const float sample : past_) mean += static_cast<double>(sample);
  mean /= window_frames_;
  for (int n = 0; n < window_frames_; ++n)
    sound_[index(n)] = static_cast<double>(past_[index((at_ + n) % window_frames_)]) - mean;
  sound_frames_ = window_frames_;
  add_squares();
  // Autocorrelation: the transform of the power of the window, which is followed by as much silence.
  std::ranges::fill(re_, 0.0F);
  std::ranges::fill(im_, 0.0F);
  std::ranges::transform(sound_, re_.begin(), [](double x) { return static_cast<float>(x); });
  fft_.forward(re_.data(), im_.data(), scratch_re_.data(), scratch_im_.data());
  for (std::size_t k = 0; k < re_.size(); ++k) {
    re_[k] = re_[k] * re_[k] + im_[k] * im_[k];
    im_[k] = 0.0F;
  }
  fft_.inverse(re_.data(), im_.data(), scratch_re_.data(), scratch_im_.data());
  for (int lag = 0; lag <= lag_max_ + 1; ++lag) {
    const double energy = energy_at(lag);
    const double product = static_cast<double>(re_[index(lag)]) / static_cast<double>(re_.size());
    likeness_[index(lag)] = energy > 0.0 ? static_cast<float>(2.0 * product / energy) : 0.0F;
  }
}

double Tuner::likeness(int lag) const noexcept {
  const double energy = energy_at(lag);
  double product = 0.0;
  for (int n = 0; n + lag < sound_frames_; ++n) product += sound_[index(n)] * sound_[index(n + lag)];
  return energy > 0.0 ? 2.0 * product / energy : 0.0;
}

// Of a maximum at a lag: the top of the parabola.
double Tuner::height_at(int lag) const noexcept {
  const auto at = static_cast<double>(likeness_[index(lag)]);
  const auto before = static_cast<double>(likeness_[index(lag - 1)]);
  const auto after = static_cast<double>(likeness_[index(lag + 1)]);
  const double bend = 2.0 * at - before - after;
  return bend > 0.0 ? at + 0.125 * (after - before) * (after - before) / bend : at;
}

// Section 4 of the paper. 0: there is none.
int Tuner::find_period() const noexcept {
  double greatest = 0.0;
  int lag = 1;
  while (lag < lag_max_ && likeness_[index(lag)] > 0.0F) ++lag;
  const int first = lag;
  const auto visit_maxima = [&](auto&& visit) {
    for (int at = first; at < lag_max_;) {
      while (at < lag_max_ && likeness_[index(at)] <= 0.0F) ++at;
      int best = at;
      while (at < lag_max_ && likeness_[index(at)] > 0.0F) {
        if (likeness_[index(at)] > likeness_[index(best)]) best = at;
        ++at;
      }
      // Where the lags end, a slope is no maximum.
      if (best < lag_max_ && likeness_[index(best)] >= likeness_[index(best + 1)] && visit(best)) return;
    }
  };
  visit_maxima([&](int at) {
    greatest = std::max(greatest, height_at(at));
    return false;
  });
  int period = 0;
  visit_maxima([&](int at) {
    if (height_at(at) < kNearGreatest * greatest) return false;
    period = at;
    return true;
  });
  return period;
}

// From parabola to parabola.
std::optional<Tuner::Maximum> Tuner::maximum_near(double lag, int step) const noexcept {
  constexpr int kTriesMax = 8;
  int middle = static_cast<int>(std::lround(lag));
  int moved_before = 0;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    if (middle - step < 1 || middle + step > sound_frames_ * 3 / 4) return std::nullopt;
    const double at = likeness(middle);
    const double before = likeness(middle - step);
    const double after = likeness(middle + step);
    const double bend = 2.0 * at - before - after;
    if (!(bend > 0.0)) return std::nullopt;
    const double offset = std::clamp(0.5 * (after - before) / bend, -1.0, 1.0);
    const int moved = static_cast<int>(std::lround(offset * step));
    // There and back: the top lies half-way.
    if (moved == 0 || moved == -moved_before)
      return Maximum{middle + offset * step, at + 0.25 * (after - before) * offset};
    middle += moved;
    moved_before = moved;
  }
  return std::nullopt;
}

void Tuner::add_squares() noexcept {
  for (int n = 0; n < sound_frames_; ++n)
    squares_[index(n) + 1] = squares_[index(n)] + sound_[index(n)] * sound_[index(n)];
}

double Tuner::energy_at(int lag) const noexcept {
  return squares_[index(sound_frames_ - lag)] + squares_[index(sound_frames_)] - squares_[index(lag)];
}

// Each sample becomes the sum of `frames` from it on.
void Tuner::smooth(int frames) noexcept {
  double sum = 0.0;
  for (int n = 0; n < frames - 1; ++n) sum += sound_[index(n)];
  const int count = sound_frames_ - frames + 1;
  for (int n = 0; n < count; ++n) {
    sum += sound_[index(n + frames - 1)];
    const double first = sound_[index(n)];
    sound_[index(n)] = sum;
    sum -= first;
  }
  sound_frames_ = count;
}

void Tuner::analyse() noexcept {
  reading_.reset();
  correlate();
  if (squares_[index(window_frames_)] / window_frames_ < kSilenceMeanSquare) return;
  const int coarse = find_period();
  if (coarse == 0) return;
  const double confidence = height_at(coarse);
  if (confidence < kConfidenceMin) return;
  for (int pass = 0; pass < 2; ++pass) smooth(std::max(1, coarse / 3));
  add_squares();
  // Wide enough that the parabola bends by more than what rounding makes of it.
  const int step = std::max(1, coarse / 64);
  const auto first = maximum_near(coarse, step);
  if (!first) return;
  double period = first->lag;
  for (int multiple = 2; multiple * period < sound_frames_ / 2.0; multiple *= 2) {
    const auto further = maximum_near(multiple * period, step);
    if (!further || further->height < first->height - kLikenessLost) break;
    period = further->lag / multiple;
  }
  const double frequency = rate_.hz / period;
  if (frequency < kLowestHz || frequency > kHighestHz) return;
  const double notes = 69.0 + 12.0 * std::log2(frequency / reference_hz_);
  const int note = static_cast<int>(std::lround(notes));
  reading_ = TunerReading{frequency, note, 100.0 * (notes - note), std::min(1.0, confidence)};
}

}  // namespace talkback::analysis
