// The schema's steps (migrations/*.sql, compiled in) and their application. [main-thread]
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.hpp"

namespace SQLite {
class Database;
}

namespace talkback::storage {

struct Migration {
  int number = 0;
  std::string name;
  std::string sql;
};

// Ascending from 1 without a gap.
std::vector<Migration> migrations();

// Applies what is missing, each step in its own transaction, and says how many there were. invalid: the
// database was written by a newer program. Exceptions of SQLiteCpp pass through.
Result<int> migrate(SQLite::Database& database, const std::vector<Migration>& steps);

}  // namespace talkback::storage
