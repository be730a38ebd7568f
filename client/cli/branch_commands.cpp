// talkback branch create | list | merge: other lines of a project, to try things in.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/merge_text.hpp"
#include "client/project/ancestry.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/state.hpp"

namespace talkback::cli {
namespace {

struct BranchOptions {
  std::string project;
  std::string name;
  std::string at;
  Decisions decisions;
  bool ours = false;
  bool theirs = false;
  bool dry_run = false;
};

nlohmann::json json_of(const v1::Branch& branch, const v1::BranchList& branches) {
  nlohmann::json json{{"id", branch.id()},
                      {"name", branch.name()},
                      {"head", branch.head_revision()},
                      {"author", branch.author()},
                      {"created_unix_ms", branch.created_unix_ms()},
                      {"suggestion", branch.is_suggestion()},
                      {"base", nullptr}};
  if (branch.has_base()) json["base"] = project::moment_text(branches, branch.base());
  return json;
}

Result<void> create(Context& context, const BranchOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  v1::NewBranch wanted;
  wanted.set_name(options.name);
  TALKBACK_ASSIGN(*wanted.mutable_base(), project::find_moment(api, place, options.at));
  TALKBACK_ASSIGN(const v1::Branch branch, api.create_branch(place.project.id(), wanted));
  TALKBACK_ASSIGN(const v1::BranchList branches, api.branches(place.project.id()));
  context.terminal.line("Branch \"" + branch.name() + "\" begins at " + project::moment_text(branches, branch.base()) +
                        ". Work on it as \"" + place.project.name() + "@" + branch.name() + "\".");
  if (context.terminal.json) context.terminal.print_json(json_of(branch, branches));
  return {};
}

Result<void> list(Context& context, const BranchOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  TALKBACK_ASSIGN(const v1::BranchList branches, api.branches(place.project.id()));
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const v1::Branch& branch : branches.branches()) {
    json.push_back(json_of(branch, branches));
    rows.push_back({branch.name(), branch.has_base() ? project::moment_text(branches, branch.base()) : "",
                    std::to_string(branch.head_revision()), branch.author(), time_text(branch.created_unix_ms())});
  }
  if (context.terminal.json)
    context.terminal.print_json(json);
  else
    context.terminal.table({"BRANCH", "BEGAN AT", "HEAD", "WHO", "TIME"}, rows);
  return {};
}

Error undecided(std::size_t count) {
  return {ErrorCode::conflict,
          std::to_string(count) + (count == 1 ? " change meets" : " changes meet") +
              " other work; nothing was merged. Decide with --take NUMBER=ours or NUMBER=theirs, or "
              "all with --ours or --theirs"};
}

Result<void> merge(Context& context, const BranchOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Place into, context.find_place(options.project));
  TALKBACK_ASSIGN(const v1::BranchList branches, api.branches(into.project.id()));
  TALKBACK_ASSIGN(const v1::Branch from, project::find_branch(branches, options.name));
  if (from.id() == into.branch.id())
    return Error{ErrorCode::invalid, "\"" + from.name() + "\" cannot be merged into itself; say into which branch: " +
                                         into.project.name() + "@BRANCH"};
  TALKBACK_ASSIGN(const auto project, context.join_project(into));
  v1::Moment theirs_at;
  theirs_at.set_branch_id(from.id());
  theirs_at.set_revision(from.head_revision());
  v1::Moment ours_at;
  ours_at.set_branch_id(into.branch.id());
  ours_at.set_revision(project->sync().replica().revision());
  TALKBACK_ASSIGN(const v1::Moment base_at,
                  project::common_ancestor(api, into.project.id(), branches, ours_at, theirs_at));
  TALKBACK_ASSIGN(const v1::SessionState base_state,
                  api.session(project::branch_of(into, base_at), base_at.revision()));
  TALKBACK_ASSIGN(const v1::SessionState theirs_state,
                  api.session(project::branch_of(into, theirs_at), theirs_at.revision()));
  TALKBACK_ASSIGN(const session::Session base, session::from_state(base_state));
  TALKBACK_ASSIGN(const session::Session theirs, session::from_state(theirs_state));
  const session::Session ours = project->session();
  const session::Merge merge(base, ours, theirs);

  Decisions decisions = options.decisions;
  if (options.ours) decisions.rule = Decisions::Rule::ours;
  if (options.theirs) decisions.rule = Decisions::Rule::theirs;
  TALKBACK_ASSIGN(const Decided decided, decide(merge.items(), decisions));
  nlohmann::json json{{"from", project::moment_text(branches, theirs_at)},
                      {"base", project::moment_text(branches, base_at)},
                      {"items", cli::json_of(merge.items())},
                      {"revision", nullptr}};
  context.terminal.line(project::moment_text(branches, theirs_at) + " into " + into.branch.name() + ", since " +
                        project::moment_text(branches, base_at));
  if (merge.items().empty())
    context.terminal.line("There is nothing that \"" + into.branch.name() + "\" does not have.");
  print_items(context, merge.items());
  const bool stops = !decided.open.empty() || options.dry_run || merge.items().empty();
  if (!stops) {
    TALKBACK_ASSIGN(v1::Edit edit, merge.edit_of(decided.taken));
    *edit.mutable_merges()->mutable_from() = theirs_at;
    edit.set_summary("merge of " + from.name());
    TALKBACK_ASSIGN(const auto outcome, project->submit_and_wait(std::move(edit)));
    json["revision"] = outcome.revision;
    context.terminal.line("Merged: " + into.branch.name() + ":" + std::to_string(outcome.revision) + ", " +
                          std::to_string(decided.taken.size()) + " taken, " + std::to_string(decided.left.size()) +
                          " left as they were.");
  }
  if (!decided.open.empty() && !options.dry_run) {
    if (context.terminal.json) context.terminal.print_json(json);
    return undecided(decided.open.size());
  }
  if (context.terminal.json) context.terminal.print_json(json);
  return {};
}

}  // namespace

void add_branch_commands(Commands& commands) {
  CLI::App* branch = commands.add("branch", "Other lines of a project, to try things in");
  branch->require_subcommand(1);
  auto options = std::make_shared<BranchOptions>();

  CLI::App* create_command = commands.add("create", "Begin a branch here, or at an older moment", branch);
  create_command->add_option("project", options->project, "PROJECT or PROJECT@BRANCH")->required();
  create_command->add_option("name", options->name, "Its name")->required();
  create_command->add_option("--at", options->at, "A revision or version (default: now)");
  commands.run(create_command, [options](Context& context) { return create(context, *options); });

  CLI::App* list_command = commands.add("list", "All branches", branch);
  list_command->add_option("project", options->project, "Name or id")->required();
  commands.run(list_command, [options](Context& context) { return list(context, *options); });

  CLI::App* merge_command = commands.add("merge", "Bring over what a branch did", branch);
  merge_command->add_option("project", options->project, "Into: PROJECT (its main branch) or PROJECT@BRANCH")
      ->required();
  merge_command->add_option("branch", options->name, "The branch to merge")->required();
  merge_command->add_option("--take", options->decisions.single, "Decide a conflict: NUMBER=ours or NUMBER=theirs");
  auto* ours = merge_command->add_flag("--ours", options->ours, "Other conflicts: leave things as they are here");
  merge_command->add_flag("--theirs", options->theirs, "Other conflicts: take the branch's side")->excludes(ours);
  merge_command->add_flag("--dry-run", options->dry_run, "Only show what would be merged");
  commands.run(merge_command, [options](Context& context) { return merge(context, *options); });
}

}  // namespace talkback::cli
