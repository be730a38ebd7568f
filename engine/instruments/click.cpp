#include "engine/instruments/click.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dsp/oscillator.hpp"

namespace talkback::instruments {

namespace {

enum Parameter { accent_hz, beat_hz, sub_beat_hz, length_ms };

constexpr ParameterInfo kParameters[] = {
    {"accent_hz", "Hz", 100.0, 8'000.0, 1'760.0, Taper::logarithmic},
    {"beat_hz", "Hz", 100.0, 8'000.0, 1'320.0, Taper::logarithmic},
    {"sub_beat_hz", "Hz", 100.0, 8'000.0, 880.0, Taper::logarithmic},
    {"length_ms", "ms", 5.0, 200.0, 30.0, Taper::logarithmic},
};

constexpr double kTurn = 4294967296.0;
constexpr double kMinus60Db = 6.907755278982137;  // ln(1000)

}  // namespace

Click::Click() : values_(kParameters) {}

std::span<const ParameterInfo> Click::parameters() const noexcept { return kParameters; }

void Click::prepare(SampleRate rate) {
  rate_ = rate;
  reset();
}

void Click::set(int index, double value) noexcept { values_.set(index, value); }

void Click::reset() noexcept { voices_ = {}; }

void Click::note_on(int pitch, int velocity) noexcept {
  const int kind = pitch == kAccent ? accent_hz : pitch == kBeat ? beat_hz : pitch == kSubBeat ? sub_beat_hz : -1;
  if (kind < 0) return;
  Voice& voice = voices_[static_cast<std::size_t>(kind)];
  // Half the rate is the highest there is.
  voice.step = static_cast<std::uint32_t>(std::min(values_[kind] / rate_.hz, 0.5) * kTurn);
  voice.peak = std::max(velocity / 127.0, voice.level);
  voice.rise = voice.peak / std::max(1.0, std::round(kAttackSeconds * rate_.hz));
  voice.pole = std::exp(-kMinus60Db / (values_[length_ms] * 1e-3 * rate_.hz));
}

void Click::render(AudioBlock block) noexcept {
  clear(block);
  const auto left = block.channel(0);
  for (Voice& voice : voices_) {
    for (std::size_t n = 0; n < left.size() && !voice.is_silent(); ++n) {
      left[n] += static_cast<float>(voice.level) * dsp::sine_of_turns(static_cast<float>(voice.phase / kTurn));
      voice.phase += voice.step;
      if (voice.rise > 0.0) {
        voice.level += voice.rise;
        if (voice.level < voice.peak) continue;
        voice.level = voice.peak;
        voice.rise = 0.0;
      } else {
        voice.level *= voice.pole;
        if (voice.level < kEnd) voice = {};
      }
    }
  }
  std::ranges::copy(left, block.channel(1).begin());
}

void Click::archive(dsp::StateArchive& state) { state(values_, voices_); }

}  // namespace talkback::instruments
