#include "client/device/rt_midi.hpp"

#include <RtMidi.h>

#include <atomic>
#include <chrono>
#include <cmath>

#include "client/device/arrival_clock.hpp"
#include "client/device/quiet_stderr.hpp"

namespace talkback::device {
namespace {

constexpr const char* kSequencer = "/dev/snd/seq";
// How often the system is asked whether a port is still there.
constexpr std::chrono::milliseconds kLook{500};

std::int64_t now_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Warnings are thrown as well; what matters is noticed otherwise.
void ignore_error(RtMidiError::Type, const std::string&, void*) {}

// RtMidi throws where there is no sequencer; ALSA writes to stderr before.
Result<std::unique_ptr<RtMidiIn>> open_client(const char* name) {
  if (::access(kSequencer, R_OK | W_OK) != 0)
    return Error{ErrorCode::unavailable, std::string("the system's MIDI sequencer cannot be opened (") + kSequencer +
                                             "); is the kernel module snd-seq loaded, and are you in the group audio?"};
  const QuietStderr quiet;
  try {
    return std::make_unique<RtMidiIn>(RtMidi::LINUX_ALSA, name);
  } catch (const RtMidiError& error) {
    return Error{ErrorCode::unavailable, "the system's MIDI sequencer does not answer: " + error.getMessage()};
  }
}

std::optional<unsigned> index_of(RtMidiIn& client, const std::string& name) {
  for (unsigned n = 0; n < client.getPortCount(); ++n)
    if (client.getPortName(n) == name) return n;
  return std::nullopt;
}

class AlsaMidiInput final : public MidiInput {
 public:
  AlsaMidiInput(MidiPort port, MidiSink& sink) : port_(std::move(port)), sink_(sink) {}

  Result<void> start() {
    TALKBACK_ASSIGN(looker_, open_client("talkback-midi-list"));
    TALKBACK_TRY(connect());
    if (!is_connected()) return Error{ErrorCode::unavailable, "\"" + port_.name + "\" has gone"};
    return {};
  }

  const MidiPort& port() const noexcept override { return port_; }
  MidiClock clock() const noexcept override { return {}; }
  std::int64_t block_time() const noexcept override { return now_ns(); }
  Frames latency() const noexcept override { return {}; }
  bool is_connected() const noexcept override { return client_ != nullptr; }

  void service() override {
    if (std::chrono::steady_clock::now() < next_look_) return;
    next_look_ = std::chrono::steady_clock::now() + kLook;
    bool is_there = false;
    try {
      is_there = index_of(*looker_, port_.name).has_value();
    } catch (const RtMidiError&) {
    }
    if (is_there == is_connected()) return;
    if (is_there) {
      static_cast<void>(connect().has_value());
      return;
    }
    // Its thread ends here: nobody else calls the sink.
    client_.reset();
    sink_.lose(now_ns());
  }

 private:
  Result<void> connect() {
    TALKBACK_ASSIGN(auto client, open_client("talkback"));
    clock_ = {};
    stamp_ns_ = 0;
    try {
      const auto index = index_of(*client, port_.name);
      if (!index) return {};
      client->setErrorCallback(&ignore_error, nullptr);
      // System exclusive is wanted; clock and active sensing are not.
      client->ignoreTypes(false, true, true);
      client->setCallback(&AlsaMidiInput::receive, this);
      client->openPort(*index, "in");
      if (!client->isPortOpen()) return Error{ErrorCode::unavailable, "cannot listen to \"" + port_.name + "\""};
    } catch (const RtMidiError& error) {
      return Error{ErrorCode::unavailable, "cannot listen to \"" + port_.name + "\": " + error.getMessage()};
    }
    client_ = std::move(client);
    return {};
  }

  // RtMidi's thread. delta: seconds since the message before, as the sequencer stamped them.
  static void receive(double delta, std::vector<unsigned char>* message, void* user) {
    auto& self = *static_cast<AlsaMidiInput*>(user);
    self.stamp_ns_ += std::llround(delta * 1e9);
    if (message != nullptr) self.sink_.receive(*message, self.clock_.time_of(self.stamp_ns_, now_ns()));
  }

  MidiPort port_;
  MidiSink& sink_;
  std::unique_ptr<RtMidiIn> looker_;
  ArrivalClock clock_;         // RtMidi's thread
  std::int64_t stamp_ns_ = 0;  // RtMidi's thread
  std::chrono::steady_clock::time_point next_look_{};
  std::unique_ptr<RtMidiIn> client_;  // last: its thread uses the others
};

}  // namespace

Result<std::vector<MidiPort>> list_alsa_midi() {
  TALKBACK_ASSIGN(const auto client, open_client("talkback-midi-list"));
  std::vector<MidiPort> ports;
  try {
    // "Midi Through" is everywhere and nobody's keyboard.
    for (unsigned n = 0; n < client->getPortCount(); ++n) {
      const std::string name = client->getPortName(n);
      ports.push_back({.name = name, .api = "ALSA", .is_hardware = name.find("Midi Through") == std::string::npos});
    }
  } catch (const RtMidiError& error) {
    return Error{ErrorCode::unavailable, "the system's MIDI ports cannot be listed: " + error.getMessage()};
  }
  return ports;
}

Result<std::unique_ptr<MidiInput>> open_alsa_midi(const MidiPort& port, MidiSink& sink) {
  auto input = std::make_unique<AlsaMidiInput>(port, sink);
  TALKBACK_TRY(input->start());
  return std::unique_ptr<MidiInput>(std::move(input));
}

}  // namespace talkback::device
