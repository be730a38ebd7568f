// talkback-virtual-keyboard: a MIDI keyboard and who plays it, as a client of a JACK server, for tests.
//
// It listens to an audio port and strikes a key at every onset that it hears, at the very frame at which the onset is
// heard behind the loudspeaker's latency; or strikes at even distances without listening. Its port reports a latency of
// its own, by which events come late, as hardware's do. What is struck is told on stdout: "strike FRAME" (JACK's frame,
// its own latency taken off). Ends on SIGTERM or SIGINT.
#include <jack/jack.h>
#include <jack/midiport.h>

#include <CLI/CLI.hpp>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <string>
#include <thread>

#include "engine/base/stop_signals.hpp"
#include "engine/realtime/spsc_queue.hpp"

namespace talkback::test {
namespace {

struct Options {
  std::string server;
  std::string name = "keyboard";
  std::string listen_to;       // audio port, as JACK names it
  int loudspeaker_frames = 0;  // from that port to the ear
  int own_frames = 0;          // from the key to the port
  int every_frames = 0;        // without listening
  int hold_frames = 4'800;     // how long a key is held
  int strikes = 0;             // 0: all
  int pitch = 0;               // of every strike; 0: they change
  int exclusive_bytes = 0;     // sent with the first strike
  bool controllers = false;    // a wheel, a bend and pressures with every strike
  int hold_from = 0;           // strikes from this one on are not released
  int pull_after = 0;          // strikes, then the port vanishes
  bool plugs_in_again = false;
};

// What is to be sent at a frame of JACK's clock.
struct Planned {
  std::int64_t frame = 0;
  std::array<std::uint8_t, 3> bytes{};
  std::uint8_t count = 0;  // 0: the system exclusive message
};

constexpr float kHeard = 0.1F;
constexpr int kQuietFrames = 4'000;  // after the last loud sample, until the next onset counts
constexpr std::size_t kPlannedMax = 4'096;
constexpr std::size_t kExclusiveMax = 8'192;

class Keyboard {
 public:
  explicit Keyboard(Options options) : options_(std::move(options)) {}
  ~Keyboard() {
    if (client_ != nullptr) jack_client_close(client_);
  }

  bool start() {
    client_ = jack_client_open(options_.name.c_str(), static_cast<jack_options_t>(JackNoStartServer | JackServerName),
                               nullptr, options_.server.c_str());
    if (client_ == nullptr) return false;
    exclusive_[0] = 0xf0;
    for (std::size_t n = 1; n < kExclusiveMax; ++n) exclusive_[n] = static_cast<std::uint8_t>(n % 128);
    if (options_.exclusive_bytes > 0) exclusive_[static_cast<std::size_t>(options_.exclusive_bytes) - 1] = 0xf7;
    ear_ = jack_port_register(client_, "ear", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    plug_in();
    jack_set_latency_callback(client_, &Keyboard::report_latency, this);
    jack_set_process_callback(client_, &Keyboard::process, this);
    return jack_activate(client_) == 0;
  }

  // What needs a thread that may wait: connecting, pulling the cable, telling.
  void service() {
    if (!options_.listen_to.empty() && jack_port_connected(ear_) == 0 &&
        jack_port_by_name(client_, options_.listen_to.c_str()) != nullptr)
      jack_connect(client_, options_.listen_to.c_str(), jack_port_name(ear_));
    while (const auto frame = struck_.pop()) {
      std::cout << "strike " << *frame << std::endl;
      ++told_;
    }
    if (options_.pull_after > 0 && told_ >= options_.pull_after && !is_pulled_) {
      is_pulled_ = true;
      // What was struck last is on its way.
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      jack_port_t* const port = out_.exchange(nullptr);
      // The cycle that may still use it has ended.
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      jack_port_unregister(client_, port);
      std::cout << "pulled" << std::endl;
      if (options_.plugs_in_again) {
        plug_in();
        std::cout << "plugged" << std::endl;
      }
    }
  }

 private:
  void plug_in() {
    out_.store(jack_port_register(client_, "out", JACK_DEFAULT_MIDI_TYPE,
                                  JackPortIsOutput | JackPortIsPhysical | JackPortIsTerminal, 0));
    jack_recompute_total_latencies(client_);
  }

  static void report_latency(jack_latency_callback_mode_t mode, void* user) {
    auto& self = *static_cast<Keyboard*>(user);
    jack_port_t* const port = self.out_.load();
    if (mode != JackCaptureLatency || port == nullptr) return;
    jack_latency_range_t range{};
    range.min = range.max = static_cast<jack_nframes_t>(self.options_.own_frames);
    jack_port_set_latency_range(port, mode, &range);
  }

  // [audio-thread]
  static int process(jack_nframes_t frames, void* user) {
    static_cast<Keyboard*>(user)->process(frames);
    return 0;
  }

  void process(jack_nframes_t frames) noexcept {
    const std::int64_t start = jack_last_frame_time(client_);
    if (first_ == 0) first_ = start + static_cast<std::int64_t>(jack_get_sample_rate(client_)) / 4;
    listen(start, static_cast<int>(frames));
    jack_port_t* const port = out_.load();
    void* const buffer = port != nullptr ? jack_port_get_buffer(port, frames) : nullptr;
    if (buffer != nullptr) jack_midi_clear_buffer(buffer);
    while (sent_ != planned_ && plan_[sent_ % kPlannedMax].frame < start + static_cast<std::int64_t>(frames)) {
      const Planned& next = plan_[sent_++ % kPlannedMax];
      const auto offset = static_cast<jack_nframes_t>(std::max<std::int64_t>(next.frame - start, 0));
      const std::uint8_t* const bytes = next.count > 0 ? next.bytes.data() : exclusive_.data();
      const auto count = next.count > 0 ? next.count : static_cast<std::size_t>(options_.exclusive_bytes);
      if (buffer != nullptr) jack_midi_event_write(buffer, offset, bytes, count);
    }
  }

  void listen(std::int64_t start, int frames) noexcept {
    const auto* heard = static_cast<const float*>(jack_port_get_buffer(ear_, static_cast<jack_nframes_t>(frames)));
    for (int f = 0; f < frames; ++f) {
      const std::int64_t now = start + f;
      if (options_.every_frames > 0 && now >= first_ && (now - first_) % options_.every_frames == 0) strike(now);
      const bool is_loud = std::abs(heard[f]) > kHeard;
      if (options_.every_frames == 0 && is_loud && quiet_ >= kQuietFrames) strike(now + options_.loudspeaker_frames);
      quiet_ = is_loud ? 0 : quiet_ + 1;
    }
  }

  void strike(std::int64_t frame) noexcept {
    if (options_.strikes > 0 && count_ >= options_.strikes) return;
    ++count_;
    struck_.push(frame);
    const auto pitch = static_cast<std::uint8_t>(options_.pitch > 0 ? options_.pitch : 60 + count_ % 12);
    const auto value = static_cast<std::uint8_t>(count_ % 128);
    if (count_ == 1 && options_.exclusive_bytes > 0) plan({frame, {}, 0});
    if (options_.controllers) {
      plan({frame, {0xb0, 1, value}, 3});
      plan({frame, {0xe0, value, 64}, 3});
    }
    plan({frame, {0x90, pitch, 100}, 3});
    if (options_.controllers) {
      plan({frame + 100, {0xa0, pitch, value}, 3});
      plan({frame + 200, {0xd0, value, 0}, 2});
    }
    if (options_.hold_from == 0 || count_ < options_.hold_from)
      plan({frame + options_.hold_frames, {0x80, pitch, 64}, 3});
  }

  // In the order of their frames.
  void plan(Planned what) noexcept {
    what.frame += options_.own_frames;
    std::uint64_t at = planned_++;
    for (; at > sent_ && plan_[(at - 1) % kPlannedMax].frame > what.frame; --at)
      plan_[at % kPlannedMax] = plan_[(at - 1) % kPlannedMax];
    plan_[at % kPlannedMax] = what;
  }

  const Options options_;
  jack_client_t* client_ = nullptr;
  jack_port_t* ear_ = nullptr;
  std::atomic<jack_port_t*> out_{nullptr};
  std::array<std::uint8_t, kExclusiveMax> exclusive_{};
  realtime::SpscQueue<std::int64_t, 1'024> struck_;
  int told_ = 0;
  bool is_pulled_ = false;
  // Audio thread.
  std::array<Planned, kPlannedMax> plan_{};
  std::uint64_t planned_ = 0;
  std::uint64_t sent_ = 0;
  std::int64_t first_ = 0;
  int quiet_ = kQuietFrames;
  int count_ = 0;
};

}  // namespace
}  // namespace talkback::test

int main(int argc, char** argv) {
  talkback::test::Options options;
  CLI::App app{"A MIDI keyboard that plays itself, on a JACK server"};
  app.add_option("--server", options.server)->required();
  app.add_option("--name", options.name);
  app.add_option("--listen-to", options.listen_to);
  app.add_option("--loudspeaker", options.loudspeaker_frames);
  app.add_option("--latency", options.own_frames);
  app.add_option("--every", options.every_frames);
  app.add_option("--hold", options.hold_frames);
  app.add_option("--strikes", options.strikes);
  app.add_option("--pitch", options.pitch);
  app.add_option("--exclusive", options.exclusive_bytes)->check(CLI::Range(2, 8'192));
  app.add_flag("--controllers", options.controllers);
  app.add_option("--hold-from", options.hold_from);
  app.add_option("--pull-after", options.pull_after);
  app.add_flag("--plug-in-again", options.plugs_in_again);
  CLI11_PARSE(app, argc, argv);
  const talkback::StopSignals signals;  // before JACK starts threads
  talkback::test::Keyboard keyboard(options);
  if (!keyboard.start()) {
    std::cerr << "talkback-virtual-keyboard: there is no JACK server \"" << options.server << "\"" << std::endl;
    return 1;
  }
  std::cout << "ready" << std::endl;
  while (!signals.came_within(std::chrono::milliseconds(2))) keyboard.service();
  return 0;
}
