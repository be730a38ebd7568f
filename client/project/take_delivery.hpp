// The last step of a recording, in order or after a crash: its takes become part of the project, and what lay on this
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

// project: joined. complete: on the server. The capture's files are gone afterwards. Fails with `invalid` where it
// holds no take (the song never rolled), and as OpenProject::submit_and_wait does; then all of it stays.
Result<Delivery> deliver_takes(OpenProject& project, const MediaFolder& media, const recorder::CaptureFiles& files,
                               const recorder::CaptureRecord& record, Frames captured,
                               const recorder::TakeEncoder::Complete& complete);

}  // namespace talkback::project
