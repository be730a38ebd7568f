// What a recording that begins now says of itself.
#pragma once

#include "client/cli/context.hpp"
#include "client/recorder/capture_journal.hpp"

namespace talkback::cli {

// With a new id, for the signed-in person, in the song's time as it is now. Track, device and channels are the
// caller's. Fails as Context::credentials() does.
Result<recorder::CaptureStart> new_capture(Context& context, const project::OpenProject& project, SampleRate rate);

// 32 hexadecimal digits, random.
std::string new_recording_id();

}  // namespace talkback::cli
