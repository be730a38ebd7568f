// talkback undo, redo, revert: taking edits back.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/project/undo_history.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/undo.hpp"

namespace talkback::cli {
namespace {

enum class Step { undo, redo, revert };

// What happened to one edit.
struct TakenBack {
  std::uint64_t revision = 0;      // of the edit that is taken back
  std::uint64_t new_revision = 0;  // 0: nothing of it could be taken back
  std::vector<std::string> changes;
  std::vector<std::string> left;
};

class UndoSteps {
 public:
  UndoSteps(Context& context, net::Api& api, project::OpenProject& project)
      : context_(context), api_(api), project_(project) {}

  // The next of the person's edits that can be taken back; those that cannot are passed over and named. nullopt: there
  // is none.
  Result<std::optional<TakenBack>> next(Step step) {
    while (true) {
      TALKBACK_ASSIGN(const project::UndoHistory history,
                      project::read_undo_history(api_, project_.branch(), project_.sync().replica().revision(),
                                                 project_.sync().welcome().user(), passed_));
      const auto& wanted = step == Step::undo ? history.next_undo() : history.next_redo();
      if (!wanted) return std::optional<TakenBack>();
      TALKBACK_ASSIGN(TakenBack done, take_back(step, wanted->revision()));
      tell(done);
      if (done.new_revision != 0) return std::optional(std::move(done));
      passed_.insert(wanted->revision());
    }
  }

  Result<TakenBack> take_back(Step step, std::uint64_t revision) {
    TALKBACK_ASSIGN(const project::PastEdit past, project::read_past_edit(api_, project_.branch(), revision));
    TakenBack done{.revision = revision, .new_revision = 0, .changes = {}, .left = {}};
    auto undo = session::undo_of(project_.session(), past.changes);
    if (!undo) {
      done.left.push_back(undo.error().message);
      return done;
    }
    done.left = std::move(undo->left);
    if (undo->edit.operations().empty()) return done;
    if (step == Step::undo) undo->edit.set_undoes(revision);
    if (step == Step::redo) undo->edit.set_redoes(revision);
    if (step == Step::revert) undo->edit.set_reverts(revision);
    TALKBACK_ASSIGN(const auto outcome, project_.submit_and_wait(std::move(undo->edit)));
    done.new_revision = outcome.revision;
    done.changes = session::describe(outcome.report.changes, project_.session());
    return done;
  }

  void tell(const TakenBack& done) const {
    const std::string number = std::to_string(done.revision);
    if (done.new_revision == 0) context_.terminal.warn("nothing of revision " + number + " could be taken back");
    for (const std::string& reason : done.left) context_.terminal.warn(reason + "; left as it is");
    for (const std::string& change : done.changes) context_.terminal.line(change);
  }

 private:
  Context& context_;
  net::Api& api_;
  project::OpenProject& project_;
  std::set<std::uint64_t> passed_;
};

nlohmann::json json_of(const TakenBack& done) {
  return {
      {"takes_back", done.revision}, {"revision", done.new_revision}, {"changes", done.changes}, {"left", done.left}};
}

Result<void> run_steps(Context& context, Step step, const std::string& name, int count) {
  TALKBACK_ASSIGN(const auto project, context.join_project(name));
  TALKBACK_ASSIGN(net::Api api, context.api());
  UndoSteps steps(context, api, *project);
  nlohmann::json json = nlohmann::json::array();
  for (int i = 0; i < count; ++i) {
    TALKBACK_ASSIGN(const auto done, steps.next(step));
    if (!done && i == 0)
      return Error{ErrorCode::not_found,
                   step == Step::undo
                       ? "there is nothing of yours to undo; \"talkback revert\" takes back the edits of others"
                       : "there is nothing to redo"};
    if (!done) break;
    json.push_back(json_of(*done));
  }
  if (context.terminal.json) context.terminal.print_json(json);
  return {};
}

Result<void> revert(Context& context, const std::string& name, std::uint64_t revision) {
  TALKBACK_ASSIGN(const auto project, context.join_project(name));
  TALKBACK_ASSIGN(net::Api api, context.api());
  UndoSteps steps(context, api, *project);
  TALKBACK_ASSIGN(const TakenBack done, steps.take_back(Step::revert, revision));
  steps.tell(done);
  if (done.new_revision == 0)
    return Error{ErrorCode::conflict, "nothing is left of revision " + std::to_string(revision) +
                                          " that could be taken back; the session is as it was"};
  if (context.terminal.json) context.terminal.print_json(json_of(done));
  return {};
}

void add_steps(Commands& commands, Step step, const char* verb, const char* what) {
  auto name = std::make_shared<std::string>();
  auto count = std::make_shared<int>(1);
  CLI::App* command = commands.add(verb, what);
  command->add_option("project", *name, "Name or id")->required();
  command->add_option("--count", *count, "How many edits (default 1)")->check(CLI::Range(1, 1000));
  commands.run(command, [=](Context& context) { return run_steps(context, step, *name, *count); });
}

}  // namespace

void add_undo_commands(Commands& commands) {
  add_steps(commands, Step::undo, "undo", "Take back your newest edit; what others did since stays");
  add_steps(commands, Step::redo, "redo", "Take back your newest undo");
  auto name = std::make_shared<std::string>();
  auto revision = std::make_shared<std::uint64_t>(0);
  CLI::App* command = commands.add("revert", "Take back any edit, also somebody else's");
  command->add_option("project", *name, "Name or id")->required();
  command->add_option("revision", *revision, "As \"talkback history\" shows it")->required();
  commands.run(command, [=](Context& context) { return revert(context, *name, *revision); });
}

}  // namespace talkback::cli
