#include <pa_jack.h>
#include <portaudio.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "client/device/audio_device.hpp"
#include "client/device/quiet_stderr.hpp"

namespace talkback::device {
namespace {

Error unavailable(const std::string& what, PaError code) {
  return Error{ErrorCode::unavailable, what + ": " + Pa_GetErrorText(code)};
}

class PortAudioStream final : public AudioStream {
 public:
  PortAudioStream(DeviceInfo device, const StreamOptions& options, StreamCallback& callback)
      : device_(std::move(device)),
        rate_(options.rate),
        inputs_(options.input_channels),
        outputs_(options.output_channels),
        callback_(callback) {}
  ~PortAudioStream() override {
    if (stream_ == nullptr) return;
    if (has_lost_server()) {
      is_abandoned().store(true);
      return;
    }
    Pa_CloseStream(stream_);
  }
  PortAudioStream(const PortAudioStream&) = delete;
  PortAudioStream& operator=(const PortAudioStream&) = delete;

  Result<void> open(PaDeviceIndex index) {
    const PaDeviceInfo* info = Pa_GetDeviceInfo(index);
    const auto parameters = [&](int channels, PaTime latency) {
      return PaStreamParameters{index, channels, paFloat32 | paNonInterleaved, latency, nullptr};
    };
    const PaStreamParameters in = parameters(inputs_, info->defaultLowInputLatency);
    const PaStreamParameters out = parameters(outputs_, info->defaultLowOutputLatency);
    // An unspecified buffer size: any fixed one adds a buffer of latency under JACK.
    const PaError code =
        Pa_OpenStream(&stream_, inputs_ > 0 ? &in : nullptr, outputs_ > 0 ? &out : nullptr, rate_.hz,
                      paFramesPerBufferUnspecified, paClipOff | paDitherOff, &PortAudioStream::process, this);
    if (code == paInvalidSampleRate)
      return Error{ErrorCode::invalid, "\"" + device_.name + "\" does not run at " + std::to_string(rate_.hz) + " Hz"};
    if (code != paNoError) return unavailable("cannot open \"" + device_.name + "\"", code);
    return {};
  }

  Result<void> start() override {
    const PaError code = Pa_StartStream(stream_);
    if (code != paNoError) return unavailable("cannot start \"" + device_.name + "\"", code);
    is_started_ = true;
    return {};
  }
  void stop() override {
    if (has_lost_server()) return;
    Pa_StopStream(stream_);
    is_started_ = false;
  }
  bool is_running() const override { return Pa_IsStreamActive(stream_) == 1; }
  const DeviceInfo& device() const noexcept override { return device_; }

  // A stream was left to itself: see has_lost_server().
  static std::atomic<bool>& is_abandoned() {
    static std::atomic<bool> abandoned{false};
    return abandoned;
  }

 private:
  // Once a JACK server has ended, nothing calls back any more, and PortAudio 19.6 waits ten minutes for that, whether
  // its stream is stopped or closed or itself terminated. What the server had is left to the end of the program.
  bool has_lost_server() const { return is_started_ && device_.host_api == "JACK" && !is_running(); }

  // [audio-thread]
  static int process(const void* input, void* output, unsigned long count, const PaStreamCallbackTimeInfo* time,
                     PaStreamCallbackFlags flags, void* user) {
    auto& self = *static_cast<PortAudioStream*>(user);
    StreamTime stream_time;
    // DAC - ADC is exact in every callback; Pa_GetStreamInfo is too small by two JACK periods (PortAudio 19.6).
    stream_time.round_trip =
        Frames{std::llround((time->outputBufferDacTime - time->inputBufferAdcTime) * self.rate_.hz)};
    stream_time.output_latency = Frames{std::llround((time->outputBufferDacTime - time->currentTime) * self.rate_.hz)};
    stream_time.xrun = (flags & (paInputOverflow | paInputUnderflow | paOutputUnderflow | paOutputOverflow)) != 0;
    std::array<const float*, kChannelsMax> in{};
    std::array<float*, kChannelsMax> out{};
    unsigned long done = 0;
    while (done < count) {
      const int frames = static_cast<int>(std::min<unsigned long>(count - done, kBlockFramesMax));
      for (int c = 0; c < self.inputs_; ++c)
        in[static_cast<std::size_t>(c)] = static_cast<const float* const*>(input)[c] + done;
      for (int c = 0; c < self.outputs_; ++c)
        out[static_cast<std::size_t>(c)] = static_cast<float* const*>(output)[c] + done;
      stream_time.position = FramePosition{self.position_};
      self.callback_.process(
          ConstAudioBlock(std::span<const float* const>(in.data(), static_cast<std::size_t>(self.inputs_)), frames),
          AudioBlock(std::span<float* const>(out.data(), static_cast<std::size_t>(self.outputs_)), frames),
          stream_time);
      self.position_ += frames;
      stream_time.xrun = false;
      stream_time.block_offset += Frames{frames};
      done += static_cast<unsigned long>(frames);
    }
    return paContinue;
  }

  DeviceInfo device_;
  SampleRate rate_;
  int inputs_;
  int outputs_;
  StreamCallback& callback_;
  PaStream* stream_ = nullptr;
  bool is_started_ = false;
  std::int64_t position_ = 0;  // audio thread only
};

class PortAudioDevices final : public AudioDevices {
 public:
  ~PortAudioDevices() override {
    if (PortAudioStream::is_abandoned().load()) return;
    const QuietStderr quiet;
    Pa_Terminate();
  }

  std::vector<DeviceInfo> list() const override {
    std::vector<DeviceInfo> devices;
    const PaHostApiIndex preferred = preferred_api();
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); ++i) {
      const PaDeviceInfo* info = Pa_GetDeviceInfo(i);
      const PaHostApiInfo* api = Pa_GetHostApiInfo(info->hostApi);
      DeviceInfo device;
      device.number = i + 1;
      device.name = info->name;
      device.host_api = api->type == paJACK ? "JACK" : api->name;
      device.input_channels = info->maxInputChannels;
      device.output_channels = info->maxOutputChannels;
      device.rate_hz = static_cast<int>(std::lround(info->defaultSampleRate));
      device.input_latency_ms = info->defaultLowInputLatency * 1000.0;
      device.output_latency_ms = info->defaultLowOutputLatency * 1000.0;
      device.is_default_input = info->hostApi == preferred && api->defaultInputDevice == i;
      device.is_default_output = info->hostApi == preferred && api->defaultOutputDevice == i;
      devices.push_back(std::move(device));
    }
    return devices;
  }

  Result<DeviceInfo> find(const StreamOptions& options) const override {
    std::string names;
    for (const DeviceInfo& device : list()) {
      const bool fits =
          device.input_channels >= options.input_channels && device.output_channels >= options.output_channels;
      const bool is_default = (options.input_channels == 0 || device.is_default_input) &&
                              (options.output_channels == 0 || device.is_default_output);
      const bool named = device.name == options.device || std::to_string(device.number) == options.device;
      if (options.device.empty() ? (is_default && fits) : (named && fits)) return device;
      if (named)
        return Error{ErrorCode::invalid, "\"" + device.name + "\" has " + std::to_string(device.input_channels) +
                                             " inputs and " + std::to_string(device.output_channels) + " outputs; " +
                                             std::to_string(options.input_channels) + " and " +
                                             std::to_string(options.output_channels) + " are wanted"};
      if (fits) names += (names.empty() ? "" : ", ") + device.name;
    }
    if (names.empty())
      return Error{ErrorCode::not_found, options.input_channels > 0
                                             ? "there is no sound card that can record and play; see: talkback devices"
                                             : "there is no sound card to play on; see: talkback devices"};
    if (options.device.empty())
      return Error{ErrorCode::not_found, "no default device fits; give --device with one of: " + names};
    return Error{ErrorCode::not_found, "there is no device \"" + options.device + "\"; there are: " + names};
  }

  Result<std::unique_ptr<AudioStream>> open(const StreamOptions& options, StreamCallback& callback) override {
    if (options.input_channels > kChannelsMax || options.output_channels > kChannelsMax)
      return Error{ErrorCode::invalid, "at most " + std::to_string(kChannelsMax) + " channels"};
    TALKBACK_ASSIGN(DeviceInfo device, find(options));
    const PaDeviceIndex index = device.number - 1;
    auto stream = std::make_unique<PortAudioStream>(std::move(device), options, callback);
    TALKBACK_TRY(stream->open(index));
    return std::unique_ptr<AudioStream>(std::move(stream));
  }

 private:
  // JACK where its server runs: its latencies are true. Else what PortAudio prefers.
  static PaHostApiIndex preferred_api() {
    const PaHostApiIndex jack = Pa_HostApiTypeIdToHostApiIndex(paJACK);
    if (jack >= 0 && Pa_GetHostApiInfo(jack)->deviceCount > 0) return jack;
    return Pa_GetDefaultHostApi();
  }
};

}  // namespace

Result<std::unique_ptr<AudioDevices>> open_port_audio() {
  const QuietStderr quiet;
  PaJack_SetClientName("talkback");
  const PaError code = Pa_Initialize();
  if (code != paNoError) return unavailable("cannot reach the sound system", code);
  return std::unique_ptr<AudioDevices>(std::make_unique<PortAudioDevices>());
}

}  // namespace talkback::device
