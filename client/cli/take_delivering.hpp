// Brings a capture that has ended into its project, with a word to the performer on the way: for `record` and
// `recover`.
#pragma once

#include <functional>

#include "client/cli/context.hpp"
#include "client/project/take_delivery.hpp"
#include "client/project/take_upload.hpp"

namespace talkback::cli {

// Waits until the take is on the server; Ctrl+C leaves it for later (`unavailable`, with what to do). project: was
// joined once; it is joined again where the line broke meanwhile. on_turn: called every so often while it waits.
Result<project::Delivery> deliver(Context& context, project::OpenProject& project, project::TakeUpload& upload,
                                  const recorder::CaptureFiles& files, Frames captured,
                                  const std::function<void()>& on_turn = {});

}  // namespace talkback::cli
