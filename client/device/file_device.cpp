#include "client/device/file_device.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "engine/media/audio_file.hpp"

namespace talkback::device {
namespace {

constexpr const char* kEnvironment = "TALKBACK_FILE_DEVICE";
constexpr int kOutputs = 2;

class FileStream final : public AudioStream {
 public:
  FileStream(const FileDeviceOptions& options, DeviceInfo device, int inputs, int outputs, AudioBuffer sound,
             StreamCallback& callback)
      : options_(options),
        device_(std::move(device)),
        callback_(callback),
        sound_(std::move(sound)),
        in_(inputs, options.block_frames),
        out_(outputs, options.block_frames),
        line_(static_cast<std::size_t>(std::max<std::int64_t>(options.latency.count, 1)), 0.0F) {
    if (!options.played.empty()) played_.open(options.played, std::ios::binary | std::ios::trunc);
  }
  ~FileStream() override { stop(); }

  Result<void> start() override {
    is_running_.store(true);
    thread_ = std::jthread([this](std::stop_token token) { run(token); });
    return {};
  }
  void stop() override {
    thread_ = {};
    is_running_.store(false);
  }
  bool is_running() const override { return is_running_.load(); }
  const DeviceInfo& device() const noexcept override { return device_; }
  int buffer_frames() const noexcept override { return options_.block_frames; }

 private:
  void run(std::stop_token token) {
    const auto began = std::chrono::steady_clock::now();
    while (!token.stop_requested()) {
      const bool is_gone = options_.gone_after_frames > 0 && position_ >= options_.gone_after_frames;
      if (is_gone) break;
      fill();
      StreamTime time;
      time.position = FramePosition{position_};
      time.round_trip = options_.reported;
      time.buffer_frames = options_.block_frames;
      time.xrun =
          options_.xrun_every_frames > 0 &&
          position_ / options_.xrun_every_frames != (position_ - options_.block_frames) / options_.xrun_every_frames;
      callback_.process(in_.block(), out_.block(), time);
      take();
      position_ += options_.block_frames;
      const std::chrono::duration<double> due(static_cast<double>(position_) / options_.rate.hz / options_.speed);
      std::this_thread::sleep_until(began + std::chrono::duration_cast<std::chrono::nanoseconds>(due));
    }
    is_running_.store(false);
  }

  // What arrives at the inputs.
  void fill() {
    for (int c = 0; c < in_.channel_count(); ++c) {
      const std::span<float> block = in_.block().channel(c);
      for (std::size_t n = 0; n < block.size(); ++n) {
        const auto at = position_ + static_cast<std::int64_t>(n);
        if (options_.input.empty())
          block[n] = at >= options_.latency.count ? line_[static_cast<std::size_t>(at) % line_.size()] : 0.0F;
        else
          block[n] = at < sound_.frame_count()
                         ? sound_.block().channel(std::min(c, sound_.channel_count() - 1))[static_cast<std::size_t>(at)]
                         : 0.0F;
      }
    }
  }

  void take() {
    if (out_.channel_count() == 0) return;
    const std::span<const float> left = out_.block().channel(0);
    for (std::size_t n = 0; n < left.size(); ++n)
      line_[(static_cast<std::size_t>(position_) + n) % line_.size()] = left[n];
    if (!played_.is_open()) return;
    for (std::size_t n = 0; n < left.size(); ++n)
      for (int c = 0; c < out_.channel_count(); ++c)
        played_.write(reinterpret_cast<const char*>(&out_.block().channel(c)[n]), sizeof(float));
  }

  const FileDeviceOptions options_;
  const DeviceInfo device_;
  StreamCallback& callback_;
  const AudioBuffer sound_;
  AudioBuffer in_;
  AudioBuffer out_;
  std::vector<float> line_;
  std::ofstream played_;
  std::int64_t position_ = 0;
  std::atomic<bool> is_running_{false};
  std::jthread thread_;
};

class FileDevices final : public AudioDevices {
 public:
  explicit FileDevices(FileDeviceOptions options) : options_(std::move(options)) {}

  std::vector<DeviceInfo> list() const override {
    DeviceInfo info;
    info.number = 1;
    info.name = "file";
    info.host_api = "file";
    info.input_channels = options_.channels;
    info.output_channels = kOutputs;
    info.rate_hz = options_.rate.hz;
    info.input_latency_ms = info.output_latency_ms =
        500.0 * static_cast<double>(options_.reported.count) / options_.rate.hz;
    info.is_default_input = options_.channels > 0;
    info.is_default_output = true;
    return {info};
  }

  Result<DeviceInfo> find(const StreamOptions& options) const override {
    const DeviceInfo info = list().front();
    if (!options.device.empty() && options.device != info.name && options.device != "1")
      return Error{ErrorCode::not_found, "there is no device \"" + options.device + "\"; there are: " + info.name};
    if (options_.channels == 0 && options.input_channels > 0)
      return Error{ErrorCode::not_found, "there is no sound card that can record and play; see: talkback devices"};
    if (options.input_channels > info.input_channels || options.output_channels > info.output_channels)
      return Error{ErrorCode::invalid, "\"" + info.name + "\" has " + std::to_string(info.input_channels) +
                                           " inputs and " + std::to_string(info.output_channels) + " outputs; " +
                                           std::to_string(options.input_channels) + " and " +
                                           std::to_string(options.output_channels) + " are wanted"};
    return info;
  }

  Result<std::unique_ptr<AudioStream>> open(const StreamOptions& options, StreamCallback& callback) override {
    TALKBACK_ASSIGN(DeviceInfo info, find(options));
    if (!options_.can_open)
      return Error{ErrorCode::denied,
                   "the sound card \"file\" may not be opened: is another program using it, or is your user not in the "
                   "group audio?"};
    if (options.rate.hz != options_.rate.hz)
      return Error{ErrorCode::invalid, "\"file\" does not run at " + std::to_string(options.rate.hz) + " Hz"};
    AudioBuffer sound;
    if (!options_.input.empty()) {
      TALKBACK_ASSIGN(const auto reader, media::open_audio_file(options_.input));
      sound.resize(reader->channels(), static_cast<int>(reader->length().count));
      TALKBACK_TRY(reader->read(FramePosition{0}, sound.block()));
    }
    return std::unique_ptr<AudioStream>(std::make_unique<FileStream>(
        options_, std::move(info), options.input_channels, options.output_channels, std::move(sound), callback));
  }

 private:
  FileDeviceOptions options_;
};

}  // namespace

Result<FileDeviceOptions> file_device_from_text(const std::string& text) {
  FileDeviceOptions options;
  bool has_reported = false;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const std::size_t at = part.find('=');
    const std::string_view name = part.substr(0, at);
    const std::string value(at == std::string_view::npos ? "" : part.substr(at + 1));
    const Error wrong{ErrorCode::invalid,
                      std::string(kEnvironment) + ": \"" + std::string(part) + "\" is not understood"};
    if (name == "input") {
      options.input = value;
      continue;
    }
    if (name == "played") {
      options.played = value;
      continue;
    }
    double number = 0.0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size() || number < 0.0) return wrong;
    const auto whole = static_cast<std::int64_t>(number);
    if (name == "rate")
      options.rate = SampleRate{static_cast<int>(whole)};
    else if (name == "channels" && whole <= kChannelsMax)
      options.channels = static_cast<int>(whole);
    else if (name == "block" && whole >= 1 && whole <= kBlockFramesMax)
      options.block_frames = static_cast<int>(whole);
    else if (name == "latency")
      options.latency = Frames{whole};
    else if (name == "reported")
      options.reported = Frames{whole};
    else if (name == "speed" && number > 0.0)
      options.speed = number;
    else if (name == "gone_after")
      options.gone_after_frames = whole;
    else if (name == "xrun_every")
      options.xrun_every_frames = whole;
    else if (name == "denied")
      options.can_open = whole == 0;
    else
      return wrong;
    has_reported = has_reported || name == "reported";
  }
  if (!has_reported) options.reported = options.latency;
  return options;
}

std::unique_ptr<AudioDevices> open_file_device(FileDeviceOptions options) {
  // What is played in a block cannot come back in the same one.
  options.latency = std::max(options.latency, Frames{options.block_frames});
  return std::make_unique<FileDevices>(std::move(options));
}

Result<std::unique_ptr<AudioDevices>> open_devices() {
  const char* text = std::getenv(kEnvironment);
  if (text == nullptr || *text == '\0') return open_port_audio();
  TALKBACK_ASSIGN(FileDeviceOptions options, file_device_from_text(text));
  return open_file_device(std::move(options));
}

}  // namespace talkback::device
