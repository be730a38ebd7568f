// A sound card that is a file: what it captures is read from one, faster than real time if wanted. For tests, for
// machines without sound, and for bringing faults about on purpose.
//
// What is played can be written down, and comes back at the input when no file is given (a loop of `latency` frames).
// The thread of the stream stands in for the driver's.
#pragma once

#include <filesystem>
#include <optional>

#include "client/device/audio_device.hpp"

namespace talkback::device {

struct FileDeviceOptions {
  std::filesystem::path input = {};   // an audio file at `rate`; silent behind its end. Empty: the loop
  std::filesystem::path played = {};  // 32-bit floats, interleaved, without a head. Empty: nowhere
  SampleRate rate{48'000};
  int channels = 2;  // of its inputs; the outputs are two
  int block_frames = 256;
  Frames latency{512};   // from output to input
  Frames reported{512};  // what it says of it
  double speed = 1.0;    // of real time
  // Faults. 0: never.
  std::int64_t gone_after_frames = 0;  // it is unplugged
  std::int64_t xrun_every_frames = 0;
  bool can_open = true;  // else permission is denied
};

// "file:input=voice.wav,speed=10,block=64" with the names input, played, rate, channels, block, latency, reported,
// speed, gone_after, xrun_every, denied. Fails with `invalid`, naming the part.
Result<FileDeviceOptions> file_device_from_text(const std::string& text);

std::unique_ptr<AudioDevices> open_file_device(FileDeviceOptions options);

// The environment's TALKBACK_FILE_DEVICE, if it is set, else PortAudio.
Result<std::unique_ptr<AudioDevices>> open_devices();

}  // namespace talkback::device
