#include "client/device/jack_midi.hpp"

#include <jack/jack.h>
#include <jack/midiport.h>

#include <algorithm>
#include <atomic>

namespace talkback::device {
namespace {

struct ClientCloser {
  void operator()(jack_client_t* client) const noexcept { jack_client_close(client); }
};
using Client = std::unique_ptr<jack_client_t, ClientCloser>;

Result<Client> open_client(const char* name) {
  // JACK writes to stderr where no server runs; the error says it better.
  jack_set_error_function([](const char*) {});
  Client client(jack_client_open(name, JackNoStartServer, nullptr));
  if (client == nullptr) return Error{ErrorCode::unavailable, "no JACK server is running"};
  return client;
}

class JackMidiInput final : public MidiInput {
 public:
  JackMidiInput(MidiPort port, bool wants_card_frames, MidiSink& sink)
      : port_(std::move(port)), counts_frames_(wants_card_frames), sink_(sink) {}

  Result<void> start() {
    TALKBACK_ASSIGN(client_, open_client("talkback-midi"));
    rate_hz_ = static_cast<int>(jack_get_sample_rate(client_.get()));
    frame_.store(jack_last_frame_time(client_.get()));
    input_ = jack_port_register(client_.get(), "in", JACK_DEFAULT_MIDI_TYPE, JackPortIsInput, 0);
    jack_set_process_callback(client_.get(), &JackMidiInput::process, this);
    jack_on_shutdown(
        client_.get(), [](void* user) { static_cast<JackMidiInput*>(user)->is_server_gone_.store(true); }, this);
    if (input_ == nullptr || jack_activate(client_.get()) != 0)
      return Error{ErrorCode::unavailable, "the JACK server refused a MIDI input"};
    connect();
    if (!is_connected()) return Error{ErrorCode::unavailable, "cannot listen to \"" + port_.name + "\""};
    return {};
  }

  const MidiPort& port() const noexcept override { return port_; }
  MidiClock clock() const noexcept override {
    return counts_frames_ ? MidiClock{rate_hz_, true} : MidiClock{1'000'000'000, false};
  }
  // Every client of the cycle is told the same frame, whichever of them asks.
  std::int64_t block_time() const noexcept override {
    if (!counts_frames_) return static_cast<std::int64_t>(jack_get_time()) * 1'000;
    return whole(jack_last_frame_time(client_.get()));
  }
  Frames latency() const noexcept override { return Frames{latency_.load()}; }
  bool is_connected() const noexcept override { return is_connected_.load(); }

  void service() override {
    if (is_server_gone_.load()) {
      // Its threads have ended: nobody else calls the sink.
      if (is_connected_.exchange(false)) sink_.lose(frame_.load());
      return;
    }
    if (!is_connected() || jack_port_connected(input_) == 0) connect();
  }

 private:
  void connect() {
    const jack_port_t* source = jack_port_by_name(client_.get(), port_.name.c_str());
    if (source == nullptr) return;
    jack_latency_range_t range{};
    jack_port_get_latency_range(const_cast<jack_port_t*>(source), JackCaptureLatency, &range);
    latency_.store(range.max);
    if (jack_connect(client_.get(), port_.name.c_str(), jack_port_name(input_)) == 0) is_connected_.store(true);
  }

  // JACK counts 32 bits, which end after a day.
  std::int64_t whole(jack_nframes_t frame) const noexcept {
    const std::int64_t near = frame_.load(std::memory_order_relaxed);
    return near + static_cast<std::int32_t>(frame - static_cast<jack_nframes_t>(near));
  }

  // [audio-thread]
  static int process(jack_nframes_t frames, void* user) {
    static_cast<JackMidiInput*>(user)->process(frames);
    return 0;
  }

  void process(jack_nframes_t frames) noexcept {
    void* const buffer = jack_port_get_buffer(input_, frames);
    const std::int64_t start = whole(jack_last_frame_time(client_.get()));
    frame_.store(start, std::memory_order_relaxed);
    const auto time_of = [&](jack_nframes_t offset) {
      if (counts_frames_) return start + offset;
      const auto frame = static_cast<jack_nframes_t>(start + offset);
      return static_cast<std::int64_t>(jack_frames_to_time(client_.get(), frame)) * 1'000;
    };
    const jack_nframes_t count = jack_midi_get_event_count(buffer);
    for (jack_nframes_t n = 0; n < count; ++n) {
      jack_midi_event_t event{};
      if (jack_midi_event_get(&event, buffer, n) != 0) continue;
      sink_.receive(std::span<const std::uint8_t>(event.buffer, event.size), time_of(event.time));
    }
    const bool had_cable = has_cable_;
    has_cable_ = jack_port_connected(input_) > 0;
    if (!had_cable || has_cable_) return;
    is_connected_.store(false);
    sink_.lose(time_of(0));
  }

  MidiPort port_;
  bool counts_frames_;
  MidiSink& sink_;
  int rate_hz_ = 0;
  jack_port_t* input_ = nullptr;
  bool has_cable_ = false;              // audio thread
  std::atomic<std::int64_t> frame_{0};  // the cycle's first
  std::atomic<std::int64_t> latency_{0};
  std::atomic<bool> is_connected_{false};
  std::atomic<bool> is_server_gone_{false};
  Client client_;  // last: its thread uses the others
};

}  // namespace

Result<std::vector<MidiPort>> list_jack_midi() {
  TALKBACK_ASSIGN(const Client client, open_client("talkback-midi-list"));
  std::vector<MidiPort> ports;
  const char** names = jack_get_ports(client.get(), nullptr, JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput);
  for (const char** name = names; name != nullptr && *name != nullptr; ++name) {
    const int flags = jack_port_flags(jack_port_by_name(client.get(), *name));
    ports.push_back({.name = *name, .api = "JACK", .is_hardware = (flags & JackPortIsPhysical) != 0});
  }
  jack_free(names);
  return ports;
}

Result<std::unique_ptr<MidiInput>> open_jack_midi(const MidiPort& port, bool wants_card_frames, MidiSink& sink) {
  auto input = std::make_unique<JackMidiInput>(port, wants_card_frames, sink);
  TALKBACK_TRY(input->start());
  return std::unique_ptr<MidiInput>(std::move(input));
}

}  // namespace talkback::device
