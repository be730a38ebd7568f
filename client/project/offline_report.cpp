#include "client/project/offline_report.hpp"

#include <map>
#include <set>
#include <unordered_map>

#include "client/project/ancestry.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/diff.hpp"
#include "engine/session/field_path.hpp"

namespace talkback::project {
namespace {

// From so many edits on nobody reads such a report; the log has it all.
constexpr std::uint64_t kEditsLookedAtMax = 20'000;
constexpr std::size_t kMetMax = 200;

std::string joined(const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences) text += (text.empty() ? "" : "; ") + sentence;
  return text;
}

// What others did to one field or object while we were away.
struct Others {
  std::string author;
  std::uint64_t revision = 0;
  session::Change change;
};

// Follows the history from where this machine left it.
class Meeting {
 public:
  Meeting(session::Session since, std::set<std::string> own_ids)
      : session_(std::move(since)), own_ids_(std::move(own_ids)) {}

  Result<void> look_at(const v1::CommittedEdit& committed) {
    TALKBACK_ASSIGN(const session::ApplyReport report, session::apply(session_, committed.edit()));
    if (own_ids_.contains(committed.edit().edit_id()))
      compare(committed, report);
    else
      note(committed, report);
    return {};
  }

  std::vector<std::string> take_met() { return std::move(met_); }

 private:
  static std::string key(const v1::Object& object) { return to_string(session::id_of(object)); }

  // One change for each field, and its key.
  template <class Visit>
  static void for_each_field(const std::vector<session::Change>& changes, Visit visit) {
    for (const session::Change& change : changes) {
      if (!change.before || !change.after || !session::is_same_kind(*change.before, *change.after)) continue;
      for (const session::FieldPath& path : session::differing_leaves(*change.before, *change.after)) {
        auto only = std::make_shared<v1::Object>(*change.before);
        auto* holder = path.mutable_holder(*only);
        if (holder == nullptr) continue;
        session::copy_leaf(path.holder(*change.after), *holder, path.leaf());
        visit(key(*change.after) + "." + path.text(), session::Change{change.before, std::move(only)});
      }
    }
  }

  void note(const v1::CommittedEdit& committed, const session::ApplyReport& report) {
    const auto remember = [&](const std::string& name, const session::Change& change) {
      by_others_[name] = {committed.author(), committed.revision(), change};
    };
    for_each_field(report.changes, remember);
    for (const session::Change& change : report.changes)
      if (change.before && !change.after) remember(key(*change.before), change);
  }

  void compare(const v1::CommittedEdit& committed, const session::ApplyReport& report) {
    for_each_field(report.changes, [&](const std::string& name, const session::Change& change) {
      const auto others = by_others_.find(name);
      if (others == by_others_.end() || met_.size() >= kMetMax) return;
      met_.push_back(text_of(others->second) +
                     " while you were away; yours came later and stands: " + words_of(change));
    });
    for (const session::Skipped& skipped : report.skipped) {
      const v1::Operation& operation = committed.edit().operations(skipped.operation);
      const ObjectId id{operation.has_update() ? operation.update().values().id() : operation.delete_id()};
      const auto others = by_others_.find(to_string(id));
      if (met_.size() >= kMetMax) return;
      met_.push_back(others == by_others_.end()
                         ? "revision " + std::to_string(committed.revision()) + ": " + skipped.reason
                         : text_of(others->second) +
                               " while you were away; that stands, and your change of it did nothing");
    }
  }

  // Only for what met: words cost a copy of the session.
  std::string words_of(const session::Change& change) const { return joined(session::describe({change}, session_)); }

  std::string text_of(const Others& others) const {
    return others.author + " (revision " + std::to_string(others.revision) + "): " + words_of(others.change);
  }

  session::Session session_;
  std::set<std::string> own_ids_;
  std::unordered_map<std::string, Others> by_others_;
  std::vector<std::string> met_;
};

// What an edit was about, as this machine last saw the session.
std::string words_of(const session::Session& since, const v1::Edit& edit) {
  session::Session tried = since;
  const auto report = session::apply(tried, edit);
  if (report && !report->changes.empty()) return joined(session::describe(report->changes, tried));
  return edit.summary().empty() ? "an edit of " + std::to_string(edit.operations_size()) + " operations"
                                : edit.summary();
}

// Tells what an undo leaves; true where nothing of it was left to take back, so that it was not sent.
bool tell_renewed(const OpenProject::RenewedUndo& undo, const std::string& words, OfflineReport& report) {
  const bool is_gone = undo.edit.operations().empty();
  const char* what = is_gone ? "nothing of it can be taken back any more" : "not all of it can be taken back any more";
  if (is_gone || !undo.left.empty())
    report.left.push_back("your undo (" + words + "): " + what + (undo.left.empty() ? "" : ": ") + joined(undo.left));
  return is_gone;
}

}  // namespace

Result<OfflineReport> catch_up(OpenProject& project) {
  OfflineReport report;
  const replica::Replica& replica = project.sync().replica();
  const std::vector<v1::Edit> waiting(replica.pending().begin(), replica.pending().end());
  const session::Session since = replica.confirmed();
  const std::uint64_t since_revision = replica.revision();
  TALKBACK_TRY(project.join());
  if (waiting.empty()) return report;
  TALKBACK_TRY(project.settle());

  std::set<std::string> own_ids;
  // Later ones build on earlier ones, and are told in their light.
  session::Session seen = since;
  for (const v1::Edit& edit : waiting) {
    own_ids.insert(edit.edit_id());
    const auto refusal = project.refusals().find(edit.edit_id());
    const auto renewed = project.renewed_undos().find(edit.edit_id());
    const bool is_gone =
        renewed != project.renewed_undos().end() && tell_renewed(renewed->second, words_of(seen, edit), report);
    if (refusal == project.refusals().end())
      report.sent += is_gone ? 0 : 1;
    else
      report.refused.push_back(words_of(seen, edit) + ": " + refusal->second.message);
    static_cast<void>(session::apply(seen, edit).has_value());
  }
  const std::uint64_t head = replica.revision();
  // A server that was restored from a backup may be behind; then there is no way from here to there.
  if (since_revision == 0 || head < since_revision || head - since_revision > kEditsLookedAtMax) return report;
  Meeting meeting(since, own_ids);
  net::Api api = project.api();
  const auto followed = for_each_edit(api, project.branch(), since_revision, head,
                                      [&](const v1::CommittedEdit& edit) { return meeting.look_at(edit); });
  // The edits are safe either way: without the history there is only less to tell.
  if (followed) report.met = meeting.take_met();
  return report;
}

}  // namespace talkback::project
