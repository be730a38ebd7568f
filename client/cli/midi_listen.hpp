// `midi listen` and `midi capture`: what was just played, put into the song afterwards.
#pragma once

#include <cstdint>
#include <string>

#include "client/cli/context.hpp"

namespace talkback::cli {

struct MidiListenOptions {
  std::string project;  // empty: nothing sounds
  std::string track;
  std::string input;
  std::string device;
};

// Until Ctrl+C.
Result<void> listen_midi(Context& context, const MidiListenOptions& options);

struct MidiCaptureOptions {
  std::string project;
  std::string track;
  std::int64_t bar = 0;  // where the first note goes; 0: where it was played, else bar 1
  double seconds = 0.0;  // of the last; 0: all that is remembered
};

Result<void> capture_midi(Context& context, const MidiCaptureOptions& options);

}  // namespace talkback::cli
