// talkback diff: what changed between two moments, in words, by whom; and how it sounds.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/rendering.hpp"
#include "client/project/ancestry.hpp"
#include "engine/mastering/audible_diff.hpp"
#include "engine/session/attribution.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/diff.hpp"
#include "engine/session/field_path.hpp"
#include "engine/session/state.hpp"

namespace talkback::cli {
namespace {

struct DiffOptions {
  std::string project;
  std::string from;
  std::string to;
  bool listen = false;
  std::string out = ".";
};

Result<session::Session> session_at(net::Api& api, const project::Place& place, const v1::Moment& moment) {
  TALKBACK_ASSIGN(const v1::SessionState state, api.session(project::branch_of(place, moment), moment.revision()));
  return session::from_state(state);
}

// Notes who did what on the way from one moment to a later one of its branch's history.
Result<void> note_authors(net::Api& api, const project::Place& place, const v1::Moment& from, const v1::Moment& to,
                          session::Attribution& attribution) {
  const net::BranchName branch = project::branch_of(place, to);
  if (from.revision() >= to.revision()) return {};
  TALKBACK_ASSIGN(const v1::SessionState state, api.session_before(branch, from.revision() + 1));
  TALKBACK_ASSIGN(session::Session session, session::from_state(state));
  return project::for_each_edit(api, branch, from.revision(), to.revision(),
                                [&](const v1::CommittedEdit& edit) -> Result<void> {
                                  TALKBACK_ASSIGN(const auto report, session::apply(session, edit.edit()));
                                  attribution.note(edit.author(), report.changes);
                                  return {};
                                });
}

Result<session::Attribution> authors_between(net::Api& api, const project::Place& place, const v1::BranchList& branches,
                                             const v1::Moment& from, const v1::Moment& to) {
  session::Attribution attribution;
  TALKBACK_ASSIGN(const v1::Moment base, project::parting_of(branches, from, to));
  TALKBACK_TRY(note_authors(api, place, base, from, attribution));
  // Last: who changed it on the way to the newer one counts.
  TALKBACK_TRY(note_authors(api, place, base, to, attribution));
  return attribution;
}

nlohmann::json json_of(const session::Change& change) {
  const v1::Object& object = change.after ? *change.after : *change.before;
  nlohmann::json json{{"object", to_string(session::id_of(object))},
                      {"noun", session::noun_of(object)},
                      {"kind", !change.before  ? "added"
                               : !change.after ? "deleted"
                                               : "changed"}};
  if (change.before && change.after && session::is_same_kind(*change.before, *change.after))
    for (const session::FieldPath& path : session::differing_leaves(*change.before, *change.after))
      json["fields"].push_back(path.text());
  return json;
}

Result<void> listen(Context& context, net::Api& api, const project::Place& place, const v1::Moment& from,
                    const v1::Moment& to, const DiffOptions& options, nlohmann::json& json) {
  const std::filesystem::path out = std::filesystem::absolute(options.out);
  v1::RenderSettings settings;
  settings.set_kind(v1::RenderSettings::MIX);
  const auto render = [&](const v1::Moment& moment, const char* name) -> Result<std::filesystem::path> {
    const LocalOptions where{.out = out / name, .threads = 0, .no_cache = false};
    TALKBACK_ASSIGN(const Rendered rendered, render_moment_here(context, api, project::branch_of(place, moment),
                                                                moment.revision(), settings, where));
    if (rendered.artifacts.empty()) return Error{ErrorCode::internal, "the render made no file"};
    return where.out / rendered.artifacts.front().name();
  };
  TALKBACK_ASSIGN(const std::filesystem::path before, render(from, "before"));
  TALKBACK_ASSIGN(const std::filesystem::path after, render(to, "after"));
  TALKBACK_ASSIGN(const mastering::AudibleDiff diff, mastering::write_audible_diff(before, after, out));
  json["listen"] = {{"before", diff.before.string()},
                    {"after", diff.after.string()},
                    {"difference", diff.difference.string()},
                    {"gain_db", diff.gain_db},
                    {"difference_peak_dbfs", diff.difference_peak_dbfs}};
  char text[160];
  context.terminal.line("before      " + diff.before.string());
  std::snprintf(text, sizeof text, "   (%+.2f dB, to the loudness of \"before\")", diff.gain_db);
  context.terminal.line("after       " + diff.after.string() + text);
  std::snprintf(text, sizeof text, "   (peak %.1f dBFS)", diff.difference_peak_dbfs);
  context.terminal.line("difference  " + diff.difference.string() + text);
  return {};
}

Result<void> diff(Context& context, const DiffOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  TALKBACK_ASSIGN(const v1::Moment from, project::find_moment(api, place, options.from));
  TALKBACK_ASSIGN(const v1::Moment to, project::find_moment(api, place, options.to));
  TALKBACK_ASSIGN(const v1::BranchList branches, api.branches(place.project.id()));
  TALKBACK_ASSIGN(const session::Session before, session_at(api, place, from));
  TALKBACK_ASSIGN(const session::Session after, session_at(api, place, to));
  TALKBACK_ASSIGN(const auto attribution, authors_between(api, place, branches, from, to));
  const session::Wording wording(before, after);
  nlohmann::json json{{"from", project::moment_text(branches, from)},
                      {"to", project::moment_text(branches, to)},
                      {"authors", nlohmann::json::array()}};
  context.terminal.line(project::moment_text(branches, from) + " -> " + project::moment_text(branches, to));
  const auto parts = attribution.split(session::diff(before, after));
  for (const auto& [author, changes] : parts) {
    nlohmann::json part{{"author", author}, {"sentences", wording.describe(changes)}};
    for (const session::Change& change : changes) part["changes"].push_back(json_of(change));
    context.terminal.line(author.empty() ? "(follows from other changes)" : author);
    for (const std::string& sentence : wording.describe(changes)) context.terminal.line("  " + sentence);
    json["authors"].push_back(std::move(part));
  }
  if (parts.empty()) context.terminal.line("The two are the same.");
  if (options.listen) TALKBACK_TRY(listen(context, api, place, from, to, options, json));
  if (context.terminal.json) context.terminal.print_json(json);
  return {};
}

}  // namespace

void add_diff_command(Commands& commands) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App* command = commands.add("diff", "What changed between two moments, in words and by author");
  command->footer("A moment is a revision (57), a version or a branch by name, BRANCH:57, or head.\n");
  command->add_option("project", options->project, "PROJECT or PROJECT@BRANCH")->required();
  command->add_option("from", options->from, "A moment")->required();
  command->add_option("to", options->to, "A moment (default: head)");
  command->add_flag("--listen", options->listen,
                    "Render both here, at equal loudness, and their difference, into the folder --out");
  command->add_option("--out", options->out, "Folder for the sounds (default: this one)");
  commands.run(command, [options](Context& context) { return diff(context, *options); });
}

}  // namespace talkback::cli
