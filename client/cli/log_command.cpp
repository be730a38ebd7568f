// talkback log: who changed what, when, in words.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "client/cli/commands.hpp"
#include "client/project/ancestry.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/limits.hpp"
#include "engine/session/state.hpp"

namespace talkback::cli {
namespace {

constexpr std::size_t kSentencesShown = 4;
// Read at a time, from the newest back.
constexpr std::uint64_t kEditsAtOnce = 500;

struct LogOptions {
  std::string project;
  std::size_t count = 50;
  std::string person;
  std::string track;
  std::string since;
  std::string until;
};

// What the options ask for, read.
struct Wanted {
  std::size_t count = 0;
  std::string person;
  std::string track;
  std::optional<std::int64_t> since_unix_ms;
  std::optional<std::int64_t> until_unix_ms;
};

std::string joined(const std::vector<std::string>& sentences) {
  std::string text;
  for (std::size_t i = 0; i < std::min(sentences.size(), kSentencesShown); ++i)
    text += (i == 0 ? "" : "; ") + sentences[i];
  if (sentences.size() > kSentencesShown)
    text += "; and " + std::to_string(sentences.size() - kSentencesShown) + " more";
  return text;
}

using Revisions = std::map<std::string, std::uint64_t>;  // of edits, by their ids

// What is known of an edit that was taken back before it had a revision.
std::string named(const Revisions& revisions, const std::string& edit_id) {
  const auto found = revisions.find(edit_id);
  return found == revisions.end() ? "an older edit" : std::to_string(found->second);
}

// What the edit was meant to be, before its changes.
std::string intent_of(const v1::Edit& edit, const Revisions& revisions) {
  switch (edit.takes_back_case()) {
    case v1::Edit::kUndoes:
      return "undo of " + std::to_string(edit.undoes());
    case v1::Edit::kRedoes:
      return "redo of what " + std::to_string(edit.redoes()) + " undid";
    case v1::Edit::kUndoesEdit:
      return "undo of " + named(revisions, edit.undoes_edit());
    case v1::Edit::kRedoesEdit:
      return "redo of what " + named(revisions, edit.redoes_edit()) + " undid";
    case v1::Edit::kReverts:
      return "revert of " + std::to_string(edit.reverts());
    case v1::Edit::TAKES_BACK_NOT_SET:
      break;
  }
  return edit.summary();
}

// The track itself, or what lies on it, is among what an edit changed; `after` is the session with the edit.
bool touches(const session::Session& after, const std::vector<session::Change>& changes, const std::string& track) {
  std::unordered_map<ObjectId, const v1::Object*> before;
  for (const session::Change& change : changes)
    if (change.before) before.emplace(session::id_of(*change.before), change.before.get());
  const auto is_on_track = [&](const v1::Object* object) {
    for (int depth = 0; object != nullptr && depth <= 2 * session::kTreeDepthMax; ++depth) {
      if (object->has_track() && (object->track().name() == track || to_string(session::id_of(*object)) == track))
        return true;
      const ObjectId parent = session::parent_of(*object);
      object = after.find(parent);
      // Deleted with what lay on it, or renamed.
      if (const auto old = before.find(parent); object == nullptr && old != before.end()) object = old->second;
    }
    return false;
  };
  return std::ranges::any_of(changes, [&](const session::Change& change) {
    return is_on_track(change.after.get()) || is_on_track(change.before.get());
  });
}

struct Entry {
  v1::CommittedEdit edit;
  std::vector<std::string> sentences;
};

// The wanted edits among those of revisions (begin, end], in order.
Result<std::vector<Entry>> read_page(net::Api& api, const net::BranchName& branch, std::uint64_t begin,
                                     std::uint64_t end, const Wanted& wanted) {
  std::vector<Entry> entries;
  // Words need the values before: the state from which these edits start.
  TALKBACK_ASSIGN(const v1::SessionState state, api.session_before(branch, begin + 1));
  TALKBACK_ASSIGN(session::Session session, session::from_state(state));
  TALKBACK_TRY(project::for_each_edit(api, branch, begin, end, [&](const v1::CommittedEdit& edit) -> Result<void> {
    const bool is_asked_for = (wanted.person.empty() || edit.author() == wanted.person) &&
                              (!wanted.since_unix_ms || edit.committed_unix_ms() >= *wanted.since_unix_ms) &&
                              (!wanted.until_unix_ms || edit.committed_unix_ms() <= *wanted.until_unix_ms);
    TALKBACK_ASSIGN(const session::ApplyReport report, session::apply(session, edit.edit()));
    if (is_asked_for && (wanted.track.empty() || touches(session, report.changes, wanted.track)))
      entries.push_back({edit, session::describe(report.changes, session)});
    return {};
  }));
  return entries;
}

Result<std::vector<Entry>> read_log(net::Api& api, const project::Place& place, const Wanted& wanted) {
  const bool is_filtered =
      !wanted.person.empty() || !wanted.track.empty() || wanted.since_unix_ms || wanted.until_unix_ms;
  std::vector<Entry> entries;
  std::uint64_t end = place.branch.head_revision();
  while (end > 0 && entries.size() < wanted.count) {
    const std::uint64_t step = is_filtered ? kEditsAtOnce : std::min<std::uint64_t>(wanted.count, kEditsAtOnce);
    const std::uint64_t begin = end > step ? end - step : 0;
    TALKBACK_ASSIGN(std::vector<Entry> page, read_page(api, place.name(), begin, end, wanted));
    entries.insert(entries.begin(), std::move_iterator(page.begin()), std::move_iterator(page.end()));
    end = begin;
    // Times go up with the revisions, but for a clock that was set back: what is older by more is not looked for.
    if (wanted.since_unix_ms && !page.empty() && page.front().edit.committed_unix_ms() < *wanted.since_unix_ms) break;
  }
  if (entries.size() > wanted.count)
    entries.erase(entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(wanted.count));
  return entries;
}

Result<void> log(Context& context, const LogOptions& options) {
  Wanted wanted{.count = options.count,
                .person = options.person,
                .track = options.track,
                .since_unix_ms = {},
                .until_unix_ms = {}};
  if (!options.since.empty()) {
    TALKBACK_ASSIGN(wanted.since_unix_ms, time_from(options.since));
  }
  if (!options.until.empty()) {
    TALKBACK_ASSIGN(wanted.until_unix_ms, time_from(options.until));
  }
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Place place, context.find_place(options.project));
  TALKBACK_ASSIGN(const std::vector<Entry> entries, read_log(api, place, wanted));
  Revisions revisions;
  for (const Entry& entry : entries) revisions[entry.edit.edit().edit_id()] = entry.edit.revision();
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const auto& [edit, sentences] : entries) {
    const std::string summary = intent_of(edit.edit(), revisions);
    rows.push_back({std::to_string(edit.revision()), time_text(edit.committed_unix_ms()), edit.author(),
                    summary.empty() ? joined(sentences) : summary + ": " + joined(sentences)});
    json.push_back({{"revision", edit.revision()},
                    {"author", edit.author()},
                    {"time_unix_ms", edit.committed_unix_ms()},
                    {"summary", summary},
                    {"changes", sentences}});
  }
  if (context.terminal.json)
    context.terminal.print_json(json);
  else if (rows.empty())
    context.terminal.line("No such edits.");
  else
    context.terminal.table({"REVISION", "TIME", "WHO", "WHAT"}, rows);
  return {};
}

}  // namespace

void add_log_command(Commands& commands) {
  auto options = std::make_shared<LogOptions>();
  CLI::App* command = commands.add("log", "The newest edits: who changed what, and when");
  command->alias("history");
  command->add_option("project", options->project, "PROJECT or PROJECT@BRANCH")->required();
  command->add_option("--count", options->count, "How many (default 50)")->check(CLI::Range(1, 100'000));
  command->add_option("--person", options->person, "Only edits by this user");
  command->add_option("--track", options->track, "Only edits of this track and what lies on it, by its name");
  command->add_option("--since", options->since, kTimeHelp);
  command->add_option("--until", options->until, kTimeHelp);
  commands.run(command, [options](Context& context) { return log(context, *options); });
}

}  // namespace talkback::cli
