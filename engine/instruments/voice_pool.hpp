// The voices of an instrument: as many as sound at once, and a few that give way.
//
// Where all are taken the oldest that is released gives way, else the oldest; it fades beside the others. Voice is a
// NoteVoice with release(), is_quieter_than(const Voice&) and archive().
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "engine/dsp/state_archive.hpp"

namespace talkback::instruments {

// Switches as bytes: a damaged archive holds what no bool may hold.
template <class... Flags>
void archive_flags(dsp::StateArchive& state, Flags&... flags) {
  const auto archive_flag = [&](bool& flag) {
    std::uint8_t byte = flag ? 1 : 0;
    state(byte);
    flag = byte != 0;
  };
  (archive_flag(flags), ...);
}

struct NoteVoice {
  int pitch = -1;  // -1: not in use
  int velocity = 0;
  std::uint32_t stamp = 0;  // later notes have higher ones
  bool is_held = false;
  bool is_pedalled = false;
  bool is_choked = false;

  bool is_active() const noexcept { return pitch >= 0; }
  void archive_note(dsp::StateArchive& state) {
    state(pitch, velocity, stamp);
    archive_flags(state, is_held, is_pedalled, is_choked);
  }
};

template <class Voice, int kVoicesMax>
class VoicePool {
 public:
  static constexpr int kSlots = kVoicesMax + 8;

  auto begin() noexcept { return voices_.begin(); }
  auto end() noexcept { return voices_.end(); }
  auto begin() const noexcept { return voices_.begin(); }
  auto end() const noexcept { return voices_.end(); }

  // Those that give way left out.
  int count() const noexcept {
    return static_cast<int>(
        std::ranges::count_if(voices_, [](const Voice& voice) { return voice.is_active() && !voice.is_choked; }));
  }
  bool is_silent() const noexcept { return std::ranges::none_of(voices_, &Voice::is_active); }

  // A voice as new, held, with a stamp.
  Voice& take(int pitch, int velocity, int voices_max = kVoicesMax) noexcept {
    if (is_silent()) next_stamp_ = 0;
    while (count() >= std::clamp(voices_max, 1, kVoicesMax)) choke(*oldest());
    Voice& voice = free_slot();
    voice = {};
    voice.pitch = pitch;
    voice.velocity = velocity;
    voice.stamp = next_stamp_++;
    voice.is_held = true;
    return voice;
  }
  static void choke(Voice& voice) noexcept {
    voice.is_choked = true;
    voice.is_held = voice.is_pedalled = false;
    voice.release();
  }
  void note_off(int pitch, bool has_pedal) noexcept {
    for (Voice& voice : voices_) {
      if (voice.pitch != pitch || !voice.is_held) continue;
      voice.is_held = false;
      voice.is_pedalled = has_pedal;
      if (!has_pedal) voice.release();
    }
  }
  void lift_pedal() noexcept {
    for (Voice& voice : voices_) {
      if (!voice.is_pedalled) continue;
      voice.is_pedalled = false;
      voice.release();
    }
  }
  void release_all() noexcept {
    for (Voice& voice : voices_) {
      if (!voice.is_active()) continue;
      voice.is_held = voice.is_pedalled = false;
      voice.release();
    }
  }
  void reset() noexcept {
    voices_ = {};
    next_stamp_ = 0;
  }
  void archive(dsp::StateArchive& state) {
    // What the next note sets anew leaves no trace.
    if (!state.is_loading() && is_silent()) next_stamp_ = 0;
    state(next_stamp_);
    for (Voice& voice : voices_) {
      bool is_active = voice.is_active();
      archive_flags(state, is_active);
      if (state.is_loading()) voice = {};
      if (!is_active) continue;
      voice.archive(state);
      if (state.is_loading()) voice.pitch = std::clamp(voice.pitch, -1, 127);
    }
  }

 private:
  Voice* oldest() noexcept {
    const auto age = [](const Voice& voice) { return std::pair(voice.is_held || voice.is_pedalled, voice.stamp); };
    Voice* oldest = nullptr;
    for (Voice& voice : voices_) {
      if (voice.is_active() && !voice.is_choked && (oldest == nullptr || age(voice) < age(*oldest))) oldest = &voice;
    }
    return oldest;
  }
  // So many may give way at once that one of them is cut off: the quietest.
  Voice& free_slot() noexcept {
    Voice* chosen = nullptr;
    for (Voice& voice : voices_) {
      if (!voice.is_active()) return voice;
      if (voice.is_choked && (chosen == nullptr || voice.is_quieter_than(*chosen))) chosen = &voice;
    }
    return *chosen;
  }

  std::array<Voice, static_cast<std::size_t>(kSlots)> voices_;
  std::uint32_t next_stamp_ = 0;
};

// What MIDI says about the whole channel.
struct ChannelControls {
  static constexpr int kWheel = 1, kVolume = 7, kExpression = 11, kPedal = 64, kAllSoundOff = 120, kAllNotesOff = 123;

  double bend = 0.0;  // -1 to 1
  int wheel = 0;
  int volume = 127;
  int expression = 127;
  bool pedal = false;

  void set(int number, int value) noexcept {
    if (number == kWheel) wheel = value;
    if (number == kVolume) volume = value;
    if (number == kExpression) expression = value;
    if (number == kPedal) pedal = value >= 64;
  }
  // (v / 127)^2 of both.
  double gain() const noexcept {
    const double product = volume * expression / (127.0 * 127.0);
    return product * product;
  }
  void archive(dsp::StateArchive& state) {
    state(bend, wheel, volume, expression);
    archive_flags(state, pedal);
    if (!(bend >= -1.0 && bend <= 1.0)) bend = 0.0;
    wheel = std::clamp(wheel, 0, 127);
    volume = std::clamp(volume, 0, 127);
    expression = std::clamp(expression, 0, 127);
  }
};

// Xorshift of G. Marsaglia (2003), from -1 to 1. The state is never 0, where the generator would stand still.
inline float next_noise(std::uint32_t& state) noexcept {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return static_cast<float>(static_cast<std::int32_t>(state)) * (1.0F / 2'147'483'648.0F);
}
inline std::uint32_t noise_seed(std::uint32_t stamp, int pitch) noexcept {
  return (stamp * 128U + static_cast<std::uint32_t>(pitch) + 1U) * 2'654'435'769U | 1U;
}

}  // namespace talkback::instruments
