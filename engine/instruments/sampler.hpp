// A sampler: zones of sounds on keys and velocities (sampler_zone.hpp), each voice through a filter and envelopes.
//
//   the sound read at 2^((pitch - root + tune / 100 + bend) / 12) times its speed, by windowed sincs
//   (dsp/sinc_kernels.hpp); at its own speed it is read as it lies. Above kOctavesUp the speed stays.
//   a state-variable filter (A. Simper 2013, trapezoidal), its cutoff 2^(envelope + tracking - velocity) times as set
//   envelopes: attack in a line, hold, decay towards sustain (-60 dB of the way in its time), release -60 dB in its
//   time level: the zone's gain and pan, and 1 - velocity_percent (1 - (velocity / 127)^2)
// All zones that fit a note sound, but of those of one round-robin group one, in turn. A note on a zone of a choke
// group ends what sounds of that group, fading in kChokeMs. One shots play to their end whatever the length of the
// note.
//
// Controllers: 7 and 11 (level, (v/127)^2), 64 (holds notes), 120 and 123 (all notes off), pitch bend. Polyphony: as
// set; then the oldest that is released gives way, else the oldest.
#pragma once

#include <vector>

#include "engine/dsp/sinc_kernels.hpp"
#include "engine/instruments/adsr.hpp"
#include "engine/instruments/instrument.hpp"
#include "engine/instruments/parameter_lines.hpp"
#include "engine/instruments/sampler_zone.hpp"
#include "engine/instruments/voice_pool.hpp"

namespace talkback::instruments {

class Sampler final : public Instrument {
 public:
  static constexpr int kVoicesMax = 64;
  static constexpr int kRoundRobinGroupsMax = 128;
  static constexpr double kOctavesUp = 5.0;
  static constexpr double kChokeMs = 6.0;

  // Zones are settled. In their order they take turns.
  explicit Sampler(std::vector<SamplerZone> zones = {});
  std::span<const ParameterInfo> parameters() const noexcept override;
  void prepare(SampleRate rate) override;
  void note_on(int pitch, int velocity) noexcept override;
  void note_off(int pitch) noexcept override;
  void control_change(int number, int value) noexcept override;
  void pitch_bend(int value) noexcept override;
  void all_notes_off() noexcept override;
  void set(int index, double value) noexcept override;
  void render(AudioBlock block) noexcept override;
  void reset() noexcept override;
  void archive(dsp::StateArchive& state) override;

  // Zones that sound, those that give way left out.
  int voice_count() const noexcept { return voices_.count(); }

 private:
  static constexpr int kParameterCount = 19;
  // What a voice reads of its sound in a line.
  static constexpr int kReadFramesMax = kLineFrames * 32 + dsp::SincKernels::kTapsMax + 8;

  struct EnvelopeTimes {
    AdsrTimes times;
    int hold_frames = 0;
  };
  // An Adsr that stays at its peak for a while.
  struct Envelope {
    Adsr adsr;
    int held = 0;

    double next(const EnvelopeTimes& times) noexcept;
    void release() noexcept { adsr.release(); }
    bool has_ended() const noexcept {
      return adsr.has_ended() || (adsr.stage == Adsr::Stage::decay && adsr.level == 0.0);
    }
    void archive(dsp::StateArchive& state) { state(adsr, held); }
  };
  struct Voice : NoteVoice {
    int zone = 0;
    std::int64_t frame = 0;  // where it reads, and 2^-32 of a frame
    std::uint32_t part = 0;
    std::uint64_t step = 0;
    std::int64_t exit = SamplerZone::kNever;
    bool is_released = false;
    Envelope amplitude;
    Envelope filter;
    LineRamp left;
    LineRamp right;
    LineRamp cutoff;                               // tan(pi f / rate)
    LineRamp damping;                              // 1 / Q
    std::array<std::array<float, 2>, 2> memory{};  // of the filter, by channel

    void release() noexcept {
      is_released = true;
      amplitude.release();
      filter.release();
    }
    bool is_quieter_than(const Voice& other) const noexcept {
      return amplitude.adsr.level < other.amplitude.adsr.level;
    }
    void archive(dsp::StateArchive& state);
  };

  const SamplerZone& zone_of(const Voice& voice) const noexcept { return zones_[static_cast<std::size_t>(voice.zone)]; }
  void begin_line() noexcept;
  void reckon_times() noexcept;
  void aim(Voice& voice, bool jumps) noexcept;
  void choke_groups(int pitch, int velocity) noexcept;
  void leave_loops() noexcept;
  void read(Voice& voice, std::span<float> left, std::span<float> right) noexcept;
  void filter(Voice& voice, std::span<float> left, std::span<float> right) noexcept;
  void play(Voice& voice, AudioBlock block) noexcept;

  std::vector<SamplerZone> zones_;
  SampleRate rate_{48'000};
  ParameterLines<kParameterCount> values_;
  int frames_to_line_ = 0;
  VoicePool<Voice, kVoicesMax> voices_;
  ChannelControls controls_;
  std::array<std::uint16_t, kRoundRobinGroupsMax + 1> turns_{};
  // Of the parameters.
  EnvelopeTimes amplitude_times_;
  EnvelopeTimes filter_times_;
  double choke_pole_ = 0.0;
  std::array<std::vector<float>, 2> sounds_;
};

}  // namespace talkback::instruments
