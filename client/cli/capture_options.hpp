// The options of a recording that are the performer's own: the card, what of it is heard, and the click.
#pragma once

#include "client/cli/record_plan.hpp"

namespace CLI {
class App;
}

namespace talkback::cli {

// options outlives the command.
void add_capture_options(CLI::App* command, RecordOptions& options);

// Where the song rolls and what of it becomes a take. The flag --loop: options.loops is to be set from its count.
void add_place_options(CLI::App* command, RecordOptions& options);

}  // namespace talkback::cli
