#include <pa_jack.h>
#include <portaudio.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <optional>
#include <thread>

#include "client/device/audio_device.hpp"
#include "client/device/quiet_stderr.hpp"

namespace talkback::device {
namespace {

Error unavailable(const std::string& what, PaError code) {
  std::string reason = Pa_GetErrorText(code);
  // The host API's own words say more than "unanticipated host error".
  const PaHostErrorInfo* host = code == paUnanticipatedHostError ? Pa_GetLastHostErrorInfo() : nullptr;
  if (host != nullptr && host->errorText != nullptr && *host->errorText != 0) reason = host->errorText;
  if (reason.find("ermission denied") != std::string::npos)
    return Error{ErrorCode::denied, what + ": you may not use it; add yourself to the group audio and sign in again"};
  if (code == paDeviceUnavailable || reason.find("busy") != std::string::npos)
    return Error{ErrorCode::unavailable, what + ": another program holds it, or it was unplugged"};
  return Error{ErrorCode::unavailable, what + ": " + reason};
}

// More than any device hands over at once; bounds what is told of it.
constexpr unsigned long kBufferFramesMax = 1UL << 24;

// The longest that a running device may go without a callback: a JACK server waits five seconds for a client that
// vanished.
constexpr std::chrono::seconds kLostAfter{10};

// PortAudio can be ended no more (PortAudioStream::is_lost). It is one for the process, as is this.
std::atomic<bool>& streams_were_lost() {
  static std::atomic<bool> lost{false};
  return lost;
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
    if (stream_ != nullptr && !is_lost()) Pa_CloseStream(stream_);
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
    if (is_lost()) return;
    Pa_StopStream(stream_);
    is_started_ = false;
  }
  bool is_running() const override { return !streams_were_lost() && Pa_IsStreamActive(stream_) == 1; }
  const DeviceInfo& device() const noexcept override { return device_; }
  int buffer_frames() const noexcept override { return buffer_frames_.load(); }

 private:
  // A started stream whose callbacks have ceased, whether it counts as active or not: its server was killed. Stopping
  // or closing it, and ending PortAudio 19.6, would wait for the next callback for ten minutes; so it is left as it is.
  bool is_lost() {
    if (!is_started_ || is_lost_) return is_lost_;
    const std::uint64_t before = callbacks_.load();
    const auto until = std::chrono::steady_clock::now() + kLostAfter;
    while (callbacks_.load() == before && Pa_IsStreamActive(stream_) == 1 && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    is_lost_ = callbacks_.load() == before;
    if (is_lost_) streams_were_lost() = true;
    return is_lost_;
  }

  // [audio-thread]
  static int process(const void* input, void* output, unsigned long count, const PaStreamCallbackTimeInfo* time,
                     PaStreamCallbackFlags flags, void* user) {
    auto& self = *static_cast<PortAudioStream*>(user);
    self.callbacks_.fetch_add(1);
    StreamTime stream_time;
    // DAC - ADC is exact in every callback; Pa_GetStreamInfo is too small by two JACK periods (PortAudio 19.6).
    stream_time.round_trip =
        Frames{std::llround((time->outputBufferDacTime - time->inputBufferAdcTime) * self.rate_.hz)};
    stream_time.output_latency = Frames{std::llround((time->outputBufferDacTime - time->currentTime) * self.rate_.hz)};
    stream_time.xrun = (flags & (paInputOverflow | paInputUnderflow | paOutputUnderflow | paOutputOverflow)) != 0;
    stream_time.buffer_frames = static_cast<int>(std::min<unsigned long>(count, kBufferFramesMax));
    self.buffer_frames_.store(std::max(self.buffer_frames_.load(), stream_time.buffer_frames));
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
  std::int64_t position_ = 0;  // audio thread only
  std::atomic<int> buffer_frames_{0};
  std::atomic<std::uint64_t> callbacks_{0};
  bool is_started_ = false;
  bool is_lost_ = false;
};

class PortAudioDevices final : public AudioDevices {
 public:
  ~PortAudioDevices() override {
    if (streams_were_lost()) return;
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

  std::vector<int> supported_rates(const DeviceInfo& device) const override {
    const PaDeviceIndex index = device.number - 1;
    const PaDeviceInfo* info = Pa_GetDeviceInfo(index);
    // A JACK server runs at one rate, whatever PortAudio is asked.
    if (info == nullptr || Pa_GetHostApiInfo(info->hostApi)->type == paJACK) return {device.rate_hz};
    const QuietStderr quiet;
    const PaStreamParameters in{index, std::min(info->maxInputChannels, 2), paFloat32, info->defaultLowInputLatency,
                                nullptr};
    const PaStreamParameters out{index, std::min(info->maxOutputChannels, 2), paFloat32, info->defaultLowOutputLatency,
                                 nullptr};
    std::vector<int> rates;
    for (const int rate : kCommonRatesHz)
      if (rate == device.rate_hz || Pa_IsFormatSupported(in.channelCount > 0 ? &in : nullptr,
                                                         out.channelCount > 0 ? &out : nullptr, rate) == paNoError)
        rates.push_back(rate);
    if (std::ranges::find(rates, device.rate_hz) == rates.end()) rates.insert(rates.begin(), device.rate_hz);
    return rates;
  }

  Result<DeviceInfo> find(const StreamOptions& options) const override {
    std::string names;
    std::optional<DeviceInfo> beside;  // where the default input and the default output are two devices
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
      if (!beside && fits && Pa_GetDeviceInfo(device.number - 1)->hostApi == preferred_api()) beside = device;
      if (fits) names += (names.empty() ? "" : ", ") + device.name;
    }
    if (options.device.empty() && beside) return *beside;
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
