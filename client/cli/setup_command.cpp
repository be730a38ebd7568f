// talkback setup: choose the sound card, check levels and noise, measure the true round trip, and remember all that.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "client/cli/commands.hpp"
#include "client/cli/interrupt.hpp"
#include "client/cli/setup_text.hpp"
#include "client/cli/sound_card.hpp"
#include "client/device/file_device.hpp"
#include "client/recorder/loopback_run.hpp"
#include "engine/realtime/audio_ring.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::cli {
namespace {

constexpr int kRingSeconds = 2;
constexpr int kReadFrames = 4'096;
constexpr std::chrono::milliseconds kPoll{20};
// A stream that gives nothing for so long has stopped without saying so.
constexpr std::chrono::seconds kStuck{8};

struct SetupOptions {
  std::string device;
  int input = 0;   // from 1; 0: all
  int output = 0;  // from 1; 0: all
  int rate_hz = 0;
  std::optional<bool> loopback;
  double seconds = 3.0;
  bool yes = false;
  std::string project;
};

// What the inputs give, on its way from the audio thread; the outputs stay silent.
class InputTaps final : public device::StreamCallback {
 public:
  InputTaps(int channels, int rate_hz)
      : ring_(channels, kRingSeconds * rate_hz), writer_(ring_), reader_(ring_), buffer_(channels, kReadFrames) {}

  void process(ConstAudioBlock input, AudioBlock output,
               const device::StreamTime&) noexcept TALKBACK_REALTIME override {
    clear(output);
    writer_.write(input);
  }
  // Empty where nothing waits.
  ConstAudioBlock read() noexcept { return buffer_.block().slice(0, reader_.read(buffer_.block())); }

 private:
  realtime::AudioRing ring_;
  realtime::AudioRing::Writer writer_;
  realtime::AudioRing::Reader reader_;
  AudioBuffer buffer_;
};

class Setup {
 public:
  Setup(Context& context, const SetupOptions& options, device::AudioDevices& devices, project::DeviceSettings& settings)
      : context_(context),
        options_(options),
        devices_(devices),
        settings_(settings),
        is_asked_(!options.yes && !context.terminal.json && ::isatty(STDIN_FILENO) == 1 &&
                  ::isatty(STDERR_FILENO) == 1) {}

  Result<void> run() {
    TALKBACK_TRY(choose_card());
    TALKBACK_TRY(compare_rates());
    TALKBACK_TRY(check_inputs());
    TALKBACK_TRY(measure_loop());
    TALKBACK_TRY(settings_.choose_device(found_.device.name, found_.device.host_api));
    context_.terminal.line("From now on \"" + found_.device.name + "\" (" + found_.device.host_api +
                           ") is the sound card of this machine.");
    if (context_.terminal.json) context_.terminal.print_json(json_of(found_));
    return {};
  }

 private:
  // Asks on a terminal; elsewhere the answer is the empty line.
  std::string ask(const std::string& question) const {
    std::string answer;
    if (!is_asked_) return answer;
    std::cerr << question << ' ' << std::flush;
    std::getline(std::cin, answer);
    return answer;
  }

  Result<void> choose_card() {
    std::string name = options_.device;
    device::StreamOptions wanted{name, std::max(options_.input, 1), options_.output, SampleRate{}};
    if (name.empty() && is_asked_) {
      TALKBACK_ASSIGN(const device::DeviceInfo usual, find_card(context_, devices_, settings_, wanted));
      for (const device::DeviceInfo& info : devices_.list())
        context_.terminal.note("  " + std::to_string(info.number) + "  " + info.name + " (" + info.host_api + "), " +
                               std::to_string(info.input_channels) + " in, " + std::to_string(info.output_channels) +
                               " out");
      wanted.device = ask("Which sound card? [" + std::to_string(usual.number) + "]");
    }
    TALKBACK_ASSIGN(found_.device, find_card(context_, devices_, settings_, wanted));
    found_.rates_hz = devices_.supported_rates(found_.device);
    found_.rate_hz = options_.rate_hz > 0 ? options_.rate_hz : found_.device.rate_hz;
    if (options_.rate_hz > 0 && std::ranges::find(found_.rates_hz, options_.rate_hz) == found_.rates_hz.end()) {
      std::string rates;
      for (const int rate : found_.rates_hz) rates += (rates.empty() ? "" : ", ") + std::to_string(rate);
      return Error{ErrorCode::invalid, "\"" + found_.device.name + "\" does not run at " +
                                           std::to_string(options_.rate_hz) + " Hz; it runs at " + rates};
    }
    context_.terminal.note("Sound card: " + found_.device.name + " (" + found_.device.host_api + "), " +
                           std::to_string(found_.rate_hz) + " Hz.");
    return {};
  }

  Result<void> compare_rates() {
    if (options_.project.empty()) return {};
    TALKBACK_ASSIGN(const auto project, context_.join_project(options_.project));
    found_.project_rate_hz = session::sample_rate_of(project->session()).hz;
    if (const std::string advice = rate_advice(found_); !advice.empty()) context_.terminal.warn(advice);
    return {};
  }

  int first_input() const { return options_.input > 0 ? options_.input : 1; }
  int last_input() const {
    return options_.input > 0 ? options_.input : std::min(found_.device.input_channels, kChannelsMax);
  }
  device::StreamOptions stream_options() const {
    return {std::to_string(found_.device.number), last_input(),
            std::min({std::max(options_.output, 2), found_.device.output_channels, kChannelsMax}),
            SampleRate{found_.rate_hz}};
  }
  Error gone() const {
    return Error{ErrorCode::unavailable, "\"" + found_.device.name +
                                             "\" stopped: was it unplugged, or did another program take it? Nothing "
                                             "was stored; run talkback setup again"};
  }

  // One InputCheck an input, of `seconds` from now on.
  Result<std::vector<recorder::InputCheck>> listen(const std::string& what) {
    const int count = last_input() - first_input() + 1;
    std::vector<recorder::InputCheck> checks(static_cast<std::size_t>(count),
                                             recorder::InputCheck(SampleRate{found_.rate_hz}));
    InputTaps taps(last_input(), found_.rate_hz);
    TALKBACK_ASSIGN(const auto stream, devices_.open(stream_options(), taps));
    TALKBACK_TRY(stream->start());
    context_.terminal.note("Listening (" + what + ").");
    const Interrupt interrupt;
    const auto wanted = static_cast<std::int64_t>(options_.seconds * found_.rate_hz);
    auto heard_at = std::chrono::steady_clock::now();
    for (std::int64_t heard = 0; heard < wanted;) {
      if (interrupt.requested()) return Error{ErrorCode::unavailable, "stopped; nothing was stored"};
      ConstAudioBlock block = taps.read();
      if (block.empty()) {
        if (!stream->is_running() || std::chrono::steady_clock::now() - heard_at > kStuck) return gone();
        std::this_thread::sleep_for(kPoll);
        continue;
      }
      heard_at = std::chrono::steady_clock::now();
      block = block.slice(0, static_cast<int>(std::min<std::int64_t>(block.frame_count(), wanted - heard)));
      heard += block.frame_count();
      for (int i = 0; i < count; ++i) checks[static_cast<std::size_t>(i)].process(block.channel(first_input() - 1 + i));
      show_levels(checks);
    }
    stream->stop();
    found_.buffer_frames = stream->buffer_frames();
    context_.terminal.end_progress();
    return checks;
  }

  void show_levels(std::vector<recorder::InputCheck>& checks) {
    std::string levels;
    for (std::size_t i = 0; i < checks.size() && i < 8; ++i) {
      const auto peak = static_cast<double>(checks[i].take_peak());
      char text[24];
      std::snprintf(text, sizeof text, "  %d: %6.1f", first_input() + static_cast<int>(i),
                    peak > 0.0 ? 20.0 * std::log10(peak) : recorder::kSilenceDbfs);
      levels += text;
    }
    context_.terminal.status(levels.substr(2) + " dBFS");
  }

  Result<void> check_inputs() {
    ask("Silence, please: nobody plays or sings while the noise is measured. Enter begins.");
    TALKBACK_ASSIGN(const auto quiet, listen("silence"));
    ask("Now play or sing as loudly as it will get. Enter begins.");
    TALKBACK_ASSIGN(const auto played, listen("level"));
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < quiet.size(); ++i) {
      InputFinding input;
      input.number = first_input() + static_cast<int>(i);
      input.quiet = quiet[i].reading();
      input.played = played[i].reading();
      input.judgement = recorder::judge(input.quiet, input.played);
      rows.push_back({std::to_string(input.number), dbfs_text(input.played.peak_dbfs), dbfs_text(input.played.rms_dbfs),
                      dbfs_text(input.quiet.floor_dbfs)});
      found_.inputs.push_back(input);
    }
    context_.terminal.table({"INPUT", "PEAK", "RMS", "NOISE FLOOR (RMS, UNWEIGHTED)"}, rows);
    const bool any_sound = std::ranges::any_of(found_.inputs, [](const InputFinding& input) {
      return input.judgement.verdict != recorder::InputVerdict::silent;
    });
    for (const InputFinding& input : found_.inputs) {
      // Of many inputs most are meant to be silent.
      if (any_sound && found_.inputs.size() > 1 && input.judgement.verdict == recorder::InputVerdict::silent) continue;
      for (const std::string& advice : input_advice(input))
        context_.terminal.warn("input " + std::to_string(input.number) + ": " + advice);
    }
    return {};
  }

  // Whether the loop is to be measured: as the options say, else as the person says, else where a script says --yes.
  bool wants_loop() const {
    if (options_.loopback) return *options_.loopback;
    if (!is_asked_) return options_.yes;
    const std::string answer = ask(
        "The round trip: connect an output to an input with a cable, or lay a headphone on the microphone, and turn "
        "the monitors down. Five sweeps are played at -12 dBFS. Enter measures, s skips.");
    return answer.empty() || (answer[0] != 's' && answer[0] != 'S');
  }

  Result<void> measure_loop() {
    if (!wants_loop()) {
      context_.terminal.note("The round trip was not measured; takes are placed by what the driver reports.");
      return {};
    }
    if (found_.device.output_channels == 0)
      return Error{ErrorCode::invalid,
                   "\"" + found_.device.name + "\" has no output to play the sweeps on; --no-loopback does without"};
    const SampleRate rate{found_.rate_hz};
    const recorder::LoopProbe probe = recorder::make_loop_probe(rate);
    recorder::LoopbackOptions loop_options{.inputs = last_input()};
    if (options_.output > 0) loop_options.output = options_.output - 1;
    recorder::LoopbackRun run(probe, loop_options);
    TALKBACK_TRY(play(run));
    TALKBACK_ASSIGN(LoopFinding loop, evaluate(probe, run));
    loop.xruns = run.xruns();
    loop.key = {found_.device.name, found_.device.host_api, found_.rate_hz, run.buffer_frames()};
    loop.calibration = {.round_trip = loop.round_trip.frames,
                        .confidence = loop.round_trip.confidence,
                        .measured_unix_ms = now_unix_ms(),
                        .reported = run.reported().middle(),
                        .reported_spread = run.reported().most - run.reported().least};
    found_.buffer_frames = run.buffer_frames();
    context_.terminal.line("Round trip by input " + std::to_string(loop.input) + ": " + loop_text(loop) + ".");
    if (loop.round_trip.is_inverted)
      context_.terminal.note("The loop inverts the polarity; that does not matter for the round trip.");
    if (loop.round_trip.peak >= 1.0F)
      context_.terminal.warn(
          "the sweeps clipped at the input; turn it down and measure again if the figure is in doubt");
    const bool is_good = loop.round_trip.confidence >= recorder::kFairConfidence;
    if (is_good || ask("Too doubtful to rely on. Store it all the same? [y/N]").starts_with("y")) {
      TALKBACK_TRY(settings_.store(loop.key, loop.calibration));
      loop.is_stored = true;
    } else {
      context_.terminal.warn("the figure is too doubtful to be stored: turn the level up, or use a cable");
    }
    found_.loop = std::move(loop);
    return {};
  }

  Result<void> play(recorder::LoopbackRun& run) {
    TALKBACK_ASSIGN(const auto stream, devices_.open(stream_options(), run));
    TALKBACK_TRY(stream->start());
    const Interrupt interrupt;
    double last = 0.0;
    auto moved_at = std::chrono::steady_clock::now();
    while (!run.is_done()) {
      if (interrupt.requested()) return Error{ErrorCode::unavailable, "stopped; nothing was stored"};
      if (!stream->is_running()) return gone();
      if (run.done() > last) moved_at = std::chrono::steady_clock::now();
      if (std::chrono::steady_clock::now() - moved_at > kStuck) return gone();
      last = run.done();
      context_.terminal.progress("Measuring the round trip", last);
      std::this_thread::sleep_for(kPoll);
    }
    stream->stop();
    context_.terminal.end_progress();
    return {};
  }

  // By the input that hears the loop best.
  Result<LoopFinding> evaluate(const recorder::LoopProbe& probe, const recorder::LoopbackRun& run) const {
    std::optional<LoopFinding> best;
    std::optional<Error> failed;
    for (int input = first_input(); input <= last_input(); ++input) {
      const auto found = recorder::find_round_trip(probe, run.captured().channel(input - 1));
      if (!found && (!failed || found.error().code == ErrorCode::conflict)) failed = found.error();
      if (found && (!best || found->confidence > best->round_trip.confidence))
        best = LoopFinding{.input = input, .round_trip = *found};
    }
    if (best) return *best;
    std::string lost;
    if (run.xruns() > 0)
      lost = ". The card lost sound " + std::to_string(run.xruns()) +
             " times meanwhile: close other programs, or give it a larger buffer";
    return Error{failed->code, failed->message + ": connect output " + std::to_string(std::max(options_.output, 1)) +
                                   " to an input with a cable (or lay a headphone on the microphone), turn the input "
                                   "up, and measure again; --no-loopback does without. No round trip was stored" +
                                   lost};
  }

  static std::int64_t now_unix_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  }

  Context& context_;
  const SetupOptions& options_;
  device::AudioDevices& devices_;
  project::DeviceSettings& settings_;
  const bool is_asked_;
  SetupFindings found_;
};

Result<void> set_up(Context& context, const SetupOptions& options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(project::DeviceSettings settings, project::DeviceSettings::open(*home));
  TALKBACK_ASSIGN(const auto devices, device::open_devices());
  return Setup(context, options, *devices, settings).run();
}

}  // namespace

void add_setup_command(Commands& commands) {
  auto options = std::make_shared<SetupOptions>();
  CLI::App* command = commands.add(
      "setup", "Choose the sound card, check its inputs, and measure its round trip through a loop of cable or air");
  command->add_option("--device", options->device, "Name or number from `talkback devices`; else it asks");
  command->add_option("--input", options->input, "Only this input, from 1")->check(CLI::Range(1, kChannelsMax));
  command->add_option("--output", options->output, "Play the sweeps on this output, from 1 (default: the first two)")
      ->check(CLI::Range(1, kChannelsMax));
  command->add_option("--rate", options->rate_hz, "Sample rate in Hz (default: the card's own)")
      ->check(CLI::Range(kSampleRateHzMin, kSampleRateHzMax));
  CLI::Option* loopback = command->add_flag_callback(
      "--loopback", [options] { options->loopback = true; }, "Measure the round trip (default: it asks)");
  command
      ->add_flag_callback(
          "--no-loopback", [options] { options->loopback = false; }, "Do not measure it; with --yes it does")
      ->excludes(loopback);
  command->add_option("--seconds", options->seconds, "Of silence and of playing that are listened to (default 3)")
      ->check(CLI::Range(0.5, 60.0));
  command->add_option("--project", options->project, "Compare the card's rate with this project's");
  command->add_flag("--yes", options->yes, "Ask nothing");
  commands.run(command, [options](Context& context) { return set_up(context, *options); });
}

}  // namespace talkback::cli
