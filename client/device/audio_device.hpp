// Sound cards: what there is, and full-duplex streams over them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/audio_block.hpp"
#include "engine/base/position.hpp"
#include "engine/base/realtime.hpp"
#include "engine/base/result.hpp"
#include "engine/base/sample_rate.hpp"

namespace talkback::device {

struct DeviceInfo {
  int number = 0;  // as the devices command lists it, from 1
  std::string name;
  std::string host_api;  // "JACK", "ALSA"
  int input_channels = 0;
  int output_channels = 0;
  int rate_hz = 0;                // its own
  double input_latency_ms = 0.0;  // as the driver reports it
  double output_latency_ms = 0.0;
  bool is_default_input = false;
  bool is_default_output = false;
};

// Of one callback.
struct StreamTime {
  FramePosition position;  // frames since the stream started
  // What is played now is heard, and what sounds then is captured, so many frames before its echo is delivered here:
  // the time from this callback's input to its output at the converters.
  Frames round_trip;
  bool xrun = false;
  // What the device handed over at once, of which this may be a piece: the buffer size. 0: not known.
  int buffer_frames = 0;
  // From the time for which this callback was called to the output at the converters.
  Frames output_latency = {};
  // Of this call behind that time: not 0 where a long device buffer is handed over in pieces.
  Frames block_offset = {};
};

class StreamCallback {
 public:
  virtual ~StreamCallback() = default;
  // input: what was captured; output: to be filled whole. Neither is longer than kBlockFramesMax. [audio-thread]
  virtual void process(ConstAudioBlock input, AudioBlock output, const StreamTime& time) noexcept TALKBACK_REALTIME = 0;
};

// Longer device buffers are handed over in pieces.
inline constexpr int kBlockFramesMax = 8'192;

struct StreamOptions {
  std::string device;      // name, number, or empty for the default
  int input_channels = 0;  // 0: none
  int output_channels = 0;
  SampleRate rate{};
};

// A running stream; stops when it is destroyed.
class AudioStream {
 public:
  virtual ~AudioStream() = default;
  // `unavailable` where the device has gone.
  virtual Result<void> start() = 0;
  virtual void stop() = 0;
  virtual bool is_running() const = 0;
  virtual const DeviceInfo& device() const noexcept = 0;
  // The most that was handed over at once so far; 0 before the first callback, or where it is not known. [any-thread]
  virtual int buffer_frames() const noexcept { return 0; }
};

// What `supported_rates` asks about.
inline constexpr std::array kCommonRatesHz{44'100, 48'000, 88'200, 96'000, 192'000};

class AudioDevices {
 public:
  virtual ~AudioDevices() = default;
  virtual std::vector<DeviceInfo> list() const = 0;
  // Which of kCommonRatesHz it runs at, with its own; asks the driver, which may take a moment.
  virtual std::vector<int> supported_rates(const DeviceInfo& device) const { return {device.rate_hz}; }
  // The device that the options mean; not_found with the names there are. Without a name: the default one where input
  // and output are the same device, else the first with enough of both behind the same host API.
  virtual Result<DeviceInfo> find(const StreamOptions& options) const = 0;
  // callback outlives the stream. Fails with `not_found`, `invalid` (rate, channels) or `unavailable`.
  virtual Result<std::unique_ptr<AudioStream>> open(const StreamOptions& options, StreamCallback& callback) = 0;
};

// PortAudio: ALSA, OSS and, where its server runs, JACK, which is preferred. One object at a time.
Result<std::unique_ptr<AudioDevices>> open_port_audio();

}  // namespace talkback::device
