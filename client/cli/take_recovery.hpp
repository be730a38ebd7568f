// Recordings that wait on this machine: what a crash, a broken line or work without the server left of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/cli/take_delivering.hpp"

namespace talkback::cli {

struct FoundRecording {
  recorder::CaptureFiles files;
  std::string name;
  std::optional<recorder::CaptureRecord> record;  // else unreadable
  Frames captured{};
  std::size_t takes = 0;
  double seconds = 0.0;
  bool is_busy = false;  // being recorded or sent by another program
};

// In the order in which they were made.
std::vector<FoundRecording> find_recordings(const project::Home& home);

// Brings one into its project, at the server that it was recorded for. Fails, with what to do, as deliver() does, with
// `corrupt` where its journal is unreadable and `denied` for somebody else's.
Result<project::Delivery> recover(Context& context, const FoundRecording& found);

}  // namespace talkback::cli
