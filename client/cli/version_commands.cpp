// talkback version create | list | show | render | restore: named moments with their mixes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/rendering.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/diff.hpp"
#include "engine/session/state.hpp"

namespace talkback::cli {
namespace {

struct VersionOptions {
  std::string project;
  std::string name;
  std::string note;
  std::string at;
  std::string out = ".";
  bool no_render = false;
};

nlohmann::json json_of(const v1::Version& version, const v1::BranchList& branches) {
  nlohmann::json json{{"id", version.id()},
                      {"name", version.name()},
                      {"note", version.note()},
                      {"moment", project::moment_text(branches, version.moment())},
                      {"author", version.author()},
                      {"created_unix_ms", version.created_unix_ms()},
                      {"render", version.render_id()},
                      {"engine", version.engine_version()},
                      {"integrated_lufs", nullptr},
                      {"true_peak_dbtp", nullptr},
                      {"missing", nlohmann::json::array()}};
  if (version.has_integrated_lufs()) json["integrated_lufs"] = version.integrated_lufs();
  if (version.has_true_peak_dbtp()) json["true_peak_dbtp"] = version.true_peak_dbtp();
  for (const std::string& sha256 : version.missing_sha256()) json["missing"].push_back(sha256);
  return json;
}

std::string loudness_text(const v1::Version& version) {
  if (!version.has_integrated_lufs()) return version.render_id().empty() ? "not rendered" : "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f LUFS", version.integrated_lufs());
  return text;
}

Result<v1::Version> find_version(net::Api& api, const project::Place& place, const std::string& name) {
  TALKBACK_ASSIGN(const v1::VersionList versions, api.versions(place.project.id()));
  std::string names;
  for (const v1::Version& version : versions.versions()) {
    if (version.name() == name || version.id() == name) return version;
    names += "\n  " + version.name();
  }
  return Error{ErrorCode::not_found,
               "there is no version \"" + name + "\"" +
                   (names.empty() ? "; make one with: talkback version create" : "; there are:" + names)};
}

// Orders the mix of the version's moment and pins it.
Result<v1::RenderStatus> order_mix(net::Api& api, const project::Place& place, const v1::Version& version) {
  v1::NewRender wanted;
  wanted.set_branch_id(version.moment().branch_id());
  wanted.set_revision(version.moment().revision());
  wanted.mutable_settings()->set_kind(v1::RenderSettings::MIX);
  TALKBACK_ASSIGN(v1::RenderStatus status, api.start_render(place.project.id(), wanted));
  TALKBACK_TRY(api.pin_render(place.project.id(), version.id(), status.render_id()));
  return status;
}

Result<void> create(Context& context, const VersionOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  // Edits that wait on this machine belong to "now".
  if (options.at.empty()) {
    TALKBACK_ASSIGN(const auto project, context.join_project(place));
    TALKBACK_TRY(project->settle());
  }
  v1::NewVersion wanted;
  wanted.set_name(options.name);
  wanted.set_note(options.note);
  wanted.mutable_moment()->set_branch_id(place.branch.id());
  if (!options.at.empty()) {
    TALKBACK_ASSIGN(*wanted.mutable_moment(), project::find_moment(api, place, options.at));
  }
  TALKBACK_ASSIGN(v1::Version version, api.create_version(place.project.id(), wanted));
  TALKBACK_ASSIGN(const v1::BranchList branches, api.branches(place.project.id()));
  context.terminal.line("\"" + version.name() + "\" is " + project::moment_text(branches, version.moment()) + ".");
  if (version.missing_sha256_size() > 0)
    context.terminal.warn(std::to_string(version.missing_sha256_size()) +
                          " recordings are not on the server yet: the others see the version once they are");
  if (!options.no_render && version.missing_sha256_size() == 0) {
    const auto ordered = order_mix(api, place, version);
    if (ordered) {
      version.set_render_id(ordered->render_id());
      context.terminal.note("Its mix is being rendered; get it with: talkback version render");
    } else if (ordered.error().code == ErrorCode::denied) {
      context.terminal.note("Its mix can be rendered by a producer.");
    } else {
      context.terminal.warn("its mix was not ordered: " + ordered.error().message);
    }
  }
  if (context.terminal.json) context.terminal.print_json(json_of(version, branches));
  return {};
}

Result<void> list(Context& context, const VersionOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  TALKBACK_ASSIGN(const v1::VersionList versions, api.versions(place.project.id()));
  TALKBACK_ASSIGN(const v1::BranchList branches, api.branches(place.project.id()));
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const v1::Version& version : versions.versions()) {
    json.push_back(json_of(version, branches));
    rows.push_back({version.name(), project::moment_text(branches, version.moment()),
                    time_text(version.created_unix_ms()), version.author(), loudness_text(version), version.note()});
  }
  if (context.terminal.json)
    context.terminal.print_json(json);
  else if (rows.empty())
    context.terminal.line("No versions yet; make one with: talkback version create PROJECT NAME");
  else
    context.terminal.table({"VERSION", "MOMENT", "TIME", "WHO", "LOUDNESS", "NOTE"}, rows);
  return {};
}

Result<void> show(Context& context, const VersionOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  TALKBACK_ASSIGN(const v1::Version version, find_version(api, place, options.name));
  TALKBACK_ASSIGN(const v1::BranchList branches, api.branches(place.project.id()));
  context.terminal.line(version.name() + "  (" + project::moment_text(branches, version.moment()) + ")");
  context.terminal.line("by " + version.author() + ", " + time_text(version.created_unix_ms()));
  if (!version.note().empty()) context.terminal.line(version.note());
  context.terminal.line("mix: " + loudness_text(version) +
                        (version.engine_version().empty() ? "" : ", rendered by " + version.engine_version()));
  if (context.terminal.json) context.terminal.print_json(json_of(version, branches));
  return {};
}

Result<void> render(Context& context, const VersionOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  TALKBACK_ASSIGN(const v1::Version version, find_version(api, place, options.name));
  const std::string& project = place.project.id();
  v1::RenderStatus status;
  if (!version.render_id().empty()) {
    TALKBACK_ASSIGN(status, api.render(project, version.render_id()));
  }
  const bool is_lost = status.state() == v1::RenderStatus::FAILED || status.state() == v1::RenderStatus::CANCELLED;
  if (version.render_id().empty() || is_lost) {
    TALKBACK_ASSIGN(status, order_mix(api, place, version));
  }
  TALKBACK_ASSIGN(status, wait_for_render(context, api, project, status));
  TALKBACK_ASSIGN(const Rendered rendered, fetch_render(context, api, project, status, options.out));
  nlohmann::json json{{"engine", rendered.engine_version}, {"files", nlohmann::json::array()}};
  for (const v1::Artifact& artifact : rendered.artifacts) {
    const std::filesystem::path file = std::filesystem::path(options.out) / artifact.name();
    context.terminal.line(file.string());
    json["files"].push_back(file.string());
  }
  for (const std::string& warning : rendered.warnings) context.terminal.warn(warning);
  if (context.terminal.json) context.terminal.print_json(json);
  return {};
}

// An edit like any other: whoever did something since finds it in the log, and undo takes the restoring back.
Result<void> restore(Context& context, const VersionOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  TALKBACK_ASSIGN(const v1::Moment moment, project::find_moment(api, place, options.name));
  TALKBACK_ASSIGN(const v1::SessionState state, api.session(project::branch_of(place, moment), moment.revision()));
  TALKBACK_ASSIGN(const session::Session wanted, session::from_state(state));
  TALKBACK_ASSIGN(const auto project, context.join_project(place));
  v1::Edit edit = session::edit_of(session::diff(project->session(), wanted));
  if (edit.operations().empty()) {
    context.terminal.line("The session is as it was then already.");
    if (context.terminal.json)
      context.terminal.print_json({{"revision", nullptr}, {"changes", nlohmann::json::array()}});
    return {};
  }
  *edit.mutable_restores() = moment;
  edit.set_summary("restore of " + options.name);
  TALKBACK_ASSIGN(const auto outcome, project->submit_and_wait(std::move(edit)));
  const auto sentences = session::describe(outcome.report.changes, project->session());
  for (const std::string& sentence : sentences) context.terminal.line(sentence);
  if (context.terminal.json) context.terminal.print_json({{"revision", outcome.revision}, {"changes", sentences}});
  return {};
}

}  // namespace

void add_version_commands(Commands& commands) {
  CLI::App* version = commands.add("version", "Named moments of a project, with their mixes");
  version->require_subcommand(1);
  auto options = std::make_shared<VersionOptions>();
  const auto add = [&](const char* verb, const char* help) {
    CLI::App* command = commands.add(verb, help, version);
    command->add_option("project", options->project, "PROJECT or PROJECT@BRANCH")->required();
    return command;
  };
  CLI::App* create_command = add("create", "Name this moment, and have its mix rendered");
  create_command->add_option("name", options->name, "Its name")->required();
  create_command->add_option("--note", options->note, "What it is about");
  create_command->add_option("--at", options->at, "A revision or branch (default: now)");
  create_command->add_flag("--no-render", options->no_render, "Without a mix, for now");
  commands.run(create_command, [options](Context& context) { return create(context, *options); });

  commands.run(add("list", "All versions, the newest first"),
               [options](Context& context) { return list(context, *options); });

  CLI::App* show_command = add("show", "One version");
  show_command->add_option("name", options->name, "Its name")->required();
  commands.run(show_command, [options](Context& context) { return show(context, *options); });

  CLI::App* render_command = add("render", "Get a version's mix, rendering it where that was not done");
  render_command->add_option("name", options->name, "Its name")->required();
  render_command->add_option("--out", options->out, "Folder for the file (default: this one)");
  commands.run(render_command, [options](Context& context) { return render(context, *options); });

  CLI::App* restore_command = add("restore", "Bring the session back to a version, or any moment, by an edit");
  restore_command->add_option("moment", options->name, "A version, a revision, or BRANCH:REVISION")->required();
  commands.run(restore_command, [options](Context& context) { return restore(context, *options); });
}

}  // namespace talkback::cli
