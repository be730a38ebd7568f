// The edit that puts a recording's takes into the session: source, takes with their marks, and the clips that play.
//
// All ids come from the recording's own, so that the same recording brought in twice is seen to be there.
#pragma once

#include <string>
#include <vector>

#include "client/net/transfers.hpp"
#include "client/recorder/captured_takes.hpp"
#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::project {

struct RecordedFile {
  net::FileBlob blob;
  std::string file_name;
  Frames length{};                  // captured
  std::string preview_sha256 = {};  // on the server, where it was sent ahead
};

// Is it in the session already, perhaps without its takes by now?
bool holds_recording(const session::Session& session, const std::string& recording_id);

// Where several takes lie over one another the longest plays, of equal ones the last; it replaces the clips that were
// there. A track that has gone is made anew, under a name that says so. takes: not empty.
v1::Edit edit_of_takes(const session::Session& session, const recorder::CaptureRecord& record,
                       const std::vector<recorder::CapturedTake>& takes, const RecordedFile& file);

}  // namespace talkback::project
