// talkback history: who changed what, in words.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/state.hpp"

namespace talkback::cli {
namespace {

constexpr std::size_t kSentencesShown = 4;

std::string joined(const std::vector<std::string>& sentences) {
  std::string text;
  for (std::size_t i = 0; i < std::min(sentences.size(), kSentencesShown); ++i)
    text += (i == 0 ? "" : "; ") + sentences[i];
  if (sentences.size() > kSentencesShown)
    text += "; and " + std::to_string(sentences.size() - kSentencesShown) + " more";
  return text;
}

// What the edit was meant to be, before its changes.
std::string intent_of(const v1::Edit& edit) {
  switch (edit.takes_back_case()) {
    case v1::Edit::kUndoes:
      return "undo of " + std::to_string(edit.undoes());
    case v1::Edit::kRedoes:
      return "redo of what " + std::to_string(edit.redoes()) + " undid";
    case v1::Edit::kReverts:
      return "revert of " + std::to_string(edit.reverts());
    case v1::Edit::TAKES_BACK_NOT_SET:
      break;
  }
  return edit.summary();
}

Result<void> history(Context& context, const std::string& name, std::uint64_t count) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const v1::Project project, context.find_project(name));
  const std::uint64_t after = project.head_revision() > count ? project.head_revision() - count : 0;
  TALKBACK_ASSIGN(const v1::CommittedBatch batch, api.history(project.id(), after, static_cast<int>(count)));
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  if (batch.edits_size() > 0) {
    // Words need the values before: the state from which these edits start.
    TALKBACK_ASSIGN(const v1::SessionState state, api.session_before(project.id(), batch.edits(0).revision()));
    TALKBACK_ASSIGN(session::Session session, session::from_state(state));
    for (const v1::CommittedEdit& edit : batch.edits()) {
      TALKBACK_ASSIGN(const session::ApplyReport report, session::apply(session, edit.edit()));
      const auto sentences = session::describe(report.changes, session);
      const std::string summary = intent_of(edit.edit());
      rows.push_back({std::to_string(edit.revision()), time_text(edit.committed_unix_ms()), edit.author(),
                      summary.empty() ? joined(sentences) : summary + ": " + joined(sentences)});
      json.push_back({{"revision", edit.revision()},
                      {"author", edit.author()},
                      {"time_unix_ms", edit.committed_unix_ms()},
                      {"summary", summary},
                      {"changes", sentences}});
    }
  }
  if (context.terminal.json)
    context.terminal.print_json(json);
  else
    context.terminal.table({"REVISION", "TIME", "WHO", "WHAT"}, rows);
  return {};
}

}  // namespace

void add_history_command(Commands& commands) {
  auto name = std::make_shared<std::string>();
  auto count = std::make_shared<std::uint64_t>(50);
  CLI::App* command = commands.add("history", "The newest edits, with their authors");
  command->add_option("project", *name, "Name or id")->required();
  command->add_option("--count", *count, "How many (default 50)")->check(CLI::Range(1, 1000));
  commands.run(command, [=](Context& context) { return history(context, *name, *count); });
}

}  // namespace talkback::cli
