// talkback-virtual-card: a sound card for machines that have none, as a client of a JACK server.
//
// It looks like hardware: what is played into it comes back at its inputs after --delay frames and one JACK period (a
// loudspeaker in front of a microphone), and it reports exactly that latency unless told otherwise. With --perform it
// also sings: the file starts --after frames behind the first sound that is heard, in time with it, as a musician would
// after a count-in. Demonstrations and tests run over it. Ends on SIGTERM or SIGINT.
#include <jack/jack.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <string>
#include <vector>

#include "engine/base/stop_signals.hpp"
#include "engine/media/audio_file.hpp"

namespace talkback::device {
namespace {

constexpr int kChannels = 2;
constexpr float kHeard = 1e-4F;  // -80 dBFS

struct Options {
  std::string server;
  std::string name = "virtual-card";
  int delay_frames = 500;
  int reported_error_frames = 0;
  double loop_gain = 1.0;
  std::string perform;
  std::int64_t after_frames = 0;
};

class VirtualCard {
 public:
  explicit VirtualCard(Options options) : options_(std::move(options)) {}
  ~VirtualCard() {
    if (client_ != nullptr) jack_client_close(client_);
  }
  VirtualCard(const VirtualCard&) = delete;
  VirtualCard& operator=(const VirtualCard&) = delete;

  Result<void> start() {
    const jack_options_t mode =
        static_cast<jack_options_t>(JackNoStartServer | (options_.server.empty() ? JackNullOption : JackServerName));
    client_ = jack_client_open(options_.name.c_str(), mode, nullptr, options_.server.c_str());
    if (client_ == nullptr) return Error{ErrorCode::unavailable, "there is no JACK server \"" + options_.server + "\""};
    TALKBACK_TRY(load_performance(static_cast<int>(jack_get_sample_rate(client_))));
    for (auto& line : lines_) line.assign(static_cast<std::size_t>(std::max(options_.delay_frames, 1)), 0.0F);
    const unsigned long hardware = JackPortIsPhysical | JackPortIsTerminal;
    for (std::size_t c = 0; c < kChannels; ++c) {
      const std::string number = std::to_string(c + 1);
      playback_[c] = jack_port_register(client_, ("playback_" + number).c_str(), JACK_DEFAULT_AUDIO_TYPE,
                                        JackPortIsInput | hardware, 0);
      capture_[c] = jack_port_register(client_, ("capture_" + number).c_str(), JACK_DEFAULT_AUDIO_TYPE,
                                       JackPortIsOutput | hardware, 0);
    }
    jack_set_latency_callback(client_, &VirtualCard::report_latency, this);
    jack_set_process_callback(client_, &VirtualCard::process, this);
    if (jack_activate(client_) != 0) return Error{ErrorCode::unavailable, "the JACK server refused the card"};
    return {};
  }

 private:
  Result<void> load_performance(int rate_hz) {
    if (options_.perform.empty()) return {};
    TALKBACK_ASSIGN(const media::AudioFileInfo info, media::inspect(options_.perform));
    if (info.sample_rate_hz != rate_hz)
      return Error{ErrorCode::invalid, "the performance has " + std::to_string(info.sample_rate_hz) +
                                           " Hz, the card runs at " + std::to_string(rate_hz)};
    TALKBACK_ASSIGN(const auto reader, media::open_audio_file(options_.perform));
    performance_.resize(reader->channels(), static_cast<int>(reader->length().count));
    return reader->read(FramePosition{0}, performance_.block());
  }

  // The card's own way, and the period that JACK adds, split between its two ends.
  static void report_latency(jack_latency_callback_mode_t mode, void* user) {
    auto& self = *static_cast<VirtualCard*>(user);
    const int whole = self.options_.delay_frames + static_cast<int>(jack_get_buffer_size(self.client_)) +
                      self.options_.reported_error_frames;
    const int in = whole * 2 / 5;
    jack_latency_range_t range{};
    range.min = range.max = static_cast<jack_nframes_t>(std::max(mode == JackCaptureLatency ? in : whole - in, 0));
    for (jack_port_t* port : mode == JackCaptureLatency ? self.capture_ : self.playback_)
      jack_port_set_latency_range(port, mode, &range);
  }

  // [audio-thread]
  static int process(jack_nframes_t frames, void* user) {
    static_cast<VirtualCard*>(user)->process(static_cast<int>(frames));
    return 0;
  }

  void process(int frames) noexcept {
    std::array<const float*, kChannels> played{};
    std::array<float*, kChannels> captured{};
    for (std::size_t c = 0; c < kChannels; ++c) {
      played[c] = static_cast<const float*>(jack_port_get_buffer(playback_[c], static_cast<jack_nframes_t>(frames)));
      captured[c] = static_cast<float*>(jack_port_get_buffer(capture_[c], static_cast<jack_nframes_t>(frames)));
    }
    for (int f = 0; f < frames; ++f) {
      listen(std::max(std::abs(played[0][f]), std::abs(played[1][f])));
      for (std::size_t c = 0; c < kChannels; ++c) {
        const float sound = static_cast<float>(options_.loop_gain) * played[c][f] + performed(static_cast<int>(c));
        float& slot = lines_[c][at_];
        captured[c][f] = options_.delay_frames > 0 ? slot : sound;
        slot = sound;
      }
      if (++at_ == lines_[0].size()) at_ = 0;
      if (performing_) ++performed_;
    }
  }

  // The first sound starts the performance; a second of silence after its end makes ready for the next.
  void listen(float level) noexcept {
    quiet_ = level > kHeard ? 0 : quiet_ + 1;
    const bool over = performed_ >= options_.after_frames + performance_.frame_count();
    if (performing_ && over && quiet_ > static_cast<std::int64_t>(jack_get_sample_rate(client_))) performing_ = false;
    if (!performing_ && level > kHeard) {
      performing_ = true;
      performed_ = 0;
    }
  }

  float performed(int channel) const noexcept {
    const std::int64_t at = performed_ - options_.after_frames;
    if (!performing_ || at < 0 || at >= performance_.frame_count()) return 0.0F;
    return performance_.block().channel(
        std::min(channel, performance_.channel_count() - 1))[static_cast<std::size_t>(at)];
  }

  const Options options_;
  jack_client_t* client_ = nullptr;
  std::array<jack_port_t*, kChannels> playback_{};
  std::array<jack_port_t*, kChannels> capture_{};
  std::array<std::vector<float>, kChannels> lines_;
  std::size_t at_ = 0;
  AudioBuffer performance_;
  bool performing_ = false;
  std::int64_t performed_ = 0;
  std::int64_t quiet_ = 0;
};

}  // namespace
}  // namespace talkback::device

int main(int argc, char** argv) {
  talkback::device::Options options;
  CLI::App app{"A sound card for machines that have none, on a JACK server"};
  app.add_option("--server", options.server, "JACK server (default: the user's)");
  app.add_option("--name", options.name, "The card's name");
  app.add_option("--delay", options.delay_frames, "Frames from its output to its input")->check(CLI::Range(0, 100'000));
  app.add_option("--misreport", options.reported_error_frames, "Frames by which its reported latency is wrong");
  app.add_option("--loop-gain", options.loop_gain, "How much of what is played comes back (-1 to 1)")
      ->check(CLI::Range(-1.0, 1.0));
  app.add_option("--perform", options.perform, "Audio file that it sings");
  app.add_option("--after", options.after_frames, "Frames between the first sound that is heard and the performance");
  CLI11_PARSE(app, argc, argv);
  const talkback::StopSignals signals;  // before JACK starts threads
  talkback::device::VirtualCard card(options);
  if (const auto started = card.start(); !started) {
    std::cerr << "talkback-virtual-card: " << started.error().message << std::endl;
    return 1;
  }
  std::cout << "ready" << std::endl;
  signals.wait();
  return 0;
}
