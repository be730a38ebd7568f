#include "server/domain/suggestions.hpp"

#include <algorithm>

#include "engine/base/utf8.hpp"
#include "server/domain/policy.hpp"

namespace talkback::domain {

Result<void> check_items(const std::vector<std::string>& items) {
  if (items.size() > kItemsPerAnswerMax)
    return Error{ErrorCode::exhausted,
                 "at most " + std::to_string(kItemsPerAnswerMax) + " changes are answered at a time"};
  for (const std::string& item : items)
    if (item.empty() || item.size() > kItemKeyBytesMax || !is_utf8(item))
      return Error{ErrorCode::invalid, "a change of a suggestion is named by 1 to 200 bytes"};
  return {};
}

Result<Suggestion> Suggestions::create(const ProjectId& project, const User& author, const std::string& title,
                                       const std::string& note, const Moment& base) {
  if (title.empty() || title.size() > kSuggestionTitleBytesMax || !is_utf8(title))
    return Error{ErrorCode::invalid, "a suggestion's title has 1 to 100 bytes"};
  TALKBACK_TRY(check_note(note));
  Suggestion suggestion;
  suggestion.title = title;
  suggestion.note = note;
  TALKBACK_ASSIGN(suggestion.branch, branches_.prepare(project, author, {}, BranchKind::suggestion, base));
  return store_.add(std::move(suggestion), author.id);
}

Result<Suggestion> Suggestions::find(const ProjectId& project, std::uint64_t number) {
  TALKBACK_ASSIGN(auto suggestions, store_.list(project));
  const auto found = std::ranges::find(suggestions, number, &Suggestion::number);
  if (found == suggestions.end())
    return Error{ErrorCode::not_found, "this project has no suggestion " + std::to_string(number)};
  return std::move(*found);
}

Result<Suggestion> Suggestions::find_by_branch(const ProjectId& project, const BranchId& branch) {
  TALKBACK_ASSIGN(auto suggestions, store_.list(project));
  const auto found = std::ranges::find(suggestions, branch, [](const Suggestion& each) { return each.branch.id; });
  if (found == suggestions.end()) return Error{ErrorCode::not_found, "the branch " + branch + " is no suggestion"};
  return std::move(*found);
}

Result<Suggestion> Suggestions::answer(const ProjectId& project, const User& user, v1::Role role, std::uint64_t number,
                                       const Answer& answer) {
  TALKBACK_ASSIGN(const Suggestion suggestion, find(project, number));
  const bool withdraws = suggestion.branch.author == user.name && answer.state == v1::Suggestion::REJECTED &&
                         answer.taken_items.empty() && answer.rejected_items.empty();
  if (!withdraws) TALKBACK_TRY(check_allowed(Action::answer_suggestion, role));
  if (!v1::Suggestion::State_IsValid(answer.state) || answer.state == v1::Suggestion::STATE_UNSPECIFIED)
    return Error{ErrorCode::invalid, "an answer leaves a suggestion OPEN, ACCEPTED or REJECTED"};
  TALKBACK_TRY(check_note(answer.answer));
  TALKBACK_TRY(check_items(answer.taken_items));
  TALKBACK_TRY(check_items(answer.rejected_items));
  TALKBACK_TRY(store_.answer(suggestion, answer, user.id, clock_.now_unix_ms()));
  return find(project, number);
}

}  // namespace talkback::domain
