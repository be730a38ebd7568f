// Bringing audio files into a project: each becomes a track of its own, aligned at a bar.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "client/project/media_folder.hpp"
#include "client/replica/sync.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::project {

// A file that is ready to be uploaded and placed.
struct ImportedAudio {
  std::string name;  // the file's name without its ending
  std::string file_name;
  net::FileBlob blob;
  std::filesystem::path file;  // in the media folder
  int sample_rate_hz = 0;
  int channels = 0;
  Frames length{};  // at its own rate
  std::vector<std::string> warnings;
};

// Reads the file to its end. Where samples are not numbers a cleaned copy (32-bit float WAV) takes its place, with a
// warning. Fails with `corrupt` or `invalid`, naming the file.
Result<ImportedAudio> read_audio(const MediaFolder& media, const std::filesystem::path& file);

// Adds the source of a file to the edit.
ObjectId add_source(v1::Edit& edit, const ImportedAudio& audio);

// Adds source, track and clip to the edit, whose operations so far have been applied to `session`.
void add_audio_track(v1::Edit& edit, const session::Session& session, const ImportedAudio& audio, TickPosition position,
                     const std::string& order);

// The name, or "name 2" where a track of the session or of the edit has it already.
std::string unused_track_name(const session::Session& session, const v1::Edit& edit, const std::string& wanted);

// Audio files by their ending, case ignored.
bool looks_like_audio(const std::filesystem::path& file);
bool looks_like_midi(const std::filesystem::path& file);

}  // namespace talkback::project
