// Performances that a program left behind: it was killed, or could not reach the project.
#pragma once

#include <string>

#include "client/cli/context.hpp"

namespace talkback::cli {

struct MidiRecoverOptions {
  std::string project;  // empty: list what there is
  std::string track;    // instead of the one that it was played on
};

// Into the project that they were played for, each on its track; a journal goes when the project has it. One that is
// being written is left alone.
Result<void> recover_midi(Context& context, const MidiRecoverOptions& options);

}  // namespace talkback::cli
