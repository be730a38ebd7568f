// A MIDI input and a sound card that a test plays by hand, on one clock of frames.
#pragma once

#include <initializer_list>

#include "client/device/audio_device.hpp"
#include "client/device/midi_device.hpp"

namespace talkback::test {

class FakeMidiInput final : public device::MidiInput {
 public:
  explicit FakeMidiInput(device::MidiSink& sink, Frames latency = {}) : sink_(sink), latency_(latency) {}

  const device::MidiPort& port() const noexcept override { return port_; }
  device::MidiClock clock() const noexcept override { return {48'000, true}; }
  std::int64_t block_time() const noexcept override { return now; }
  Frames latency() const noexcept override { return latency_; }
  bool is_connected() const noexcept override { return is_connected_; }
  void service() override {}

  // The key is pressed at `frame`, and heard of the latency later.
  void send(std::int64_t frame, std::initializer_list<int> bytes) {
    std::vector<std::uint8_t> message;
    for (const int byte : bytes) message.push_back(static_cast<std::uint8_t>(byte));
    sink_.receive(message, frame + latency_.count);
  }
  void send(std::int64_t frame, const std::vector<std::uint8_t>& bytes) {
    sink_.receive(bytes, frame + latency_.count);
  }
  void pull(std::int64_t frame) {
    is_connected_ = false;
    sink_.lose(frame);
  }

  std::int64_t now = 0;  // where the block begins

 private:
  device::MidiSink& sink_;
  Frames latency_;
  device::MidiPort port_{1, "Fake:keys", "JACK", true};
  bool is_connected_ = true;
};

}  // namespace talkback::test
