#include <SQLiteCpp/SQLiteCpp.h>

#include "server/storage/sqlite/migrations.hpp"

namespace talkback::storage {
namespace {

int applied_number(SQLite::Database& database) {
  database.exec(
      "CREATE TABLE IF NOT EXISTS schema_version ("
      " number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT");
  return database.execAndGet("SELECT coalesce(max(number), 0) FROM schema_version").getInt();
}

void apply(SQLite::Database& database, const Migration& step) {
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  database.exec(step.sql);
  SQLite::Statement note(database,
                         "INSERT INTO schema_version (number, name, applied_at) VALUES (?, ?, datetime('now'))");
  note.bind(1, step.number);
  note.bind(2, step.name);
  note.exec();
  transaction.commit();
}

}  // namespace

Result<int> migrate(SQLite::Database& database, const std::vector<Migration>& steps) {
  const int present = applied_number(database);
  const int newest = steps.empty() ? 0 : steps.back().number;
  if (present > newest)
    return Error{ErrorCode::invalid, "the data folder was written by a newer talkbackd (schema " +
                                         std::to_string(present) + ", this program knows " + std::to_string(newest) +
                                         "): update the program"};
  int count = 0;
  for (const Migration& step : steps) {
    if (step.number <= present) continue;
    apply(database, step);
    ++count;
  }
  return count;
}

}  // namespace talkback::storage
