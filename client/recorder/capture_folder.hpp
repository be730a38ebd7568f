// The folder in which recordings lie until they are on the server: up to four files each, named by the recording.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace talkback::recorder {

struct CaptureFiles {
  std::filesystem::path journal;  // NAME.journal
  std::filesystem::path capture;  // NAME.wav
  std::filesystem::path flac;     // NAME.flac, made from the capture
  std::filesystem::path opus;     // NAME.opus, its preview where the line is slow
};

// "2026-01-31 18-30-00 Vocal 1f2e3d4c": for a person who looks into the folder.
CaptureFiles name_capture(const std::filesystem::path& folder, const std::string& track,
                          const std::string& recording_id, std::int64_t unix_ms);

// Those with a journal and a capture, by name, which is by time.
std::vector<CaptureFiles> find_captures(const std::filesystem::path& folder);

// When the server has it.
void remove_capture(const CaptureFiles& files);

}  // namespace talkback::recorder
