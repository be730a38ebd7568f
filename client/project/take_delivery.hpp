// The last steps of a recording, in order or after a crash: its takes become part of the project, and what lay on this
// machine goes into the media folder. Until then nothing of it is removed.
#pragma once

#include <string>

#include "client/project/media_folder.hpp"
#include "client/project/open_project.hpp"
#include "client/recorder/capture_folder.hpp"
#include "client/recorder/captured_takes.hpp"
#include "client/recorder/take_encoder.hpp"

namespace talkback::project {

struct Delivery {
  std::string summary;  // "Recorded Vocal take 3"
  std::size_t takes = 0;
  Frames length{};  // of all takes
  std::uint64_t revision = 0;
  bool was_there = false;  // by an earlier try
};

// The takes are part of the project, whether or not their file is on the server yet. project: joined. preview: the hash
// of what others hear in place of a file that is not there; empty for none. Fails with `invalid` where the capture
// holds no take (the song never rolled), and as OpenProject::submit_and_wait does.
Result<Delivery> place_takes(OpenProject& project, const recorder::CaptureFiles& files,
                             const recorder::CaptureRecord& record, Frames captured,
                             const recorder::TakeEncoder::Complete& complete, const std::string& preview);

// Once takes are placed and their file is on the server: it is one of this machine's media, and the capture is gone.
Result<void> settle_takes(const MediaFolder& media, const recorder::CaptureFiles& files,
                          const recorder::TakeEncoder::Complete& complete);

}  // namespace talkback::project
