// libsndfile's handle as an owner. Only sources of engine/media include this.
#pragma once

#include <sndfile.h>

#include <filesystem>
#include <memory>
#include <string>

#include "engine/base/result.hpp"

namespace talkback::media {

struct SoundFileCloser {
  void operator()(SNDFILE* file) const noexcept { sf_close(file); }
};
using SoundFileHandle = std::unique_ptr<SNDFILE, SoundFileCloser>;

struct OpenSoundFile {
  SoundFileHandle handle;
  SF_INFO info{};
};

// Fails with not_found, corrupt (empty, damaged, not audio) or invalid (more than kChannelsMax channels, a rate of
// no recorder). The message names the file by its last part only.
Result<OpenSoundFile> open_sound_file(const std::filesystem::path& path);

}  // namespace talkback::media
