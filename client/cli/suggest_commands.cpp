// talkback suggest create | list | show | accept | reject: changes that somebody offers, to be taken or left.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/changes.hpp"
#include "client/cli/commands.hpp"
#include "client/cli/merge_text.hpp"
#include "client/project/ancestry.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/state.hpp"

namespace talkback::cli {
namespace {

struct SuggestOptions {
  std::string project;
  std::uint64_t number = 0;
  std::string title;
  std::string note;
  std::vector<std::string> changes;
  std::vector<std::string> items;
  bool theirs = false;
};

std::string state_text(const v1::Suggestion& suggestion) {
  std::string text = v1::Suggestion::State_Name(suggestion.state());
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

nlohmann::json json_of(const v1::Suggestion& suggestion) {
  return {{"number", suggestion.number()},
          {"title", suggestion.title()},
          {"note", suggestion.note()},
          {"author", suggestion.branch().author()},
          {"branch", suggestion.branch().name()},
          {"state", state_text(suggestion)},
          {"answered_by", suggestion.answered_by()},
          {"answer", suggestion.answer()},
          {"created_unix_ms", suggestion.branch().created_unix_ms()}};
}

// A suggestion beside the branch that it is for, as that is now.
struct Comparison {
  v1::Suggestion suggestion;
  project::Place target;
  std::unique_ptr<project::OpenProject> project;
  session::Session base;
  session::Session ours;
  session::Session theirs;
};

Result<v1::Suggestion> find_suggestion(net::Api& api, const project::Place& place, std::uint64_t number) {
  TALKBACK_ASSIGN(const v1::SuggestionList list, api.suggestions(place.project.id()));
  for (const v1::Suggestion& suggestion : list.suggestions())
    if (suggestion.number() == number) return suggestion;
  return Error{ErrorCode::not_found, "there is no suggestion " + std::to_string(number) +
                                         "; see: talkback suggest list " + place.project.name()};
}

Result<Comparison> compare(Context& context, net::Api& api, const SuggestOptions& options) {
  Comparison found;
  TALKBACK_ASSIGN(found.target, context.find_place(options.project));
  const std::string& project = found.target.project.id();
  TALKBACK_ASSIGN(found.suggestion, find_suggestion(api, found.target, options.number));
  TALKBACK_ASSIGN(const v1::BranchList branches, api.branches(project));
  TALKBACK_ASSIGN(found.target.branch, project::find_branch(branches, found.suggestion.branch().base().branch_id()));
  TALKBACK_ASSIGN(found.project, context.join_project(found.target));
  v1::Moment theirs_at;
  theirs_at.set_branch_id(found.suggestion.branch().id());
  theirs_at.set_revision(found.suggestion.branch().head_revision());
  v1::Moment ours_at;
  ours_at.set_branch_id(found.target.branch.id());
  ours_at.set_revision(found.project->sync().replica().revision());
  TALKBACK_ASSIGN(const v1::Moment base_at, project::common_ancestor(api, project, branches, ours_at, theirs_at));
  TALKBACK_ASSIGN(const v1::SessionState base, api.session({project, base_at.branch_id()}, base_at.revision()));
  TALKBACK_ASSIGN(found.base, session::from_state(base));
  TALKBACK_ASSIGN(const v1::SessionState theirs, api.session({project, theirs_at.branch_id()}, theirs_at.revision()));
  TALKBACK_ASSIGN(found.theirs, session::from_state(theirs));
  found.ours = found.project->session();
  return found;
}

session::Merge merge_of(const Comparison& compared) {
  std::set<std::string> answered(compared.suggestion.taken_items().begin(), compared.suggestion.taken_items().end());
  answered.insert(compared.suggestion.rejected_items().begin(), compared.suggestion.rejected_items().end());
  return {compared.base, compared.ours, compared.theirs, answered};
}

Result<void> create(Context& context, const SuggestOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  // Read against what is there now before anything is made: a mistake leaves no empty suggestion behind.
  TALKBACK_ASSIGN(const v1::SessionState state, api.session(place.name(), 0));
  TALKBACK_ASSIGN(const session::Session session, session::from_state(state));
  TALKBACK_ASSIGN(v1::Edit edit, edit_from(session, options.changes));
  v1::NewSuggestion wanted;
  wanted.set_title(options.title);
  wanted.set_note(options.note);
  wanted.mutable_base()->set_branch_id(place.branch.id());
  wanted.mutable_base()->set_revision(state.revision());
  TALKBACK_ASSIGN(const v1::Suggestion suggestion, api.create_suggestion(place.project.id(), wanted));
  TALKBACK_ASSIGN(const auto project,
                  context.join_project(project::Place{.project = place.project, .branch = suggestion.branch()}));
  if (!edit.operations().empty()) {
    TALKBACK_ASSIGN(const auto outcome, project->submit_and_wait(std::move(edit)));
    for (const std::string& sentence : session::describe(outcome.report.changes, project->session()))
      context.terminal.line(sentence);
  }
  context.terminal.line("Suggestion " + std::to_string(suggestion.number()) +
                        " is made. Add to it with: talkback edit \"" + place.project.name() + "@" +
                        suggestion.branch().name() + "\" …");
  if (context.terminal.json) context.terminal.print_json(json_of(suggestion));
  return {};
}

Result<void> list(Context& context, const SuggestOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  TALKBACK_ASSIGN(const v1::SuggestionList suggestions, api.suggestions(place.project.id()));
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const v1::Suggestion& suggestion : suggestions.suggestions()) {
    json.push_back(json_of(suggestion));
    rows.push_back({std::to_string(suggestion.number()), suggestion.title(), suggestion.branch().author(),
                    time_text(suggestion.branch().created_unix_ms()), state_text(suggestion),
                    suggestion.answered_by().empty() ? "" : suggestion.answered_by() + ": " + suggestion.answer()});
  }
  if (context.terminal.json)
    context.terminal.print_json(json);
  else if (rows.empty())
    context.terminal.line("No suggestions yet; make one with: talkback suggest create PROJECT TITLE CHANGES…");
  else
    context.terminal.table({"NUMBER", "TITLE", "WHO", "TIME", "STATE", "ANSWER"}, rows);
  return {};
}

Result<void> show(Context& context, const SuggestOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const Comparison compared, compare(context, api, options));
  const v1::Suggestion& suggestion = compared.suggestion;
  const session::Merge merge = merge_of(compared);
  context.terminal.line(suggestion.title() + "  (" + state_text(suggestion) + ", by " + suggestion.branch().author() +
                        ", for " + compared.target.branch.name() + ")");
  if (!suggestion.note().empty()) context.terminal.line(suggestion.note());
  print_items(context, merge.items());
  if (merge.items().empty()) context.terminal.line("Nothing of it is left to take.");
  const std::string name = compared.target.project.name();
  context.terminal.note("Hear it: talkback render mix \"" + name + "@" + suggestion.branch().name() +
                        "\"; beside now: talkback diff \"" + name + "\" head " + suggestion.branch().name() +
                        " --listen");
  nlohmann::json json = json_of(suggestion);
  json["items"] = cli::json_of(merge.items());
  if (context.terminal.json) context.terminal.print_json(json);
  return {};
}

std::vector<std::string> keys_of(const std::vector<session::MergeItem>& items, const std::vector<std::size_t>& chosen) {
  std::vector<std::string> keys;
  for (const std::size_t item : chosen) keys.insert(keys.end(), items[item].keys.begin(), items[item].keys.end());
  return keys;
}

// With the items that come along.
std::vector<std::size_t> with_needs(const std::vector<session::MergeItem>& items, std::vector<std::size_t> chosen) {
  std::set<std::size_t> all(chosen.begin(), chosen.end());
  for (const std::size_t item : chosen) all.insert(items[item].needs.begin(), items[item].needs.end());
  return {all.begin(), all.end()};
}

Result<std::vector<std::size_t>> items_to_take(const std::vector<session::MergeItem>& items,
                                               const SuggestOptions& options) {
  if (!options.items.empty()) {
    TALKBACK_ASSIGN(std::vector<std::size_t> chosen, items_from(options.items, items.size()));
    return with_needs(items, std::move(chosen));
  }
  Decisions decisions;
  decisions.rule = options.theirs ? Decisions::Rule::theirs : Decisions::Rule::none;
  TALKBACK_ASSIGN(Decided decided, decide(items, decisions));
  return std::move(decided.taken);
}

bool is_answered(const v1::Suggestion& suggestion, const v1::SuggestionAnswer& answer) {
  if (answer.taken_items().empty()) return false;
  if (answer.state() == v1::Suggestion::ACCEPTED) return suggestion.state() == v1::Suggestion::ACCEPTED;
  const auto is_taken = [&](const std::string& item) {
    return std::ranges::find(suggestion.taken_items(), item) != suggestion.taken_items().end();
  };
  return std::ranges::all_of(answer.taken_items(), is_taken);
}

Result<void> accept(Context& context, const SuggestOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const Comparison compared, compare(context, api, options));
  const session::Merge merge = merge_of(compared);
  TALKBACK_ASSIGN(const auto chosen, items_to_take(merge.items(), options));
  const bool is_all = chosen.size() == merge.items().size();
  nlohmann::json json{{"revision", nullptr}, {"taken", chosen.size()}, {"left", merge.items().size() - chosen.size()}};
  v1::SuggestionAnswer answer;
  answer.set_answer(options.note);
  answer.set_state(is_all ? v1::Suggestion::ACCEPTED : v1::Suggestion::OPEN);
  if (!chosen.empty()) {
    TALKBACK_ASSIGN(v1::Edit edit, merge.edit_of(chosen));
    v1::Merge& record = *edit.mutable_merges();
    record.mutable_from()->set_branch_id(compared.suggestion.branch().id());
    record.mutable_from()->set_revision(compared.suggestion.branch().head_revision());
    for (const std::string& key : keys_of(merge.items(), chosen)) {
      answer.add_taken_items(key);
      if (!is_all) record.add_items(key);
    }
    edit.set_summary("from suggestion " + std::to_string(options.number) + " of " +
                     compared.suggestion.branch().author());
    // One step on the server: the changes are taken and the suggestion is answered, or neither.
    record.mutable_suggestion()->set_closes(is_all);
    record.mutable_suggestion()->set_answer(options.note);
    TALKBACK_ASSIGN(const auto outcome, compared.project->submit_and_wait(std::move(edit)));
    json["revision"] = outcome.revision;
    for (const std::string& sentence : session::describe(outcome.report.changes, compared.project->session()))
      context.terminal.line(sentence);
  }
  TALKBACK_ASSIGN(v1::Suggestion answered, find_suggestion(api, compared.target, options.number));
  // Nothing was left to take, or an older server has ordered the edit alone.
  if (!is_answered(answered, answer)) {
    TALKBACK_ASSIGN(answered, api.answer_suggestion(compared.target.project.id(), options.number, answer));
  }
  json["state"] = state_text(answered);
  context.terminal.line("Suggestion " + std::to_string(options.number) + " is " + state_text(answered) +
                        (is_all ? "."
                                : ": " + std::to_string(merge.items().size() - chosen.size()) +
                                      " of its changes are not taken; see: talkback suggest show"));
  if (context.terminal.json) context.terminal.print_json(json);
  return {};
}

Result<void> reject(Context& context, const SuggestOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  v1::SuggestionAnswer answer;
  answer.set_answer(options.note);
  answer.set_state(v1::Suggestion::REJECTED);
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  if (!options.items.empty()) {
    TALKBACK_ASSIGN(const Comparison compared, compare(context, api, options));
    const session::Merge merge = merge_of(compared);
    TALKBACK_ASSIGN(const auto chosen, items_from(options.items, merge.items().size()));
    for (const std::string& key : keys_of(merge.items(), chosen)) answer.add_rejected_items(key);
    const std::set<std::size_t> distinct(chosen.begin(), chosen.end());
    if (distinct.size() < merge.items().size()) answer.set_state(v1::Suggestion::OPEN);
  }
  TALKBACK_ASSIGN(const v1::Suggestion answered, api.answer_suggestion(place.project.id(), options.number, answer));
  context.terminal.line("Suggestion " + std::to_string(options.number) + " is " + state_text(answered) + ".");
  if (context.terminal.json) context.terminal.print_json(json_of(answered));
  return {};
}

}  // namespace

void add_suggest_commands(Commands& commands) {
  CLI::App* suggest = commands.add("suggest", "Changes that somebody offers: to hear, to take, to leave");
  suggest->require_subcommand(1);
  auto options = std::make_shared<SuggestOptions>();
  const auto add = [&](const char* verb, const char* help) {
    CLI::App* command = commands.add(verb, help, suggest);
    command->add_option("project", options->project, "PROJECT or PROJECT@BRANCH")->required();
    return command;
  };
  CLI::App* create_command = add("create", "Offer changes; they touch nothing until they are accepted");
  create_command->add_option("title", options->title, "What it is about, in a few words")->required();
  create_command->add_option("changes", options->changes, "As behind \"talkback edit\"; more can be added later");
  create_command->add_option("--note", options->note, "Why");
  create_command->footer(kChangeExamples);
  commands.run(create_command, [options](Context& context) { return create(context, *options); });

  commands.run(add("list", "All suggestions, the newest first"),
               [options](Context& context) { return list(context, *options); });

  CLI::App* show_command = add("show", "What a suggestion would change, numbered");
  show_command->add_option("number", options->number, "Of the suggestion")->required();
  commands.run(show_command, [options](Context& context) { return show(context, *options); });

  CLI::App* accept_command = add("accept", "Take a suggestion, or single changes of it");
  accept_command->add_option("number", options->number, "Of the suggestion")->required();
  accept_command->add_option("items", options->items, "Numbers of changes (default: all that meet no other work)");
  accept_command->add_flag("--theirs", options->theirs, "Also those that meet other work");
  accept_command->add_option("--note", options->note, "An answer in words");
  commands.run(accept_command, [options](Context& context) { return accept(context, *options); });

  CLI::App* reject_command = add("reject", "Turn a suggestion down, or single changes of it; or withdraw your own");
  reject_command->add_option("number", options->number, "Of the suggestion")->required();
  reject_command->add_option("items", options->items, "Numbers of changes (default: all)");
  reject_command->add_option("--note", options->note, "An answer in words");
  commands.run(reject_command, [options](Context& context) { return reject(context, *options); });
}

}  // namespace talkback::cli
