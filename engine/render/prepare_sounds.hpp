// Stretches what a session plays, before it is compiled: several sounds at once, with progress, and given up when
// asked.
#pragma once

#include <functional>
#include <stop_token>

#include "engine/media/source_library.hpp"
#include "engine/session/session.hpp"

namespace talkback::render {

struct PrepareOptions {
  SampleRate rate{};
  int threads = 0;  // 0: as many as the machine has
  // 0 to 1, on the calling thread; never called where nothing has to be stretched.
  std::function<void(double)> progress = {};
  std::stop_token stop = {};
};

// Sounds that are missing or damaged are left to graph::compile(), which names their tracks and clips. Fails with
// unavailable when stopped.
Result<void> prepare_sounds(const session::Session& session, const PrepareOptions& options,
                            media::SourceLibrary& library);

}  // namespace talkback::render
