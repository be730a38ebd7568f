// Files that a command brings into a project: found, read to their end, and sent.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "client/cli/context.hpp"
#include "client/project/audio_import.hpp"

namespace talkback::cli {

struct FoundFiles {
  std::vector<std::filesystem::path> audio;
  std::vector<std::filesystem::path> midi;
};

// Folders give their audio files, sorted by name; their other files, MIDI included, are left alone: a score beside its
// own stems would double them.
Result<FoundFiles> find_files(const std::vector<std::string>& paths);

// Every file is read to its end before anything is sent: a bad one stops the command while the project is untouched.
Result<std::vector<project::ImportedAudio>> read_and_upload(Context& context, net::Api& api,
                                                            project::OpenProject& project,
                                                            const project::MediaFolder& media,
                                                            const std::vector<std::filesystem::path>& files);

}  // namespace talkback::cli
