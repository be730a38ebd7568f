// talkback comp: which take sounds where.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/offline_edit.hpp"
#include "client/cli/take_lanes.hpp"
#include "engine/editing/comping.hpp"
#include "engine/session/tempo.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {
namespace {

struct CompOptions {
  std::string project;
  std::string track;
  std::string take;
  std::string from;
  std::string to;
  std::optional<double> crossfade_ms;
};

// What goes on sounding beside the comp, where somebody moved it or changed its level.
void warn_of_clips(const Context& context, const editing::CompEdit& made) {
  for (const std::string& clip : made.beside)
    context.terminal.warn("the clip \"" + clip +
                          "\" was moved or changed in level and still sounds beside the comp; mute or delete it");
}

Result<void> pick(Context& context, const CompOptions& options) {
  TALKBACK_ASSIGN(EditableProject editable, open_for_edit(context, options.project));
  const session::Session& session = editable.project->session();
  const timeline::TempoMap map = session::tempo_map(session);
  TALKBACK_ASSIGN(const TakeLane lane, find_take(session, options.track, options.take));
  const std::string name = lane.take().name();
  editing::CompPick wanted{session::id_of(*lane.object), {}, {}, options.crossfade_ms};
  TALKBACK_ASSIGN(wanted.from, place_from(map, options.from));
  TALKBACK_ASSIGN(wanted.to, place_from(map, options.to));
  TALKBACK_ASSIGN(editing::CompEdit made,
                  editing::pick(session, map, session::id_of(*lane.track), wanted, &replica::new_object_id));
  const std::string range = range_text(map, made.from, made.to);
  if (made.is_clipped)
    context.terminal.warn("\"" + name + "\" was recorded from " +
                          range_text(map, editing::extent_of(session, map, lane.take()).from,
                                     editing::extent_of(session, map, lane.take()).to) +
                          "; bars " + range + " are taken from it");
  const bool is_new = made.edit.operations_size() > 0;
  std::uint64_t revision = editable.project->sync().replica().revision();
  if (is_new) {
    made.edit.set_summary(options.track + ": bars " + range + " from " + name);
    TALKBACK_ASSIGN(const auto outcome, submit_edit(context, editable, made.edit));
    revision = outcome.revision;
  }
  warn_of_clips(context, made);
  context.terminal.line(options.track + ": bars " + range + " are \"" + name + "\"" + (is_new ? "." : " already."));
  if (context.terminal.json)
    context.terminal.print_json({{"revision", revision},
                                 {"track", options.track},
                                 {"take", name},
                                 {"number", lane.number},
                                 {"from", timeline::to_text(map, made.from)},
                                 {"to", timeline::to_text(map, made.to)},
                                 {"clipped", made.is_clipped},
                                 {"changed", is_new},
                                 {"converted_clips", made.converted},
                                 {"clips_beside", made.beside}});
  return {};
}

Result<void> clear(Context& context, const CompOptions& options) {
  TALKBACK_ASSIGN(EditableProject editable, open_for_edit(context, options.project));
  const session::Session& session = editable.project->session();
  const timeline::TempoMap map = session::tempo_map(session);
  TALKBACK_ASSIGN(const v1::Object* track, find_audio_track(session, options.track));
  TALKBACK_ASSIGN(const TickPosition from, place_from(map, options.from));
  TALKBACK_ASSIGN(const TickPosition to, place_from(map, options.to));
  TALKBACK_ASSIGN(editing::CompEdit made,
                  editing::clear(session, map, session::id_of(*track), from, to, &replica::new_object_id));
  const std::string range = range_text(map, from, to);
  const bool is_new = made.edit.operations_size() > 0;
  std::uint64_t revision = editable.project->sync().replica().revision();
  if (is_new) {
    made.edit.set_summary(options.track + ": comp cleared from " + range);
    TALKBACK_ASSIGN(const auto outcome, submit_edit(context, editable, made.edit));
    revision = outcome.revision;
  }
  warn_of_clips(context, made);
  context.terminal.line(options.track + ": nothing is chosen from " + range + (is_new ? " any more." : "."));
  if (context.terminal.json)
    context.terminal.print_json({{"revision", revision},
                                 {"track", options.track},
                                 {"from", timeline::to_text(map, from)},
                                 {"to", timeline::to_text(map, to)},
                                 {"changed", is_new},
                                 {"clips_beside", made.beside}});
  return {};
}

Result<void> show(Context& context, const CompOptions& options) {
  TALKBACK_ASSIGN(EditableProject editable, open_for_edit(context, options.project));
  const session::Session& session = editable.project->session();
  const timeline::TempoMap map = session::tempo_map(session);
  TALKBACK_ASSIGN(const v1::Object* track, find_audio_track(session, options.track));
  TALKBACK_ASSIGN(const std::vector<TakeLane> lanes, take_lanes(session, options.track));
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const session::CompStretch& stretch : session::comp_of(session, session::id_of(*track))) {
    const auto lane =
        std::ranges::find(lanes, stretch.take, [](const TakeLane& each) { return session::id_of(*each.object); });
    if (lane == lanes.end()) continue;
    char crossfade[24];
    std::snprintf(crossfade, sizeof crossfade, "%g ms", stretch.crossfade_in_ms);
    rows.push_back({timeline::to_text(map, stretch.from), timeline::to_text(map, stretch.to),
                    std::to_string(lane->number), lane->take().name(), lane->take().performer(), crossfade});
    json.push_back({{"from", timeline::to_text(map, stretch.from)},
                    {"to", timeline::to_text(map, stretch.to)},
                    {"number", lane->number},
                    {"take", lane->take().name()},
                    {"performer", lane->take().performer()},
                    {"crossfade_in_ms", stretch.crossfade_in_ms},
                    {"crossfade_out_ms", stretch.crossfade_out_ms}});
  }
  if (context.terminal.json)
    context.terminal.print_json({{"track", options.track}, {"comp", json}});
  else if (rows.empty())
    context.terminal.line("Nothing is chosen on " + options.track + " yet; its clips sound.");
  else
    context.terminal.table({"FROM", "TO", "TAKE", "NAME", "PERFORMER", "CROSSFADE IN"}, rows);
  return {};
}

void add_range(CLI::App* command, CompOptions& options) {
  command->add_option("--from", options.from, "Where it begins: a bar (5) or a bar and beat (5.3)")->required();
  command->add_option("--to", options.to, "Where it ends")->required();
}

}  // namespace

void add_comp_command(Commands& commands) {
  auto options = std::make_shared<CompOptions>();
  CLI::App* comp = commands.add("comp", "Choose which take of a track sounds where");
  comp->require_subcommand(1);
  comp->add_option("project", options->project, "PROJECT or PROJECT@BRANCH")->required();
  comp->add_option("--track", options->track, "The track")->required();
  CLI::App* pick_command = commands.add("pick", "From here to there, this take sounds", comp);
  pick_command->add_option("take", options->take, "Number or name, see: talkback take list")->required();
  add_range(pick_command, *options);
  pick_command->add_option("--crossfade", options->crossfade_ms, "Milliseconds at each edge (default 10)")
      ->check(CLI::Range(0.0, 1'000.0));
  commands.run(pick_command, [options](Context& context) { return pick(context, *options); });
  CLI::App* clear_command = commands.add("clear", "From here to there, nothing is chosen", comp);
  add_range(clear_command, *options);
  commands.run(clear_command, [options](Context& context) { return clear(context, *options); });
  commands.run(commands.add("show", "What is chosen", comp),
               [options](Context& context) { return show(context, *options); });
}

}  // namespace talkback::cli
