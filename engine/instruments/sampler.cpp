#include "engine/instruments/sampler.hpp"

#include <cmath>

#include "engine/dsp/portable_math.hpp"

namespace talkback::instruments {

namespace {

namespace portable = dsp::portable;

enum Parameter {
  polyphony,
  amplitude_attack,
  amplitude_hold,
  amplitude_decay,
  amplitude_sustain,
  amplitude_release,
  filter_kind,
  cutoff_hz,
  resonance,
  key_tracking,
  envelope_octaves,
  velocity_octaves,
  filter_attack,
  filter_hold,
  filter_decay,
  filter_sustain,
  filter_release,
  velocity_percent,
  bend_range,
  count
};

constexpr ParameterInfo kTable[] = {
    {"polyphony", "", 1.0, 64.0, 48.0},
    {"amplitude_envelope.attack_ms", "ms", 0.0, 20'000.0, 0.0},
    {"amplitude_envelope.hold_ms", "ms", 0.0, 20'000.0, 0.0},
    {"amplitude_envelope.decay_ms", "ms", 1.0, 60'000.0, 1'000.0, Taper::logarithmic},
    {"amplitude_envelope.sustain_percent", "%", 0.0, 100.0, 100.0},
    {"amplitude_envelope.release_ms", "ms", 1.0, 60'000.0, 120.0, Taper::logarithmic},
    {"filter", "", 0.0, 3.0, 0.0},
    {"cutoff_hz", "Hz", 20.0, 20'000.0, 20'000.0, Taper::logarithmic},
    {"resonance_percent", "%", 0.0, 100.0, 0.0},
    {"key_tracking_percent", "%", 0.0, 100.0, 0.0},
    {"envelope_octaves", "octaves", -8.0, 8.0, 0.0},
    {"velocity_octaves", "octaves", 0.0, 8.0, 0.0},
    {"filter_envelope.attack_ms", "ms", 0.0, 20'000.0, 0.0},
    {"filter_envelope.hold_ms", "ms", 0.0, 20'000.0, 0.0},
    {"filter_envelope.decay_ms", "ms", 1.0, 60'000.0, 1'000.0, Taper::logarithmic},
    {"filter_envelope.sustain_percent", "%", 0.0, 100.0, 100.0},
    {"filter_envelope.release_ms", "ms", 1.0, 60'000.0, 120.0, Taper::logarithmic},
    {"velocity_percent", "%", 0.0, 100.0, 100.0},
    {"bend_range_st", "st", 0.0, 48.0, 2.0},
};
static_assert(std::size(kTable) == count);

enum FilterKind { no_filter, low_pass, high_pass, band_pass };

constexpr double kPart = 4294967296.0;
constexpr std::uint64_t kOwnSpeed = std::uint64_t{1} << 32;
constexpr int kMiddleC = 60;

}  // namespace

Sampler::Sampler(std::vector<SamplerZone> zones) : zones_(std::move(zones)), values_(kTable) {
  static_assert(kParameterCount == count);
}

std::span<const ParameterInfo> Sampler::parameters() const noexcept { return kTable; }

void Sampler::prepare(SampleRate rate) {
  rate_ = rate;
  // The tables are made here, not while sound is made.
  if (!zones_.empty()) dsp::SincKernels::shared().kernel_for(1.0);
  for (auto& side : sounds_) side.assign(kReadFramesMax, 0.0F);
  choke_pole_ = portable::pole_of(kChokeMs * 1e-3 * rate.hz);
  reset();
}

void Sampler::reset() noexcept {
  values_.reset();
  frames_to_line_ = 0;
  voices_.reset();
  controls_ = {};
  turns_ = {};
  reckon_times();
}

void Sampler::set(int index, double wanted) noexcept {
  values_.set(index, wanted, index == polyphony || index == filter_kind || index == bend_range);
}

void Sampler::Voice::archive(dsp::StateArchive& state) {
  archive_note(state);
  state(zone, frame, part, step, exit, amplitude, filter, left, right, cutoff, damping, memory);
  archive_flags(state, is_released);
}

void Sampler::archive(dsp::StateArchive& state) {
  state(values_, frames_to_line_, voices_, controls_, turns_);
  if (!state.is_loading()) return;
  // A damaged archive must not lead outside of lines and sounds.
  frames_to_line_ = std::clamp(frames_to_line_, 0, kLineFrames);
  constexpr std::int64_t kFrameMax = std::int64_t{1} << 40;
  for (Voice& voice : voices_) {
    const bool is_sane = voice.zone >= 0 && voice.zone < std::ssize(zones_) && voice.frame >= 0 &&
                         voice.frame < kFrameMax && voice.step <= kOwnSpeed * 32 && voice.exit >= 0 &&
                         (voice.exit < kFrameMax || voice.exit == SamplerZone::kNever);
    if (!is_sane) voice = {};
  }
  reckon_times();
}

double Sampler::Envelope::next(const EnvelopeTimes& times) noexcept {
  if (adsr.stage == Adsr::Stage::decay && held < times.hold_frames) {
    ++held;
    return adsr.level;
  }
  return adsr.next(times.times);
}

void Sampler::reckon_times() noexcept {
  const double frames_per_ms = rate_.hz * 1e-3;
  const auto times = [&](int attack) {
    EnvelopeTimes result;
    result.times.attack_step = 1.0 / std::max(values_[attack] * frames_per_ms, 1.0);
    result.hold_frames = static_cast<int>(values_[attack + 1] * frames_per_ms);
    result.times.decay_pole = portable::pole_of(values_[attack + 2] * frames_per_ms);
    result.times.sustain = values_[attack + 3] / 100.0;
    result.times.release_pole = portable::pole_of(values_[attack + 4] * frames_per_ms);
    return result;
  };
  amplitude_times_ = times(amplitude_attack);
  filter_times_ = times(filter_attack);
}

void Sampler::choke_groups(int pitch, int velocity) noexcept {
  std::uint32_t groups = 0;
  for (const SamplerZone& zone : zones_) {
    if (zone.choke_group != 0 && zone.plays(pitch, velocity)) groups |= 1U << zone.choke_group;
  }
  if (groups == 0) return;
  for (Voice& voice : voices_) {
    if (voice.is_active() && !voice.is_choked && (groups >> zone_of(voice).choke_group & 1U) != 0) voices_.choke(voice);
  }
}

void Sampler::note_on(int pitch, int velocity) noexcept {
  choke_groups(pitch, velocity);
  // Of each round-robin group, how many zones could play, and how many of them were passed.
  std::array<int, kRoundRobinGroupsMax + 1> fitting{};
  std::array<int, kRoundRobinGroupsMax + 1> passed{};
  for (const SamplerZone& zone : zones_) {
    if (zone.plays(pitch, velocity)) ++fitting[static_cast<std::size_t>(zone.round_robin_group)];
  }
  for (std::size_t i = 0; i < zones_.size(); ++i) {
    const SamplerZone& zone = zones_[i];
    if (!zone.plays(pitch, velocity)) continue;
    const auto group = static_cast<std::size_t>(zone.round_robin_group);
    if (group != 0 && turns_[group] % fitting[group] != passed[group]++) continue;
    Voice& voice = voices_.take(pitch, velocity, static_cast<int>(std::lround(values_[polyphony])));
    voice.zone = static_cast<int>(i);
    voice.frame = zone.start;
    voice.is_held = !zone.is_one_shot;
    aim(voice, true);
  }
  for (std::size_t group = 1; group < turns_.size(); ++group) {
    if (fitting[group] > 0) ++turns_[group];
  }
}

// A loop until release is left once nobody holds the note.
void Sampler::leave_loops() noexcept {
  for (Voice& voice : voices_) {
    if (!voice.is_active() || !voice.is_released || voice.exit != SamplerZone::kNever) continue;
    const SamplerZone& zone = zone_of(voice);
    if (zone.loop != SampleLoop::until_release) continue;
    const int taps = dsp::SincKernels::shared().kernel_for(static_cast<double>(voice.step) / kPart).taps;
    voice.exit = zone.exit_after(voice.frame + taps / 2 + 1);
  }
}

void Sampler::note_off(int pitch) noexcept {
  voices_.note_off(pitch, controls_.pedal);
  leave_loops();
}

void Sampler::all_notes_off() noexcept {
  voices_.release_all();
  leave_loops();
}

void Sampler::control_change(int number, int value) noexcept {
  controls_.set(number, value);
  if (number == ChannelControls::kPedal && !controls_.pedal) {
    voices_.lift_pedal();
    leave_loops();
  }
  if (number == ChannelControls::kAllSoundOff || number == ChannelControls::kAllNotesOff) all_notes_off();
}

void Sampler::pitch_bend(int value) noexcept { controls_.bend = value / 8192.0; }

void Sampler::aim(Voice& voice, bool jumps) noexcept {
  const SamplerZone& zone = zone_of(voice);
  const double semitones =
      voice.pitch - zone.root_pitch + zone.tune_cents / 100.0 + controls_.bend * values_[bend_range];
  voice.step = static_cast<std::uint64_t>(std::llround(portable::exp2(std::min(semitones / 12.0, kOctavesUp)) * kPart));

  const double velocity = voice.velocity / 127.0;
  const double loud = 1.0 - values_[velocity_percent] / 100.0 * (1.0 - velocity * velocity);
  voice.left.aim(zone.left * loud * controls_.gain(), jumps);
  voice.right.aim(zone.right * loud * controls_.gain(), jumps);

  const double octaves = values_[envelope_octaves] * voice.filter.adsr.level +
                         values_[key_tracking] / 100.0 * (voice.pitch - kMiddleC) / 12.0 -
                         values_[velocity_octaves] * (1.0 - velocity);
  const double hz = std::clamp(values_[cutoff_hz] * portable::exp2(octaves), 10.0, 0.45 * rate_.hz);
  voice.cutoff.aim(portable::tangent_of_turns(hz / rate_.hz / 2.0), jumps);
  // From Q of 0.707 to 50.
  constexpr double kRoot2 = 1.4142135623730951;
  voice.damping.aim(kRoot2 * portable::exp2(-values_[resonance] / 100.0 * 6.144), jumps);
}

void Sampler::begin_line() noexcept {
  if (values_.advance()) reckon_times();
  for (Voice& voice : voices_) {
    if (!voice.is_active()) continue;
    // Here and not where it happens, so that any division into blocks gives the same. The last frame rings for as long
    // as a kernel reaches.
    const SamplerZone& zone = zone_of(voice);
    const std::int64_t end = zone.end_of(voice.exit);
    const auto ring = static_cast<std::int64_t>(24 * std::max<std::uint64_t>((voice.step >> 32) + 1, 1));
    if (voice.amplitude.has_ended() || (end != SamplerZone::kNever && voice.frame > end + ring)) {
      voice = {};
      continue;
    }
    aim(voice, false);
  }
  frames_to_line_ = kLineFrames;
}

void Sampler::read(Voice& voice, std::span<float> left, std::span<float> right) noexcept {
  const SamplerZone& zone = zone_of(voice);
  const bool is_stereo = zone.sound->channels == 2;
  const auto frames = static_cast<std::int64_t>(left.size());
  if (voice.step == kOwnSpeed && voice.part == 0) {
    zone.copy(voice.frame, voice.exit, left, right.first(is_stereo ? right.size() : 0));
    voice.frame += frames;
  } else {
    const dsp::SincKernels::Kernel& kernel =
        dsp::SincKernels::shared().kernel_for(static_cast<double>(voice.step) / kPart);
    const std::int64_t first = voice.frame - (kernel.taps / 2 - 1);
    const std::uint64_t way = voice.part + voice.step * static_cast<std::uint64_t>(frames - 1);
    const auto read_frames = static_cast<std::size_t>((way >> 32) + static_cast<std::uint64_t>(kernel.taps));
    const std::span<float> first_side = std::span(sounds_[0]).first(read_frames);
    const std::span<float> second_side = std::span(sounds_[1]).first(is_stereo ? read_frames : 0);
    zone.copy(first, voice.exit, first_side, second_side);
    const dsp::SincKernels::Way at{voice.part, voice.step, static_cast<int>(frames)};
    if (is_stereo) {
      kernel.read({first_side.data(), second_side.data()}, {left.data(), right.data()}, at);
    } else {
      kernel.read(first_side.data(), left.data(), at);
    }
    const std::uint64_t behind = voice.part + voice.step * static_cast<std::uint64_t>(frames);
    voice.frame += static_cast<std::int64_t>(behind >> 32);
    voice.part = static_cast<std::uint32_t>(behind);
  }
  if (!is_stereo) std::ranges::copy(left, right.begin());
}

void Sampler::filter(Voice& voice, std::span<float> left, std::span<float> right) noexcept {
  const long kind = std::lround(values_[filter_kind]);
  if (kind == no_filter) return;
  for (std::size_t n = 0; n < left.size(); ++n) {
    const float g = voice.cutoff.next();
    const float k = voice.damping.next();
    for (std::size_t c = 0; c < 2; ++c) {
      float& sample = (c == 0 ? left : right)[n];
      std::array<float, 2>& memory = voice.memory[c];
      const float band = (memory[0] + g * (sample - memory[1])) / (1.0F + g * (g + k));
      const float low = memory[1] + g * band;
      memory[0] = 2.0F * band - memory[0];
      memory[1] = 2.0F * low - memory[1];
      sample = kind == low_pass ? low : kind == band_pass ? k * band : sample - k * band - low;
    }
  }
}

// At most to the end of the line.
void Sampler::play(Voice& voice, AudioBlock block) noexcept {
  std::array<float, kLineFrames> buffers[2];
  const auto frames = static_cast<std::size_t>(block.frame_count());
  const std::span<float> left = std::span(buffers[0]).first(frames);
  const std::span<float> right = std::span(buffers[1]).first(frames);
  read(voice, left, right);
  filter(voice, left, right);
  EnvelopeTimes times = amplitude_times_;
  if (voice.is_choked) times.times.release_pole = std::min(times.times.release_pole, choke_pole_);
  for (std::size_t n = 0; n < frames; ++n) {
    voice.filter.next(filter_times_);
    const auto level = static_cast<float>(voice.amplitude.next(times));
    block.channel(0)[n] += level * voice.left.next() * left[n];
    block.channel(1)[n] += level * voice.right.next() * right[n];
  }
}

void Sampler::render(AudioBlock block) noexcept {
  clear(block);
  for (int done = 0; done < block.frame_count();) {
    if (frames_to_line_ == 0) begin_line();
    const int frames = std::min(frames_to_line_, block.frame_count() - done);
    for (Voice& voice : voices_) {
      if (voice.is_active()) play(voice, block.slice(done, frames));
    }
    frames_to_line_ -= frames;
    done += frames;
  }
}

}  // namespace talkback::instruments
