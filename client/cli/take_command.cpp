// talkback take: the takes of a project, their stars, names and colours, and the trash.
#include <CLI/CLI.hpp>
#include <cstdio>
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

struct TakeOptions {
  std::string project;
  std::string track;
  std::string take;
  std::string value;
  std::uint32_t rating = 0;
  bool trash = false;
};

const char* mark_text(v1::TakeMark::Kind kind) {
  switch (kind) {
    case v1::TakeMark::XRUN:
      return "xrun";
    case v1::TakeMark::DROPOUT:
      return "dropout";
    case v1::TakeMark::CLIP:
      return "clip";
    case v1::TakeMark::CUE:
      return "cue";
    default:
      return "mark";
  }
}

int source_rate(const session::Session& session, const v1::Take& take) {
  const v1::Object* source = session.find(ObjectId{take.source_id()});
  return source != nullptr && source->source().sample_rate_hz() > 0
             ? static_cast<int>(source->source().sample_rate_hz())
             : session::sample_rate_of(session).hz;
}

std::string color_text(std::uint32_t color) {
  if (color == 0) return "";
  char text[12];
  std::snprintf(text, sizeof text, "#%06x", color);
  return text;
}

// What went wrong while a take was recorded, in short: "2 xruns, 1 dropout".
struct Trouble {
  std::uint32_t xruns = 0;
  int dropouts = 0;
  int clips = 0;
  std::string text() const {
    std::string words;
    const auto add = [&](std::int64_t count, const std::string& what) {
      if (count > 0) words += (words.empty() ? "" : ", ") + std::to_string(count) + " " + what + (count > 1 ? "s" : "");
    };
    add(xruns, "xrun");
    add(dropouts, "dropout");
    add(clips, "clip");
    return words;
  }
};

Trouble trouble_of(const session::Session& session, const TakeLane& lane) {
  Trouble trouble;
  for (const v1::Object* mark : session.children(session::id_of(*lane.object), v1::Object::kTakeMark)) {
    trouble.xruns += mark->take_mark().kind() == v1::TakeMark::XRUN ? 1U : 0U;
    trouble.dropouts += mark->take_mark().kind() == v1::TakeMark::DROPOUT ? 1 : 0;
    trouble.clips += mark->take_mark().kind() == v1::TakeMark::CLIP ? 1 : 0;
  }
  trouble.xruns = std::max(trouble.xruns, lane.take().xruns());
  return trouble;
}

nlohmann::json json_of(const session::Session& session, const timeline::TempoMap& map, const TakeLane& lane) {
  const v1::Take& take = lane.take();
  const int rate = source_rate(session, take);
  const editing::TakeExtent extent = editing::extent_of(session, map, take);
  nlohmann::json uses = nlohmann::json::array();
  for (const auto& use : editing::uses_of(session, session::id_of(*lane.track), session::id_of(*lane.object)))
    uses.push_back({{"from", timeline::to_text(map, use.from)}, {"to", timeline::to_text(map, use.to)}});
  nlohmann::json marks = nlohmann::json::array();
  for (const v1::Object* mark : session.children(session::id_of(*lane.object), v1::Object::kTakeMark))
    marks.push_back({{"kind", mark_text(mark->take_mark().kind())},
                     {"seconds", static_cast<double>(mark->take_mark().position_frames()) / rate},
                     {"length_frames", mark->take_mark().length_frames()},
                     {"name", mark->take_mark().name()}});
  return {{"track", lane.track->track().name()},
          {"number", lane.number},
          {"name", take.name()},
          {"performer", take.performer()},
          {"rating", take.rating()},
          {"color", color_text(take.color())},
          {"from", timeline::to_text(map, extent.from)},
          {"to", timeline::to_text(map, extent.to)},
          {"seconds", static_cast<double>(take.length_frames()) / rate},
          {"recorded_unix_ms", take.recorded_unix_ms()},
          {"device", take.device()},
          {"latency_frames", take.latency_frames()},
          {"latency_measured", take.latency_measured()},
          {"xruns", trouble_of(session, lane).xruns},
          {"lost_frames", take.lost_frames()},
          {"marks", marks},
          {"trashed", take.trashed()},
          {"in_comp", uses}};
}

Result<void> list(Context& context, const TakeOptions& options) {
  TALKBACK_ASSIGN(EditableProject editable, open_for_edit(context, options.project));
  const session::Session& session = editable.project->session();
  const timeline::TempoMap map = session::tempo_map(session);
  TALKBACK_ASSIGN(const std::vector<TakeLane> lanes, take_lanes(session, options.track));
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const TakeLane& lane : lanes) {
    const v1::Take& take = lane.take();
    if (take.trashed() != options.trash) continue;
    json.push_back(json_of(session, map, lane));
    const editing::TakeExtent extent = editing::extent_of(session, map, take);
    const auto uses = editing::uses_of(session, session::id_of(*lane.track), session::id_of(*lane.object));
    rows.push_back({lane.track->track().name(), std::to_string(lane.number), take.name(), take.performer(),
                    std::string(take.rating(), '*'), color_text(take.color()),
                    duration_text(static_cast<double>(take.length_frames()) / source_rate(session, take)),
                    range_text(map, extent.from, extent.to), uses.empty() ? "" : "yes",
                    trouble_of(session, lane).text()});
  }
  if (context.terminal.json)
    context.terminal.print_json(json);
  else if (rows.empty())
    context.terminal.line(options.trash ? "The trash is empty." : "There are no takes.");
  else
    context.terminal.table(
        {"TRACK", "TAKE", "NAME", "PERFORMER", "RATING", "COLOUR", "LENGTH", "BARS", "IN COMP", "TROUBLE"}, rows);
  return {};
}

// Changes fields of one take; the words are what the history and the person read.
Result<void> change(Context& context, const TakeOptions& options, const std::vector<std::string>& fields,
                    const std::function<std::string(const TakeLane&, v1::Take&)>& fill) {
  TALKBACK_ASSIGN(EditableProject editable, open_for_edit(context, options.project));
  TALKBACK_ASSIGN(const TakeLane lane, find_take(editable.project->session(), options.track, options.take));
  v1::Edit edit;
  v1::Update& update = *edit.add_operations()->mutable_update();
  update.mutable_values()->set_id(lane.object->id());
  const std::string words = fill(lane, *update.mutable_values()->mutable_take());
  for (const std::string& field : fields) update.mutable_fields()->add_paths("take." + field);
  edit.set_summary(words);
  TALKBACK_ASSIGN(const auto outcome, submit_edit(context, editable, std::move(edit)));
  context.terminal.line(words + ".");
  if (context.terminal.json) context.terminal.print_json({{"revision", outcome.revision}, {"changes", words}});
  return {};
}

Result<void> rate(Context& context, const TakeOptions& options) {
  return change(context, options, {"rating"}, [&](const TakeLane& lane, v1::Take& take) {
    take.set_rating(options.rating);
    return lane.take().name() + ": " + std::to_string(options.rating) + (options.rating == 1 ? " star" : " stars");
  });
}

Result<void> rename(Context& context, const TakeOptions& options) {
  return change(context, options, {"name"}, [&](const TakeLane& lane, v1::Take& take) {
    take.set_name(options.value);
    return lane.take().name() + " is called " + options.value;
  });
}

Result<void> paint(Context& context, const TakeOptions& options) {
  std::string digits = options.value;
  if (digits.starts_with("#")) digits.erase(0, 1);
  const bool is_none = options.value == "none";
  if (!is_none && (digits.size() != 6 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos))
    return Error{ErrorCode::invalid, "a colour is six hexadecimal digits (ff8800), or none"};
  const auto color = is_none ? 0U : static_cast<std::uint32_t>(std::stoul(digits, nullptr, 16));
  return change(context, options, {"color"}, [&](const TakeLane& lane, v1::Take& take) {
    take.set_color(color);
    return lane.take().name() + (is_none ? " has no colour" : " is " + color_text(color));
  });
}

Result<void> restore(Context& context, const TakeOptions& options) {
  return change(context, options, {"trashed"}, [](const TakeLane& lane, v1::Take& take) {
    take.set_trashed(false);
    return lane.take().name() + " is out of the trash";
  });
}

// Into the trash, and the clips that play it off the track.
Result<void> remove(Context& context, const TakeOptions& options) {
  TALKBACK_ASSIGN(EditableProject editable, open_for_edit(context, options.project));
  const session::Session& session = editable.project->session();
  const timeline::TempoMap map = session::tempo_map(session);
  TALKBACK_ASSIGN(const TakeLane lane, find_take(session, options.track, options.take));
  const std::string name = lane.take().name();
  std::string bars;
  for (const auto& use : editing::uses_of(session, session::id_of(*lane.track), session::id_of(*lane.object)))
    bars += (bars.empty() ? "" : ", ") + range_text(map, use.from, use.to);
  if (!bars.empty())
    return Error{ErrorCode::conflict, "\"" + name + "\" is in the comp of " + lane.track->track().name() + " (bars " +
                                          bars + "); choose another take there first, or talkback comp clear"};
  v1::Edit edit;
  v1::Update& update = *edit.add_operations()->mutable_update();
  update.mutable_values()->set_id(lane.object->id());
  update.mutable_values()->mutable_take()->set_trashed(true);
  update.mutable_fields()->add_paths("take.trashed");
  int clips = 0;
  for (const ObjectId id : session.referrers(session::id_of(*lane.object))) {
    if (!session.find(id)->has_audio_clip()) continue;
    edit.add_operations()->set_delete_id(id.value);
    ++clips;
  }
  const std::string words = name + " is in the trash" + (clips > 0 ? ", and what played it is off the track" : "");
  edit.set_summary(words);
  TALKBACK_ASSIGN(const auto outcome, submit_edit(context, editable, std::move(edit)));
  context.terminal.line(words + ".");
  if (context.terminal.json)
    context.terminal.print_json({{"revision", outcome.revision}, {"changes", words}, {"deleted_clips", clips}});
  return {};
}

}  // namespace

void add_take_commands(Commands& commands) {
  CLI::App* take = commands.add("take", "Takes: list, rate, name, colour, delete into the trash, restore, capture");
  take->require_subcommand(1);
  auto options = std::make_shared<TakeOptions>();
  const auto add = [&](const char* name, const char* help, Result<void> (*body)(Context&, const TakeOptions&)) {
    CLI::App* command = commands.add(name, help, take);
    command->add_option("project", options->project, "PROJECT or PROJECT@BRANCH")->required();
    command->add_option("--track", options->track, "Only on this track");
    if (body != &list) command->add_option("take", options->take, "Number on its track, or name")->required();
    commands.run(command, [options, body](Context& context) { return body(context, *options); });
    return command;
  };
  add("list", "The take lanes", &list)->add_flag("--trash", options->trash, "What was deleted");
  add("rate", "Stars", &rate)->add_option("stars", options->rating, "0 to 5")->required()->check(CLI::Range(0, 5));
  add("name", "A name", &rename)->add_option("name", options->value, "The new name")->required();
  add("color", "A colour", &paint)->add_option("color", options->value, "Like ff8800; none takes it off")->required();
  add("delete", "Into the trash; what a comp uses stays", &remove);
  add("restore", "Out of the trash", &restore);
  add_take_capture(commands, take);
}

}  // namespace talkback::cli
