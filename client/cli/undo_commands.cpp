// talkback undo, redo, revert: taking edits back, also without the server.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/offline_edit.hpp"
#include "client/project/local_history.hpp"
#include "client/project/undo_history.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/undo.hpp"

namespace talkback::cli {
namespace {

enum class Step { undo, redo, revert };

// What happened to one edit.
struct TakenBack {
  std::uint64_t revision = 0;      // of the edit that is taken back; 0: it waits on this machine
  std::uint64_t new_revision = 0;  // 0: it waits, or there was nothing to take back
  bool is_done = false;
  std::vector<std::string> changes;
  std::vector<std::string> left;
};

class UndoSteps {
 public:
  UndoSteps(Context& context, net::Api& api, EditableProject& editable, std::string user)
      : context_(context), api_(api), editable_(editable), project_(*editable.project), user_(std::move(user)) {}

  // The next of the person's edits that can be taken back; those that cannot are passed over and named. nullopt: there
  // is none.
  Result<std::optional<TakenBack>> next(Step step) {
    while (true) {
      TALKBACK_ASSIGN(const std::optional<project::PastEdit> past, find(step));
      if (!past) return std::optional<TakenBack>();
      TALKBACK_ASSIGN(TakenBack done, take_back(step, *past));
      tell(done);
      if (done.is_done) return std::optional(std::move(done));
      passed_.insert(past->edit.edit().edit_id());
    }
  }

  Result<TakenBack> revert(std::uint64_t revision) {
    TALKBACK_ASSIGN(const project::PastEdit past, edit_of_revision(revision));
    return take_back(Step::revert, past);
  }

  void tell(const TakenBack& done) const {
    const std::string which =
        done.revision == 0 ? "the edit that waits here" : "revision " + std::to_string(done.revision);
    if (!done.is_done) context_.terminal.warn("nothing of " + which + " could be taken back");
    for (const std::string& reason : done.left) context_.terminal.warn(reason + "; left as it is");
    for (const std::string& change : done.changes) context_.terminal.line(change);
  }

  // Whether everything is on the server; the error tells that it is not, and that nothing is lost.
  Result<void> outcome() const {
    return editable_.offline ? Result<void>(kept_for_later(*editable_.offline)) : Result<void>();
  }

 private:
  Result<std::optional<project::PastEdit>> find(Step step) {
    const auto chosen = [&](const project::UndoHistory& history) {
      return step == Step::undo ? history.next_undo() : history.next_redo();
    };
    if (!editable_.offline) {
      TALKBACK_ASSIGN(
          const project::UndoHistory history,
          project::read_undo_history(api_, project_.branch(), project_.sync().replica().revision(), user_, passed_));
      const auto wanted = chosen(history);
      if (!wanted) return std::optional<project::PastEdit>();
      TALKBACK_ASSIGN(project::PastEdit past, project::read_past_edit(api_, project_.branch(), wanted->revision()));
      return std::optional(std::move(past));
    }
    TALKBACK_ASSIGN(project::LocalHistory local, project::read_local_history(project_, user_));
    const project::UndoHistory history = project::look_through(local, user_, passed_);
    const auto wanted = chosen(history);
    if (!wanted && !local.is_whole && !(step == Step::redo && history.knows_redo())) return not_known_here();
    if (!wanted) return std::optional<project::PastEdit>();
    for (project::PastEdit& past : local.edits)
      if (past.edit.edit().edit_id() == wanted->edit().edit_id()) return std::optional(std::move(past));
    return std::optional<project::PastEdit>();
  }

  Result<project::PastEdit> edit_of_revision(std::uint64_t revision) {
    if (!editable_.offline) return project::read_past_edit(api_, project_.branch(), revision);
    TALKBACK_ASSIGN(project::LocalHistory local, project::read_local_history(project_, user_));
    for (project::PastEdit& past : local.edits)
      if (past.edit.revision() == revision && revision != 0) return std::move(past);
    if (revision > project_.sync().replica().revision() || revision == 0)
      return Error{ErrorCode::not_found, "there is no edit with the revision " + std::to_string(revision) + " here"};
    return not_known_here();
  }

  Error not_known_here() const {
    return {
        ErrorCode::unavailable,
        editable_.offline->message +
            "; this machine does not know what was edited earlier: that can be taken back when the server is there"};
  }

  Result<TakenBack> take_back(Step step, const project::PastEdit& past) {
    TakenBack done{.revision = past.edit.revision(), .new_revision = 0, .is_done = false, .changes = {}, .left = {}};
    auto undo = session::undo_of(project_.session(), past.changes, project_.sync().performer());
    if (!undo) {
      done.left.push_back(undo.error().message);
      return done;
    }
    done.left = std::move(undo->left);
    if (undo->edit.operations().empty()) return done;
    name_target(step, past.edit, undo->edit);
    TALKBACK_ASSIGN(const auto outcome, submit_take_back(context_, editable_, std::move(undo->edit),
                                                         {.changes = past.changes, .left = done.left}));
    done.is_done = true;
    done.new_revision = outcome.revision;
    done.changes = session::describe(outcome.report.changes, project_.session());
    return done;
  }

  static void name_target(Step step, const v1::CommittedEdit& target, v1::Edit& edit) {
    const bool waits = target.revision() == 0;
    if (step == Step::undo && waits) edit.set_undoes_edit(target.edit().edit_id());
    if (step == Step::undo && !waits) edit.set_undoes(target.revision());
    if (step == Step::redo && waits) edit.set_redoes_edit(target.edit().edit_id());
    if (step == Step::redo && !waits) edit.set_redoes(target.revision());
    if (step == Step::revert) edit.set_reverts(target.revision());
  }

  Context& context_;
  net::Api& api_;
  EditableProject& editable_;
  project::OpenProject& project_;
  std::string user_;
  std::set<std::string> passed_;
};

nlohmann::json json_of(const TakenBack& done) {
  return {{"takes_back", done.revision},
          {"revision", done.new_revision},
          {"waits", done.is_done && done.new_revision == 0},
          {"changes", done.changes},
          {"left", done.left}};
}

Result<void> run_steps(Context& context, Step step, const std::string& name, int count) {
  TALKBACK_ASSIGN(EditableProject editable, open_for_edit(context, name));
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Credentials signed_in, context.credentials());
  UndoSteps steps(context, api, editable, signed_in.user);
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
  return steps.outcome();
}

Result<void> revert(Context& context, const std::string& name, std::uint64_t revision) {
  TALKBACK_ASSIGN(EditableProject editable, open_for_edit(context, name));
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Credentials signed_in, context.credentials());
  UndoSteps steps(context, api, editable, signed_in.user);
  TALKBACK_ASSIGN(const TakenBack done, steps.revert(revision));
  steps.tell(done);
  if (!done.is_done)
    return Error{ErrorCode::conflict, "nothing is left of revision " + std::to_string(revision) +
                                          " that could be taken back; the session is as it was"};
  if (context.terminal.json) context.terminal.print_json(json_of(done));
  return steps.outcome();
}

void add_steps(Commands& commands, Step step, const char* verb, const char* what) {
  auto name = std::make_shared<std::string>();
  auto count = std::make_shared<int>(1);
  CLI::App* command = commands.add(verb, what);
  command->add_option("project", *name, "PROJECT or PROJECT@BRANCH")->required();
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
  command->add_option("project", *name, "PROJECT or PROJECT@BRANCH")->required();
  command->add_option("revision", *revision, "As \"talkback history\" shows it")->required();
  commands.run(command, [=](Context& context) { return revert(context, *name, *revision); });
}

}  // namespace talkback::cli
