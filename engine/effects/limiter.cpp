#include "engine/effects/limiter.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dsp/decibel.hpp"
#include "engine/dsp/one_pole.hpp"

namespace talkback::effects {

namespace {

enum Parameter { ceiling_dbtp, drive_db, release_ms };

constexpr ParameterInfo kParameters[] = {
    {"ceiling_dbtp", "dBTP", -30.0, 0.0, -1.0, Taper::linear},
    {"drive_db", "dB", -24.0, 36.0, 0.0, Taper::linear},
    {"release_ms", "ms", 1.0, 2'000.0, 80.0, Taper::logarithmic},
};

// Of the moving averages of each stage.
constexpr double kAverageSeconds[] = {0.001, 0.0005};
constexpr dsp::TruePeakDetector::Reach kReaches[] = {dsp::TruePeakDetector::Reach::near,
                                                     dsp::TruePeakDetector::Reach::far};
// The common meter with 49 taps (libebur128) reads up to 0.1 dB too high: its reading is to keep the ceiling as well.
constexpr double kMarginDb = 0.11;

float internal_ceiling(double ceiling) noexcept { return static_cast<float>(dsp::gain_from_db(ceiling - kMarginDb)); }

void fill(std::span<float> values, dsp::Glide<float>& glide) noexcept {
  if (glide.is_moving()) {
    for (float& value : values) value = glide.next();
  } else {
    std::ranges::fill(values, glide.value());
  }
}

}  // namespace

Limiter::Limiter() : values_(kParameters) { ceiling_.jump(internal_ceiling(values_[ceiling_dbtp])); }

std::span<const ParameterInfo> Limiter::parameters() const noexcept { return kParameters; }

Frames Limiter::latency() const noexcept {
  return stages_[0].latency() + stages_[1].latency() + Frames{LimiterStage::kBlockFrames};
}

void Limiter::prepare(SampleRate rate, int channels) {
  rate_ = rate;
  release_ = {};
  channels_ = channels;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    stages_[i].prepare(channels, kReaches[i], std::max(2, static_cast<int>(std::lround(kAverageSeconds[i] * rate.hz))));
  }
  reset();
}

void Limiter::set(int index, double value) noexcept {
  if (!values_.set(index, value)) return;
  if (index == ceiling_dbtp) ceiling_.set(internal_ceiling(values_[ceiling_dbtp]));
  if (index == drive_db) drive_.set(static_cast<float>(dsp::gain_from_db(values_[drive_db])));
}

void Limiter::process(AudioBlock block) noexcept {
  const int frames = block.frame_count();
  for (int done = 0; done < frames;) {
    const int count = std::min(frames - done, LimiterStage::kBlockFrames - filled_);
    for (int c = 0; c < block.channel_count(); ++c) {
      std::swap_ranges(block.channel(c).begin() + done, block.channel(c).begin() + done + count,
                       block_[static_cast<std::size_t>(c)].begin() + filled_);
    }
    done += count;
    filled_ += count;
    if (filled_ == LimiterStage::kBlockFrames) {
      process_block();
      filled_ = 0;
    }
  }
}

void Limiter::process_block() noexcept {
  const std::array<float*, 2> pointers{block_[0].data(), block_[1].data()};
  const AudioBlock block(std::span<float* const>(pointers).first(static_cast<std::size_t>(channels_)),
                         LimiterStage::kBlockFrames);
  std::array<float, kBlock> ceilings;
  fill(ceilings, ceiling_);
  if (drive_.is_moving() || drive_.value() != 1.0F) {
    std::array<float, kBlock> drives;
    fill(drives, drive_);
    for (int c = 0; c < channels_; ++c) {
      float* x = block.channel(c).data();
      for (std::size_t n = 0; n < kBlock; ++n) x[n] *= drives[n];
    }
  }
  if (release_.ms != values_[release_ms])
    release_ = {values_[release_ms], 1.0 - dsp::pole_of_time(values_[release_ms] / 1e3, rate_)};
  const float first = stages_[0].process(block, ceilings, release_.part, LimiterStage::Peaks::unknown);
  const float second =
      stages_[1].process(block, ceilings, release_.part,
                         first == 1.0F ? LimiterStage::Peaks::below_ceiling : LimiterStage::Peaks::unknown);
  gain_ = first * second;
  smallest_gain_ = std::min(smallest_gain_, gain_);
}

void Limiter::reset() noexcept {
  for (LimiterStage& stage : stages_) stage.reset();
  block_ = {};
  filled_ = 0;
  smallest_gain_ = gain_ = 1.0F;
  drive_.jump(drive_.target());
  ceiling_.jump(ceiling_.target());
}

void Limiter::archive(dsp::StateArchive& state) {
  state(values_, stages_, block_, filled_, drive_, ceiling_);
  // A damaged archive must not reach beyond the block.
  filled_ = std::clamp(filled_, 0, LimiterStage::kBlockFrames - 1);
}

}  // namespace talkback::effects
