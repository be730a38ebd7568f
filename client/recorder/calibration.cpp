#include "client/recorder/calibration.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "engine/dsp/fft.hpp"

namespace talkback::recorder {
namespace {

// What is quieter than a 32-bit converter's last step is no sound.
constexpr float kSilence = 1e-9F;
// What all sweeps but one agree on must stand out so far from everything else that they agree on.
constexpr double kStandsOutMin = 2.0;
constexpr double kStandsOutSureDb = 20.0;
constexpr double kStandsOutDoubtful = 0.3;  // confidence at the least that is accepted
// Around the greatest arrival: what came straight before it, and the room behind it.
constexpr double kBeforeSeconds = 0.02;
constexpr double kRoomSeconds = 0.05;
// An earlier arrival of at least this share of the greatest is the direct way, the greatest its echo.
constexpr double kDirectShare = 0.5;
constexpr double kSpreadMaxFrames = 2.0;
constexpr double kSpreadSureFrames = 0.25;
constexpr double kSearchSeconds = 0.0002;

struct Spectrum {
  std::vector<float> re;
  std::vector<float> im;
};

// Turns captured sweeps into envelopes of the loop's impulse response.
class Deconvolver {
 public:
  explicit Deconvolver(const LoopProbe& probe)
      : probe_(probe),
        fft_(static_cast<int>(std::bit_ceil(probe.sweep.size() + static_cast<std::size_t>(probe.longest.count) + 1))),
        scratch_{std::vector<float>(size()), std::vector<float>(size())},
        inverse_(transform(probe.sweep)) {
    double greatest = 0.0;
    for (std::size_t k = 0; k < size(); ++k) greatest = std::max(greatest, power(k));
    for (std::size_t k = 0; k < size(); ++k) {
      const auto factor = static_cast<float>(window(k) / (power(k) + 1e-6 * greatest));
      inverse_.re[k] *= factor;
      inverse_.im[k] *= -factor;
    }
  }

  // The analytic impulse response, lag 0 to the longest round trip. sound: from the sweep's start on.
  Spectrum response(std::span<const float> sound) {
    const std::size_t wanted = probe_.sweep.size() + static_cast<std::size_t>(probe_.longest.count);
    Spectrum values = transform(sound.first(std::min(sound.size(), wanted)));
    for (std::size_t k = 0; k < size(); ++k) {
      const std::complex<float> product =
          std::complex<float>(values.re[k], values.im[k]) * std::complex<float>(inverse_.re[k], inverse_.im[k]);
      values.re[k] = product.real();
      values.im[k] = product.imag();
    }
    fft_.inverse(values.re.data(), values.im.data(), scratch_.re.data(), scratch_.im.data());
    values.re.resize(static_cast<std::size_t>(probe_.longest.count) + 1);
    values.im.resize(values.re.size());
    return values;
  }

 private:
  std::size_t size() const { return static_cast<std::size_t>(fft_.size()); }
  double power(std::size_t k) const {
    return static_cast<double>(inverse_.re[k]) * static_cast<double>(inverse_.re[k]) +
           static_cast<double>(inverse_.im[k]) * static_cast<double>(inverse_.im[k]);
  }
  // A Hann window over the band, so that the pulse has no side lobes to speak of; nothing at negative frequencies,
  // which makes the response analytic.
  double window(std::size_t k) const {
    const double hz = static_cast<double>(k) * probe_.rate.hz / fft_.size();
    if (2 * k >= size() || hz <= probe_.low_hz || hz >= probe_.high_hz) return 0.0;
    const double sine = std::sin(std::numbers::pi * (hz - probe_.low_hz) / (probe_.high_hz - probe_.low_hz));
    return sine * sine;
  }
  Spectrum transform(std::span<const float> sound) {
    Spectrum spectrum{std::vector<float>(size()), std::vector<float>(size())};
    std::ranges::copy(sound, spectrum.re.begin());
    fft_.forward(spectrum.re.data(), spectrum.im.data(), scratch_.re.data(), scratch_.im.data());
    return spectrum;
  }

  const LoopProbe& probe_;
  dsp::Fft fft_;
  Spectrum scratch_;
  Spectrum inverse_;  // of the sweep, within the band
};

struct Response {
  std::vector<float> envelope;  // by lag; its mean square is 1
  Spectrum analytic;
};

Response response_of(Deconvolver& deconvolver, std::span<const float> sound) {
  Response response;
  response.analytic = deconvolver.response(sound);
  double sum = 0.0;
  for (std::size_t lag = 0; lag < response.analytic.re.size(); ++lag) {
    const float value = std::hypot(response.analytic.re[lag], response.analytic.im[lag]);
    response.envelope.push_back(value);
    sum += static_cast<double>(value) * static_cast<double>(value);
  }
  const double rms = std::sqrt(sum / static_cast<double>(response.envelope.size()));
  if (rms > 0.0)
    for (float& value : response.envelope) value = static_cast<float>(static_cast<double>(value) / rms);
  return response;
}

// What all sweeps but the least reach, lag by lag.
std::vector<float> common_envelope(const std::vector<Response>& responses) {
  std::vector<float> common(responses.front().envelope.size());
  std::array<float, kProbeSweeps> values{};
  for (std::size_t lag = 0; lag < common.size(); ++lag) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = responses[i].envelope[lag];
    std::nth_element(values.begin(), values.begin() + 1, values.end());
    common[lag] = values[1];
  }
  return common;
}

std::int64_t greatest_in(const std::vector<float>& values, std::int64_t from, std::int64_t to) {
  const auto first = values.begin() + std::clamp<std::int64_t>(from, 0, std::ssize(values));
  const auto last = values.begin() + std::clamp<std::int64_t>(to, first - values.begin(), std::ssize(values));
  return std::max_element(first, last) - values.begin();
}

float value_in(const std::vector<float>& values, std::int64_t from, std::int64_t to) {
  const std::int64_t at = greatest_in(values, from, to);
  return at < std::min<std::int64_t>(to, std::ssize(values)) ? values[static_cast<std::size_t>(at)] : 0.0F;
}

// The top of a parabola through the logarithms around a local maximum; nullopt where `lag` is none.
std::optional<double> between_frames(const std::vector<float>& envelope, std::int64_t lag) {
  if (lag <= 0 || lag + 1 >= std::ssize(envelope)) return lag == 0 ? std::optional(0.0) : std::nullopt;
  const auto at = [&](std::int64_t i) {
    return std::log(std::max(static_cast<double>(envelope[static_cast<std::size_t>(i)]), 1e-12));
  };
  const double before = at(lag - 1);
  const double here = at(lag);
  const double behind = at(lag + 1);
  if (here < before || here < behind) return std::nullopt;
  const double bend = before - 2.0 * here + behind;
  return static_cast<double>(lag) + (bend < 0.0 ? 0.5 * (before - behind) / bend : 0.0);
}

// The first arrival that is not much weaker than the greatest.
std::int64_t direct_arrival(const std::vector<float>& common, std::int64_t greatest, std::int64_t before) {
  const double least = kDirectShare * static_cast<double>(common[static_cast<std::size_t>(greatest)]);
  for (std::int64_t lag = std::max<std::int64_t>(greatest - before, 1); lag < greatest; ++lag) {
    const auto at = static_cast<std::size_t>(lag);
    if (static_cast<double>(common[at]) >= least && common[at] >= common[at - 1] && common[at] >= common[at + 1])
      return lag;
  }
  return greatest;
}

double confidence_of(double stands_out_db, double spread_frames) {
  const double least_db = 20.0 * std::log10(kStandsOutMin);
  const double clear = std::clamp((stands_out_db - least_db) / (kStandsOutSureDb - least_db), 0.0, 1.0);
  const double apart =
      std::clamp((spread_frames - kSpreadSureFrames) / (kSpreadMaxFrames - kSpreadSureFrames), 0.0, 1.0);
  return (kStandsOutDoubtful + (1.0 - kStandsOutDoubtful) * clear) * (1.0 - apart);
}

}  // namespace

Result<RoundTrip> find_round_trip(const LoopProbe& probe, std::span<const float> captured) {
  RoundTrip result;
  for (const float sample : captured) result.peak = std::max(result.peak, std::abs(sample));
  if (!(result.peak > kSilence)) return Error{ErrorCode::not_found, "nothing at all arrives at the input"};

  Deconvolver deconvolver(probe);
  std::vector<Response> responses;
  for (const FramePosition start : probe.starts)
    responses.push_back(
        response_of(deconvolver, captured.subspan(std::min(static_cast<std::size_t>(start.count), captured.size()))));
  const std::vector<float> common = common_envelope(responses);

  const auto frames = [&](double seconds) { return std::llround(seconds * probe.rate.hz); };
  const std::int64_t greatest = greatest_in(common, 0, std::ssize(common));
  const float other = std::max(value_in(common, 0, greatest - frames(kBeforeSeconds)),
                               value_in(common, greatest + frames(kRoomSeconds), std::ssize(common)));
  const double stands_out =
      static_cast<double>(common[static_cast<std::size_t>(greatest)]) / std::max(static_cast<double>(other), 1e-9);
  if (stands_out < kStandsOutMin) return Error{ErrorCode::not_found, "no loop is heard"};
  result.stands_out_db = 20.0 * std::log10(stands_out);

  const std::int64_t arrival = direct_arrival(common, greatest, frames(kBeforeSeconds));
  const std::int64_t reach = std::max<std::int64_t>(frames(kSearchSeconds), 4);
  std::vector<double> arrivals;
  double sign = 0.0;
  for (const Response& response : responses) {
    const std::int64_t lag = greatest_in(response.envelope, arrival - reach, arrival + reach + 1);
    if (const auto exact = between_frames(response.envelope, lag)) arrivals.push_back(*exact);
    sign += static_cast<double>(response.analytic.re[static_cast<std::size_t>(lag)]);
  }
  if (std::ssize(arrivals) < kProbeSweeps - 1)
    return Error{ErrorCode::conflict, "the sweeps do not agree on one round trip"};
  std::ranges::sort(arrivals);
  const std::size_t middle = arrivals.size() / 2;
  result.exact_frames = arrivals.size() % 2 == 1 ? arrivals[middle] : 0.5 * (arrivals[middle - 1] + arrivals[middle]);
  std::vector<double> apart;
  for (const double exact : arrivals) apart.push_back(std::abs(exact - result.exact_frames));
  std::ranges::sort(apart);
  result.spread_frames = apart[kProbeSweeps - 2];
  if (result.spread_frames > kSpreadMaxFrames)
    return Error{ErrorCode::conflict, "the sweeps do not agree on one round trip"};
  result.frames = Frames{std::llround(result.exact_frames)};
  result.is_inverted = sign < 0.0;
  result.confidence = confidence_of(result.stands_out_db, result.spread_frames);
  return result;
}

const char* confidence_text(double confidence) noexcept {
  return confidence >= kSureConfidence ? "sure" : confidence >= kFairConfidence ? "fair" : "doubtful";
}

}  // namespace talkback::recorder
