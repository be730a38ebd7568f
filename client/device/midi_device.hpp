// MIDI ports: what there is, and inputs that stamp what comes in.
//
// JACK ports go through JACK's own MIDI calls, ALSA's sequencer through RtMidi. RtMidi knows JACK as well, but stamps
// an event with the time at which its process callback happened to run: at 256 frames and 48 kHz notes were measured up
// to 4.8 ms off on an idle machine, tens of milliseconds on a busy one. JACK itself tells the frame of every event, on
// the clock that the sound card's frames are counted by: there is no jitter.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/position.hpp"
#include "engine/base/result.hpp"

namespace talkback::device {

struct MidiPort {
  int number = 0;    // as `talkback midi devices` lists it, from 1
  std::string name;  // "Keystation:out"
  std::string api;   // "JACK", "ALSA"
  bool is_hardware = false;
};

// The clock of an input's times.
struct MidiClock {
  std::int64_t units_per_second = 1'000'000'000;
  // One unit is a frame of the sound card that JACK drives: times need no smoothing. Else they are nanoseconds of this
  // machine.
  bool counts_frames = false;
};

class MidiSink {
 public:
  virtual ~MidiSink() = default;
  // bytes: a message, or a piece of a long one, as it came (midi_assembler.hpp makes sense of them); time: of its first
  // byte, on the input's clock. One thread, which for JACK is an [audio-thread].
  virtual void receive(std::span<const std::uint8_t> bytes, std::int64_t time) noexcept = 0;
  // Nothing more comes from there: the cable was pulled, or whoever sent has ended. The same thread, or, where that has
  // ended as well, the one that calls service().
  virtual void lose(std::int64_t time) noexcept = 0;
};

// A port that is listened to; ends when it is destroyed.
class MidiInput {
 public:
  virtual ~MidiInput() = default;
  virtual const MidiPort& port() const noexcept = 0;
  virtual MidiClock clock() const noexcept = 0;
  // The time at which the sound card's block begins that the caller is about to compute. [audio-thread]
  virtual std::int64_t block_time() const noexcept = 0;
  // So long before its time an event was played, as the port tells.
  virtual Frames latency() const noexcept = 0;
  virtual bool is_connected() const noexcept = 0;
  // Looks for a port that has gone or come back, which is then listened to again; every few ten milliseconds.
  virtual void service() = 0;
};

struct MidiInputOptions {
  std::string port;  // name, a part of it that is no other's, or number; empty: the only one, or the only hardware
  // The audio stream runs on JACK as well: times are the card's frames. Else nanoseconds.
  bool wants_card_frames = true;
};

class MidiDevices {
 public:
  virtual ~MidiDevices() = default;
  // Of what can be listened to, JACK's first.
  virtual std::vector<MidiPort> list() const = 0;
  // What keeps an API from being used, a sentence each: no server, no sequencer.
  virtual std::vector<std::string> hindrances() const = 0;
  // sink outlives the input. Fails with not_found (no such port; names those there are), invalid (several are meant) or
  // unavailable.
  virtual Result<std::unique_ptr<MidiInput>> open(const MidiInputOptions& options, MidiSink& sink) = 0;
};

// Every API of this machine. Never fails: what is missing is told by hindrances().
std::unique_ptr<MidiDevices> open_midi();

// The port that a person means, see MidiInputOptions.
Result<MidiPort> choose_port(const std::vector<MidiPort>& ports, const std::string& wanted,
                             const std::vector<std::string>& hindrances);

}  // namespace talkback::device
