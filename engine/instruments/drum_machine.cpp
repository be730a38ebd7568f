#include "engine/instruments/drum_machine.hpp"

#include <cmath>

#include "engine/dsp/portable_math.hpp"
#include "engine/instruments/band_limited_wave.hpp"

namespace talkback::instruments {

using namespace drum_parameters;
namespace portable = dsp::portable;

namespace {

constexpr double kEnd = 1e-5;

// Its first parameter.
int level_of(Drum drum) noexcept {
  switch (drum) {
    case Drum::snare:
      return snare_level;
    case Drum::rim:
      return rim_level;
    case Drum::clap:
      return clap_level;
    case Drum::hat:
      return hat_level;
    case Drum::tom:
      return tom_level;
    case Drum::crash:
      return crash_level;
    case Drum::ride:
      return ride_level;
    case Drum::cowbell:
      return cowbell_level;
    case Drum::shaker:
      return shaker_level;
    default:
      return kick_level;
  }
}

// A new hit on one key ends what sounds on the other.
bool is_ended_by(int pitch, int next) noexcept {
  const Drum drum = drum_of(pitch).drum;
  return pitch == next || (drum == drum_of(next).drum && (drum == Drum::hat || drum == Drum::kick));
}

}  // namespace

DrumMachine::DrumMachine() : values_(kTable) {}

std::span<const ParameterInfo> DrumMachine::parameters() const noexcept { return kTable; }

void DrumMachine::prepare(SampleRate rate) {
  rate_ = rate;
  // The table is made here, not while sound is made.
  BandLimitedWave::saw();
  choke_pole_ = portable::pole_of(kChokeMs * 1e-3 * rate.hz);
  stop_pole_ = portable::pole_of(kStopMs * 1e-3 * rate.hz);
  reset();
}

void DrumMachine::reset() noexcept {
  values_.reset();
  frames_to_line_ = 0;
  voices_.reset();
  controls_ = {};
  drive_.aim(portable::gain_from_db(values_[drive_db]), true);
}

void DrumMachine::set(int index, double wanted) noexcept { values_.set(index, wanted, false); }

void DrumMachine::archive(dsp::StateArchive& state) {
  state(values_, frames_to_line_, voices_, controls_, drive_);
  if (!state.is_loading()) return;
  frames_to_line_ = std::clamp(frames_to_line_, 0, kLineFrames);
  for (DrumVoice& voice : voices_) {
    if (drum_of(voice.pitch).drum == Drum::none) voice = {};
  }
}

void DrumMachine::note_on(int pitch, int velocity) noexcept {
  if (drum_of(pitch).drum == Drum::none) return;
  for (DrumVoice& voice : voices_) {
    if (voice.is_active() && !voice.is_choked && is_ended_by(voice.pitch, pitch)) voices_.choke(voice);
  }
  DrumVoice& voice = voices_.take(pitch, velocity);
  voice.start();
  aim(voice, true);
}

void DrumMachine::all_notes_off() noexcept { voices_.release_all(); }

void DrumMachine::control_change(int number, int value) noexcept {
  controls_.set(number, value);
  if (number == ChannelControls::kAllSoundOff || number == ChannelControls::kAllNotesOff) all_notes_off();
}

void DrumMachine::aim(DrumVoice& voice, bool jumps) noexcept {
  const int level = level_of(drum_of(voice.pitch).drum);
  const double velocity = voice.velocity / 127.0;
  const double loud = 1.0 - values_[velocity_percent] / 100.0 * (1.0 - velocity * velocity);
  const double gain = portable::gain_from_db(values_[level]) * loud * controls_.gain();
  // At constant power: an eighth of a turn for either side.
  const double turns = (values_[level + 1] + 1.0) / 8.0;
  voice.left.aim(gain * portable::cosine_of_turns(turns), jumps);
  voice.right.aim(gain * portable::sine_of_turns(turns), jumps);
}

void DrumMachine::begin_line() noexcept {
  values_.advance();
  drive_.aim(portable::gain_from_db(values_[drive_db]), false);
  for (DrumVoice& voice : voices_) {
    if (!voice.is_active()) continue;
    // A clap and a shaker begin in silence.
    if (!(voice.loudness() >= kEnd) && voice.age > 0) {
      voice = {};
      continue;
    }
    aim(voice, false);
  }
  frames_to_line_ = kLineFrames;
}

// At most to the end of the line.
void DrumMachine::play(DrumVoice& voice, AudioBlock block) noexcept {
  std::array<float, kLineFrames> buffer;
  const std::span<float> sound = std::span(buffer).first(static_cast<std::size_t>(block.frame_count()));
  voice.play(values_, rate_, sound);
  const double pole = voice.is_choked ? choke_pole_ : voice.is_stopped ? stop_pole_ : 1.0;
  float* left = block.channel(0).data();
  float* right = block.channel(1).data();
  for (std::size_t n = 0; n < sound.size(); ++n) {
    const float sample = sound[n] * static_cast<float>(voice.fade);
    left[n] += sample * voice.left.next();
    right[n] += sample * voice.right.next();
    voice.fade *= pole;
  }
}

void DrumMachine::render(AudioBlock block) noexcept {
  clear(block);
  for (int done = 0; done < block.frame_count();) {
    if (frames_to_line_ == 0) begin_line();
    const int frames = std::min(frames_to_line_, block.frame_count() - done);
    const AudioBlock part = block.slice(done, frames);
    for (DrumVoice& voice : voices_) {
      if (voice.is_active()) play(voice, part);
    }
    float* left = part.channel(0).data();
    float* right = part.channel(1).data();
    for (int n = 0; n < frames; ++n) {
      const float gain = drive_.next();
      left[n] = gain * left[n] / std::sqrt(1.0F + (gain * gain - 1.0F) * left[n] * left[n]);
      right[n] = gain * right[n] / std::sqrt(1.0F + (gain * gain - 1.0F) * right[n] * right[n]);
    }
    frames_to_line_ -= frames;
    done += frames;
  }
}

}  // namespace talkback::instruments
