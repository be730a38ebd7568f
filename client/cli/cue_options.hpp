// The options of one member's own listening: --solo, --mute and --cue, which leave the shared mix alone.
#pragma once

#include <string>
#include <vector>

#include "client/project/cue_mix.hpp"

namespace CLI {
class App;
}

namespace talkback::cli {

struct CueOptions {
  std::vector<std::string> solo;
  std::vector<std::string> mute;
  std::vector<std::string> cue;  // "Drums=-6"
};

// options outlives the command.
void add_cue_options(CLI::App* command, CueOptions& options);

Result<project::CueMix> cue_mix_of(const CueOptions& options);

}  // namespace talkback::cli
