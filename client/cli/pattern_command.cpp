// talkback pattern: a drum pattern, typed a line a drum, as a clip on an instrument track.
#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/project/instrument_track.hpp"
#include "client/project/pattern_text.hpp"
#include "engine/session/edit_text.hpp"
#include "engine/session/tempo.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {
namespace {

constexpr const char* kExamples =
    "Lines:\n"
    "  'kick: x...x...x...x...'     x a hit, X an accent, o a soft one, . or - a rest;\n"
    "  'snare: ....X.......X..2'    2 to 8: so many hits in the step; spaces and | are ignored\n"
    "  'C#3: x..x' '54: ..x.'       keys by drum, by note (C3 is middle C) or by number\n"
    "A track that is not there is made, with a drum machine.\n";

struct PatternOptions {
  std::string project;
  std::string track;
  std::vector<std::string> lines;
  std::string name;
  std::int64_t bar = 1;
  std::int64_t bars = 1;
  double step_beats = 0.25;
  double swing_percent = 50.0;
};

Result<void> pattern(Context& context, const PatternOptions& options) {
  TALKBACK_ASSIGN(const project::Pattern pattern, project::read_pattern(options.lines));
  TALKBACK_ASSIGN(const auto project, context.join_project(options.project));
  const session::Session& session = project->session();
  const timeline::TempoMap map = session::tempo_map(session);
  v1::Edit edit;
  TALKBACK_ASSIGN(const auto track, project::find_or_add_instrument_track(edit, session, options.track));
  if (track.is_new) project::add_instrument(edit, track.id).mutable_instrument()->mutable_drum_machine();
  project::PatternPlace place;
  place.name = options.name;
  place.position = timeline::tick_of_bar(map, options.bar);
  place.length = timeline::tick_of_bar(map, options.bar + options.bars) - place.position;
  place.step = Ticks{std::llround(options.step_beats * static_cast<double>(kTicksPerQuarter))};
  place.swing_percent = options.swing_percent;
  project::add_pattern(edit, track.id, session::last_order(session, track.id, v1::Object::kPatternClip), pattern,
                       place);
  edit.set_summary("Pattern on " + options.track);
  TALKBACK_ASSIGN(const auto outcome, project->submit_and_wait(std::move(edit)));
  context.terminal.line(options.track + ": " + std::to_string(pattern.steps) + " steps, " +
                        std::to_string(pattern.hits.size()) + " hits, bars " + std::to_string(options.bar) + " to " +
                        std::to_string(options.bar + options.bars - 1));
  if (context.terminal.json)
    context.terminal.print_json({{"revision", outcome.revision},
                                 {"track", options.track},
                                 {"steps", pattern.steps},
                                 {"hits", pattern.hits.size()}});
  return {};
}

}  // namespace

void add_pattern_command(Commands& commands) {
  auto options = std::make_shared<PatternOptions>();
  CLI::App* command = commands.add("pattern", "Type a drum pattern onto an instrument track");
  command->footer(kExamples);
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("lines", options->lines, "A line a drum: 'kick: x...x...'")->required();
  command->add_option("--track", options->track, "Name of the track")->required();
  command->add_option("--at", options->bar, "First bar (default 1)")->check(CLI::Range(1, 100'000));
  command->add_option("--bars", options->bars, "How many bars it goes on (default 1)")->check(CLI::Range(1, 10'000));
  command->add_option("--step", options->step_beats, "Length of a step in quarters (default 0.25: a sixteenth)")
      ->check(CLI::Range(0.03125, 8.0));
  command->add_option("--swing", options->swing_percent, "50 even to 75; 66.7: triplets")
      ->check(CLI::Range(50.0, 75.0));
  command->add_option("--name", options->name, "Name of the clip");
  commands.run(command, [options](Context& context) { return pattern(context, *options); });
}

}  // namespace talkback::cli
