#include "client/cli/cue_options.hpp"

#include <CLI/CLI.hpp>

namespace talkback::cli {

void add_cue_options(CLI::App* command, CueOptions& options) {
  command->add_option("--solo", options.solo, "Hear these tracks alone, you only (repeat it for several)")
      ->allow_extra_args(false);
  command->add_option("--mute", options.mute, "Do not hear these tracks, you only")->allow_extra_args(false);
  command->add_option("--cue", options.cue, "Hear a track louder or softer, you only: \"Drums=-6\"")
      ->allow_extra_args(false);
}

Result<project::CueMix> cue_mix_of(const CueOptions& options) {
  project::CueMix cue{.solo = options.solo, .mute = options.mute, .levels = {}};
  for (const std::string& text : options.cue) {
    TALKBACK_ASSIGN(cue.levels.emplace_back(), project::cue_level_from_text(text));
  }
  return cue;
}

}  // namespace talkback::cli
