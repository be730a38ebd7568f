#include "client/cli/capture_options.hpp"

#include <CLI/CLI.hpp>

namespace talkback::cli {

void add_place_options(CLI::App* command, RecordOptions& options) {
  command->add_option("--from", options.from, "Bar, or bar.beat, to start at (default 1)");
  command->add_option("--to", options.to, "Place to end before (default: Ctrl+C ends)");
  command
      ->add_option("--loop", options.passes,
                   "Play --from to --to again and again, so many times (0: until Ctrl+C); each pass is a take")
      ->expected(0, 1)
      ->check(CLI::Range(0, kPassesMax));
  command->add_option("--punch-in", options.punch_in, "Only what is sung from here on becomes a take");
  command->add_option("--punch-out", options.punch_out, "And only up to here");
  command->add_option("--pre-roll", options.pre_roll_bars, "Bars of the song before --from")
      ->check(CLI::Range(0, kPreRollBarsMax));
  command->add_option("--count-in", options.count_in_bars, "Bars of click before the song")
      ->check(CLI::Range(0, kCountInBarsMax));
}

void add_capture_options(CLI::App* command, RecordOptions& options) {
  command->add_flag("--click", options.click, "Click along with the song");
  command->add_option("--monitor", options.monitor, "Hear the input through the computer: off or soft")
      ->check(CLI::IsMember({"off", "soft"}));
  command->add_option("--input", options.inputs, "Inputs to record, from 1: --input 1,2")
      ->delimiter(',')
      ->check(CLI::Range(1, 16))
      ->expected(1, 16);
  command->add_option("--channels", options.channels, "So many inputs, from the first (default 1)")
      ->check(CLI::Range(1, 16))
      ->excludes("--input");
  command->add_option("--gain", options.input_gain_db, "Gain of the pre-amplifier in dB, to be kept with the take")
      ->check(CLI::Range(-144.0, 144.0));
  command->add_option("--device", options.device, "Name or number from `talkback devices`");
  command->add_flag("--plain", options.plain, "No full screen on a terminal");
  add_cue_options(command, options.cue);
}

}  // namespace talkback::cli
