// talkback session show: the song at a glance, or every field with its address.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "engine/session/address.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/defaults.hpp"
#include "engine/session/field_path.hpp"
#include "engine/session/message_json.hpp"
#include "engine/session/routing.hpp"
#include "engine/session/state.hpp"
#include "engine/session/tempo.hpp"
#include "engine/session/value_text.hpp"

namespace talkback::cli {
namespace {

using session::Session;

std::string field(const Session& session, const timeline::TempoMap& map, const v1::Object& object,
                  const char* path_text) {
  const session::FieldPath path = session::FieldPath::parse(path_text).value();
  return session::value_text(session, map, *path.holder(object), path.leaf());
}

std::string inserts_of(const Session& session, const v1::Object& track) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  for (const v1::Object* object : session.children(session::id_of(track), v1::Object::kInstrument)) {
    const auto* set = object->instrument().GetReflection()->GetOneofFieldDescriptor(
        object->instrument(), v1::Instrument::descriptor()->oneof_decl(0));
    if (set != nullptr) add(set->name() + (object->instrument().soundfont().drums() ? " drums" : ""));
  }
  for (const v1::Object* object : session.children(session::id_of(track), v1::Object::kInsert)) {
    const auto* set = object->insert().GetReflection()->GetOneofFieldDescriptor(
        object->insert(), v1::Insert::descriptor()->oneof_decl(0));
    if (set != nullptr) add(set->name() + (object->insert().bypassed() ? " (bypassed)" : ""));
  }
  for (const v1::Object* object : session.children(session::id_of(track), v1::Object::kSend)) {
    const v1::Object* target = session.find(ObjectId{object->send().target_id()});
    add("-> " + (target == nullptr ? std::string("?") : target->track().name()));
  }
  return text;
}

void show_overview(Context& context, const Session& session, const v1::Project& project) {
  const timeline::TempoMap map = session::tempo_map(session);
  const v1::Settings settings = session::with_defaults(session.settings());
  context.terminal.line(project.name() + "   " + std::to_string(settings.sample_rate_hz()) + " Hz   " +
                        std::to_string(map.bpm_at(TickPosition{0})).substr(0, 6) + " bpm   " +
                        (settings.key().empty() ? "key not set" : settings.key()));
  std::vector<std::vector<std::string>> rows;
  for (const v1::Object* track : session::all_tracks(session)) {
    const ObjectId id = session::id_of(*track);
    std::size_t clips = 0;
    for (const auto kind : {v1::Object::kAudioClip, v1::Object::kMidiClip, v1::Object::kPatternClip})
      clips += session.count_children(id, kind);
    const v1::Object* output = session.find(session::output_of(session, *track));
    std::string flags;
    if (track->track().mute()) flags += "M";
    if (track->track().solo()) flags += "S";
    rows.push_back({track->track().name(), field(session, map, *track, "track.kind"),
                    field(session, map, *track, "track.fader_db"), field(session, map, *track, "track.pan"), flags,
                    std::to_string(clips), output == nullptr ? "" : output->track().name(),
                    inserts_of(session, *track)});
  }
  context.terminal.table({"TRACK", "KIND", "FADER", "PAN", "M/S", "CLIPS", "TO", "INSERTS AND SENDS"}, rows);
  for (const auto kind : {v1::Object::kMarker, v1::Object::kSection, v1::Object::kChord, v1::Object::kLyric})
    if (const std::size_t count = session.count_children(kRootId, kind); count > 0)
      context.terminal.line(std::to_string(count) + " " +
                            std::string(session::noun_of(*session.children(kRootId, kind).front())) + "s");
}

// Every field as the edit command takes it. Notes, breakpoints, steps and zones only on demand: there are thousands.
void show_fields(Context& context, const Session& session, ObjectId at, bool with_notes) {
  const v1::Object& object = *session.find(at);
  const timeline::TempoMap map = session::tempo_map(session);
  const std::string address = session::address_of(session, object);
  const std::string body = session::body_field_of(object)->name() + ".";
  const v1::Object filled = session::with_defaults(object);
  session::for_each_leaf(filled, [&](const session::FieldPath& path) {
    std::string text = path.text();
    if (!text.starts_with(body)) return;
    text.erase(0, body.size());
    // The effect's own name is part of the address already.
    if (const std::size_t dot = address.rfind('.'); dot != std::string::npos) {
      const std::string last = address.substr(dot + 1, address.find('[', dot) - dot - 1) + ".";
      if (text.starts_with(last)) text.erase(0, last.size());
    }
    context.terminal.line(address + "." + text + " = " +
                          session::value_text(session, map, *path.holder(filled), path.leaf()));
  });
  for (const v1::Object* child : session.children(at)) {
    const bool small = child->has_note() || child->has_controller() || child->has_breakpoint() ||
                       child->has_pattern_step() || child->has_sampler_zone();
    if (!small || with_notes) show_fields(context, session, session::id_of(*child), with_notes);
  }
}

struct ShowOptions {
  std::string project;
  std::uint64_t revision = 0;
  bool fields = false;
  bool notes = false;
};

Result<void> show(Context& context, const ShowOptions& options) {
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  Session session;
  std::uint64_t revision = options.revision;
  if (revision != 0) {
    TALKBACK_ASSIGN(net::Api api, context.api());
    TALKBACK_ASSIGN(const v1::SessionState state, api.session(place.name(), revision));
    TALKBACK_ASSIGN(session, session::from_state(state));
  } else {
    TALKBACK_ASSIGN(const auto opened, context.join_project(place));
    session = opened->session();
    revision = opened->sync().replica().revision();
  }
  if (context.terminal.json) {
    const v1::SessionState state = session::to_state(session, revision);
    nlohmann::json json = nlohmann::json::parse(session::to_json(state));
    json["digest"] = to_hex(session::digest(session));
    context.terminal.print_json(json);
    return {};
  }
  if (options.fields || options.notes) {
    show_fields(context, session, kRootId, options.notes);
    return {};
  }
  show_overview(context, session, place.project);
  context.terminal.line("revision " + std::to_string(revision) + ", digest " +
                        to_hex(session::digest(session)).substr(0, 16));
  return {};
}

}  // namespace

void add_session_command(Commands& commands) {
  CLI::App* session = commands.add("session", "The session of a project");
  session->require_subcommand(1);
  auto options = std::make_shared<ShowOptions>();
  CLI::App* command = commands.add("show", "Tracks, routing and effects; or every field", session);
  command->add_option("project", options->project, "Name or id")->required();
  command->add_option("--revision", options->revision, "An older state (default: the newest)");
  command->add_flag("--fields", options->fields, "Every field with the address that `edit` takes");
  command->add_flag("--notes", options->notes,
                    "As --fields, with notes, controllers, breakpoints, pattern steps and sampler zones");
  commands.run(command, [options](Context& context) { return show(context, *options); });
}

}  // namespace talkback::cli
