#include "engine/effects/transient_shaper.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dsp/decibel.hpp"
#include "engine/dsp/fast_math.hpp"
#include "engine/dsp/one_pole.hpp"

namespace talkback::effects {

namespace {

enum Parameter { attack_db, sustain_db, output_db };

constexpr ParameterInfo kParameters[] = {
    {"attack_db", "dB", -24.0, 24.0, 0.0, Taper::linear},
    {"sustain_db", "dB", -24.0, 24.0, 0.0, Taper::linear},
    {"output_db", "dB", -24.0, 24.0, 0.0, Taper::linear},
};

constexpr double kWindowSeconds = 0.010;
constexpr double kReleaseSeconds = 0.030;
constexpr double kAttackSeconds = 0.025;
constexpr double kSustainSeconds = 0.400;
constexpr double kGainSeconds = 0.0003;
// The difference of the envelopes at which the gain is whole.
constexpr float kWholeDb = 12.0F;
// -180 dB: below this there is no sound to shape.
constexpr float kLevelMin = 1e-9F;

float part_of(double seconds, SampleRate rate) noexcept {
  return static_cast<float>(1.0 - dsp::pole_of_time(seconds, rate));
}

// Of the ratio of two envelopes, of which `greater` is not the smaller one.
float shape_of(float greater, float lesser) noexcept {
  const float difference_db =
      (dsp::log2_of(std::max(greater, kLevelMin)) - dsp::log2_of(std::max(lesser, kLevelMin))) * dsp::kDbPerOctave;
  return std::min(std::max(difference_db, 0.0F) * (1.0F / kWholeDb), 1.0F);
}

}  // namespace

TransientShaper::TransientShaper() : values_(kParameters) {}

std::span<const ParameterInfo> TransientShaper::parameters() const noexcept { return kParameters; }

void TransientShaper::prepare(SampleRate rate, int) {
  rate_ = rate;
  side_chain_.prepare(rate);
  window_.prepare(std::max(1, static_cast<int>(std::lround(kWindowSeconds * rate.hz))));
  release_part_ = part_of(kReleaseSeconds, rate);
  attack_part_ = part_of(kAttackSeconds, rate);
  sustain_part_ = part_of(kSustainSeconds, rate);
  gain_part_ = part_of(kGainSeconds, rate);
  reset();
}

void TransientShaper::set(int index, double value) noexcept {
  if (!values_.set(index, value)) return;
  attack_db_.set(static_cast<float>(values_[attack_db]));
  sustain_db_.set(static_cast<float>(values_[sustain_db]));
  output_.set(static_cast<float>(dsp::gain_from_db(values_[output_db])));
}

void TransientShaper::process(AudioBlock block) noexcept {
  for (int first = 0; first < block.frame_count(); first += SideChain::kChunkFrames)
    process_chunk(block.slice(first, std::min(SideChain::kChunkFrames, block.frame_count() - first)));
}

void TransientShaper::process_chunk(AudioBlock block) noexcept {
  const auto frames = static_cast<std::size_t>(block.frame_count());
  SideChain::Levels sound;
  SideChain::Levels slow;
  SideChain::Levels tail;
  side_chain_.measure(block, sound);
  for (std::size_t n = 0; n < frames; ++n) {
    const float level = -window_.next(-sound[n]);
    sound_ = std::max(level, sound_ + (level - sound_) * release_part_);
    slow_ = std::min(sound_, slow_ + (sound_ - slow_) * attack_part_);
    long_ = std::max(sound_, long_ + (sound_ - long_) * sustain_part_);
    sound[n] = sound_;
    slow[n] = slow_;
    tail[n] = long_;
  }
  for (std::size_t n = 0; n < frames; ++n) {
    slow[n] = shape_of(sound[n], slow[n]);
    tail[n] = shape_of(tail[n], sound[n]);
  }
  for (std::size_t n = 0; n < frames; ++n) {
    const float wanted_db = attack_db_.next() * slow[n] + sustain_db_.next() * tail[n];
    gain_db_ += (wanted_db - gain_db_) * gain_part_;
    sound[n] = gain_db_;
  }
  for (std::size_t n = 0; n < frames; ++n) sound[n] = dsp::exp2_of(sound[n] * (1.0F / dsp::kDbPerOctave));
  for (std::size_t n = 0; n < frames; ++n) sound[n] *= output_.next();
  for (int c = 0; c < block.channel_count(); ++c) {
    float* x = block.channel(c).data();
    for (std::size_t n = 0; n < frames; ++n) x[n] *= sound[n];
  }
}

void TransientShaper::reset() noexcept {
  side_chain_.reset();
  window_.reset();
  sound_ = slow_ = long_ = gain_db_ = 0.0F;
  attack_db_.jump(attack_db_.target());
  sustain_db_.jump(sustain_db_.target());
  output_.jump(output_.target());
}

void TransientShaper::archive(dsp::StateArchive& state) {
  state(values_, side_chain_, window_, sound_, slow_, long_, gain_db_, attack_db_, sustain_db_, output_);
}

}  // namespace talkback::effects
