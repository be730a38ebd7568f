// Brings a capture that has ended into its project, with a word to the performer on the way: for `record` and
// `recover`.
#pragma once

#include <chrono>
#include <functional>

#include "client/cli/context.hpp"
#include "client/project/take_delivery.hpp"
#include "client/project/take_preview.hpp"
#include "client/project/take_upload.hpp"

namespace talkback::cli {

struct Sending {
  project::TakeUpload& upload;
  project::TakePreview* preview = nullptr;  // null for none
  const recorder::CaptureFiles& files;
  Frames captured{};
  // Called every so often while it waits.
  std::function<void()> on_turn = {};
};

struct Delivered {
  project::Delivery delivery;
  std::chrono::steady_clock::time_point heard_at{};  // by others, if only as a preview
  bool was_preview = false;                          // first
};

// The takes become part of the project as soon as others can hear them, by the preview where the take itself is late.
// Waits until the take is on the server; Ctrl+C leaves it for later (`unavailable`, with what to do). project: was
// joined once; it is joined again where the line broke meanwhile.
Result<Delivered> deliver(Context& context, project::OpenProject& project, const Sending& sending);

}  // namespace talkback::cli
