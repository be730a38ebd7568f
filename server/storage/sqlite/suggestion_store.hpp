// Suggestions in SQLite: the `suggestions` and `suggestion_items` tables. [any-thread]
#pragma once

#include "server/domain/suggestions.hpp"
#include "server/storage/sqlite/database.hpp"

namespace talkback::storage {

class SqliteSuggestionStore final : public domain::SuggestionStore {
 public:
  explicit SqliteSuggestionStore(Database& database) : database_(database) {}

  Result<domain::Suggestion> add(domain::Suggestion suggestion, domain::UserId author) override;
  Result<std::vector<domain::Suggestion>> list(const domain::ProjectId& project) override;
  Result<void> answer(const domain::Suggestion& suggestion, const domain::Answer& answer, domain::UserId user,
                      std::int64_t now_unix_ms) override;

 private:
  Database& database_;
};

// Within a transaction of the caller's.
void record_answer(Connection& connection, const domain::BranchId& suggestion, const domain::Answer& answer,
                   domain::UserId user, std::int64_t now_unix_ms);

}  // namespace talkback::storage
