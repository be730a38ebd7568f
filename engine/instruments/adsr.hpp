// An envelope of four parts.
//
// Attack: in a line from where the level is to 1, at the pace of 0 to 1 in the attack time. Decay: towards the sustain
// level, the way there a thousandth after the decay time. Release: by 60 dB in the release time, ended at kEnd.
#pragma once

#include <cmath>

#include "engine/base/sample_rate.hpp"
#include "engine/dsp/state_archive.hpp"

namespace talkback::instruments {

struct AdsrTimes {
  double attack_step = 1.0;
  double decay_pole = 0.0;
  double sustain = 1.0;
  double release_pole = 0.0;

  // The factor a frame that makes -60 dB of 1 in this time.
  static double pole_of(double ms, SampleRate rate) noexcept {
    constexpr double kMinus60Db = 6.907755278982137;  // ln(1000)
    return std::exp(-kMinus60Db / (ms * 1e-3 * rate.hz));
  }
  static AdsrTimes of(double attack_ms, double decay_ms, double sustain, double release_ms, SampleRate rate) noexcept {
    return {1.0 / (attack_ms * 1e-3 * rate.hz), pole_of(decay_ms, rate), sustain, pole_of(release_ms, rate)};
  }
};

struct Adsr {
  static constexpr double kEnd = 1e-5;
  enum class Stage { attack, decay, release, ended };

  Stage stage = Stage::attack;
  double level = 0.0;

  void release() noexcept {
    if (stage != Stage::ended) stage = Stage::release;
  }
  bool has_ended() const noexcept { return stage == Stage::ended; }

  double next(const AdsrTimes& times) noexcept {
    switch (stage) {
      case Stage::attack:
        level += times.attack_step;
        if (level >= 1.0) {
          level = 1.0;
          stage = Stage::decay;
        }
        break;
      case Stage::decay:
        level = times.sustain + (level - times.sustain) * times.decay_pole;
        if (level < kEnd && times.sustain == 0.0) level = 0.0;
        break;
      case Stage::release:
        level *= times.release_pole;
        if (level < kEnd) {
          level = 0.0;
          stage = Stage::ended;
        }
        break;
      case Stage::ended:
        break;
    }
    return level;
  }
  void archive(dsp::StateArchive& state) { state(stage, level); }
};

}  // namespace talkback::instruments
