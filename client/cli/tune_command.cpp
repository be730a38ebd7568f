// talkback tune: the tuner, on an input of the sound card or on a file.
#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "client/cli/commands.hpp"
#include "client/cli/interrupt.hpp"
#include "client/cli/sound_card.hpp"
#include "client/device/file_device.hpp"
#include "engine/analysis/tuner.hpp"
#include "engine/media/audio_file.hpp"
#include "engine/realtime/audio_ring.hpp"

namespace talkback::cli {
namespace {

constexpr int kBlockFrames = 1'024;

struct TuneOptions {
  int input = 1;
  std::string device;
  std::string file;
  double reference_hz = 440.0;
};

// One input on its way from the audio thread.
class InputTap final : public device::StreamCallback {
 public:
  InputTap(int channel, int ring_frames) : channel_(channel), ring_(1, ring_frames), writer_(ring_), reader_(ring_) {}

  void process(ConstAudioBlock input, AudioBlock, const device::StreamTime&) noexcept TALKBACK_REALTIME override {
    const std::array<const float*, 1> pointer = {input.channel(channel_).data()};
    writer_.write(ConstAudioBlock(std::span<const float* const>(pointer), input.frame_count()));
  }
  int read(AudioBlock block) noexcept { return reader_.read(block); }

 private:
  int channel_;
  realtime::AudioRing ring_;
  realtime::AudioRing::Writer writer_;
  realtime::AudioRing::Reader reader_;
};

std::string text_of(const analysis::TunerReading& reading) {
  char text[80];
  std::snprintf(text, sizeof text, "%-3s %+5.1f cents  %7.2f Hz", reading.note_name().c_str(), reading.cents,
                reading.frequency_hz);
  return text;
}

// The notes of a file: each that is held for some readings, with what it read in the middle.
class NoteList {
 public:
  void add(double seconds, const std::optional<analysis::TunerReading>& reading) {
    if (!held_.empty() && (!reading || reading->note != held_.back().note)) end_note();
    if (!reading) return;
    if (held_.empty()) began_ = seconds;
    held_.push_back(*reading);
  }
  void end_note() {
    if (held_.size() >= kHeldReadings) notes_.push_back({began_, held_[held_.size() / 2]});
    held_.clear();
  }
  struct Note {
    double seconds = 0.0;
    analysis::TunerReading reading;
  };
  const std::vector<Note>& notes() const noexcept { return notes_; }

 private:
  static constexpr std::size_t kHeldReadings = 3;

  double began_ = 0.0;
  std::vector<analysis::TunerReading> held_;
  std::vector<Note> notes_;
};

void show(Context& context, const NoteList& list) {
  nlohmann::json json = nlohmann::json::array();
  for (const NoteList::Note& note : list.notes()) {
    char seconds[24];
    std::snprintf(seconds, sizeof seconds, "%7.2f s  ", note.seconds);
    context.terminal.line(seconds + text_of(note.reading));
    json.push_back({{"seconds", note.seconds},
                    {"note", note.reading.note_name()},
                    {"midi_note", note.reading.note},
                    {"cents", note.reading.cents},
                    {"frequency_hz", note.reading.frequency_hz},
                    {"confidence", note.reading.confidence}});
  }
  if (context.terminal.json) context.terminal.print_json({{"notes", json}});
  if (json.empty()) context.terminal.note("No note was heard.");
}

Result<void> tune_file(Context& context, const TuneOptions& options) {
  TALKBACK_ASSIGN(const media::AudioFileInfo file, media::inspect(options.file));
  TALKBACK_ASSIGN(const auto reader, media::open_audio_file(options.file));
  TALKBACK_ASSIGN(analysis::Tuner tuner,
                  analysis::Tuner::create(SampleRate{file.sample_rate_hz}, options.reference_hz));
  NoteList list;
  AudioBuffer buffer(file.channels, kBlockFrames);
  for (std::int64_t done = 0; done < file.length.count; done += kBlockFrames) {
    const auto frames = static_cast<int>(std::min<std::int64_t>(kBlockFrames, file.length.count - done));
    TALKBACK_TRY(reader->read(FramePosition{done}, buffer.block().slice(0, frames)));
    tuner.process(buffer.block().slice(0, frames));
    list.add(static_cast<double>(done) / file.sample_rate_hz, tuner.reading());
  }
  list.end_note();
  show(context, list);
  return {};
}

Result<void> tune_input(Context& context, const TuneOptions& options) {
  TALKBACK_ASSIGN(const auto devices, device::open_devices());
  device::StreamOptions stream_options{options.device, options.input, 0, SampleRate{}};
  TALKBACK_ASSIGN(const device::DeviceInfo info, choose_card(context, *devices, stream_options));
  stream_options.rate = SampleRate{info.rate_hz};
  TALKBACK_ASSIGN(analysis::Tuner tuner, analysis::Tuner::create(stream_options.rate, options.reference_hz));
  InputTap tap(options.input - 1, info.rate_hz);
  TALKBACK_ASSIGN(const auto stream, devices->open(stream_options, tap));
  TALKBACK_TRY(stream->start());
  context.terminal.note("Listening to input " + std::to_string(options.input) + " of " + info.name + "; Ctrl+C ends.");
  const Interrupt interrupt;
  AudioBuffer buffer(1, kBlockFrames);
  int last_note = -1;
  while (stream->is_running() && !interrupt.requested()) {
    while (const int frames = tap.read(buffer.block())) tuner.process(buffer.block().slice(0, frames));
    const auto& reading = tuner.reading();
    const bool shown = context.terminal.status(reading ? text_of(*reading) : "-");
    // Where there is no terminal, a line for each new note.
    if (!shown && reading && reading->note != last_note) context.terminal.line(text_of(*reading));
    last_note = reading ? reading->note : -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }
  stream->stop();
  context.terminal.end_progress();
  return {};
}

}  // namespace

void add_tune_command(Commands& commands) {
  auto options = std::make_shared<TuneOptions>();
  CLI::App* command = commands.add("tune", "A tuner on an input of the sound card (Ctrl+C ends), or on a file");
  command->add_option("--input", options->input, "Input to listen to, from 1")->check(CLI::Range(1, kChannelsMax));
  command->add_option("--device", options->device, "Name or number from `talkback devices`");
  command->add_option("--file", options->file, "Read this sound file instead")
      ->excludes("--input")
      ->excludes("--device");
  command->add_option("--reference", options->reference_hz, "Frequency of A4 in Hz (default 440)")
      ->check(CLI::Range(analysis::Tuner::kReferenceHzMin, analysis::Tuner::kReferenceHzMax));
  commands.run(command, [options](Context& context) {
    return options->file.empty() ? tune_input(context, *options) : tune_file(context, *options);
  });
}

}  // namespace talkback::cli
