// Suggestions: branches that somebody offers; taken as a whole, by single changes, or turned down.
//
// The branch of a suggestion is edited by its author alone. Taking it is an edit of the branch that it is for, made
// by whoever may make one; what was answered is kept here. [worker-thread]
#pragma once

#include <string>
#include <vector>

#include "server/domain/branches.hpp"
#include "server/domain/versions.hpp"
#include "talkback/v1/history.pb.h"

namespace talkback::domain {

inline constexpr std::size_t kSuggestionTitleBytesMax = 100;
inline constexpr std::size_t kItemKeyBytesMax = 200;
inline constexpr int kItemsPerAnswerMax = 1000;

struct Suggestion {
  std::uint64_t number = 0;
  std::string title;
  std::string note;
  Branch branch;
  v1::Suggestion::State state = v1::Suggestion::OPEN;
  std::string answered_by;
  std::int64_t answered_unix_ms = 0;
  std::string answer;
  std::vector<std::string> taken_items;
  std::vector<std::string> rejected_items;
};

struct Answer {
  v1::Suggestion::State state = v1::Suggestion::OPEN;
  std::string answer;
  std::vector<std::string> taken_items;
  std::vector<std::string> rejected_items;
};

class SuggestionStore {
 public:
  virtual ~SuggestionStore() = default;
  // Gives it its number and its branch the name; stores both in one step. exhausted: too many branches.
  virtual Result<Suggestion> add(Suggestion suggestion, UserId author) = 0;
  // Newest first.
  virtual Result<std::vector<Suggestion>> list(const ProjectId& project) = 0;
  virtual Result<void> answer(const Suggestion& suggestion, const Answer& answer, UserId user,
                              std::int64_t now_unix_ms) = 0;
};

// Whether an answer changes what a suggestion is. What was taken as a whole is in the song and stays accepted; a part
// that somebody takes at the same time opens nothing again that was answered.
constexpr bool changes_state(v1::Suggestion::State was, v1::Suggestion::State becomes) noexcept {
  return was == v1::Suggestion::OPEN || (was == v1::Suggestion::REJECTED && becomes == v1::Suggestion::ACCEPTED);
}

// exhausted: more than kItemsPerAnswerMax; invalid: one is no key.
Result<void> check_items(const std::vector<std::string>& items);

class Suggestions {
 public:
  Suggestions(SuggestionStore& store, Branches& branches, Clock& clock)
      : store_(store), branches_(branches), clock_(clock) {}

  Result<Suggestion> create(const ProjectId& project, const User& author, const std::string& title,
                            const std::string& note, const Moment& base);
  Result<std::vector<Suggestion>> list(const ProjectId& project) { return store_.list(project); }
  Result<Suggestion> find(const ProjectId& project, std::uint64_t number);
  // not_found: the branch is no suggestion.
  Result<Suggestion> find_by_branch(const ProjectId& project, const BranchId& branch);
  // Owners and producers answer; the author may withdraw (reject) what they offered. denied: somebody else.
  Result<Suggestion> answer(const ProjectId& project, const User& user, v1::Role role, std::uint64_t number,
                            const Answer& answer);

 private:
  SuggestionStore& store_;
  Branches& branches_;
  Clock& clock_;
};

}  // namespace talkback::domain
