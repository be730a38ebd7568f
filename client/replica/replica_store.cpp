#include "client/replica/replica_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

namespace talkback::replica {
namespace {

constexpr int kBusyMs = 5'000;

// SQLite's codes become ours here and nowhere else on the client.
Error error_of(const SQLite::Exception& exception) {
  switch (exception.getErrorCode()) {
    case SQLITE_FULL:
      return {ErrorCode::exhausted, "the disk is full: your edit could not be kept on this machine"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::corrupt, "the project's file on this machine is damaged"};
    default:
      return {ErrorCode::unavailable, std::string("the project's file on this machine: ") + exception.what()};
  }
}

class SqliteReplicaStore final : public ReplicaStore {
 public:
  explicit SqliteReplicaStore(const std::filesystem::path& file)
      : database_(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMs) {
    database_.exec("PRAGMA journal_mode=WAL");
    database_.exec("PRAGMA synchronous=FULL");
    database_.exec(
        "CREATE TABLE IF NOT EXISTS pending (number INTEGER PRIMARY KEY, edit_id BLOB NOT NULL UNIQUE, edit BLOB NOT "
        "NULL) "
        "STRICT");
    database_.exec(
        "CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 1), bytes BLOB NOT NULL) STRICT");
  }

  Result<void> add_pending(const v1::Edit& edit) override {
    return run("INSERT OR IGNORE INTO pending (edit_id, edit) VALUES (?, ?)", edit.edit_id(), edit.SerializeAsString());
  }

  Result<void> remove_pending(const std::string& edit_id) override {
    return run("DELETE FROM pending WHERE edit_id = ?", edit_id);
  }

  Result<std::vector<v1::Edit>> pending() override try {
    std::vector<v1::Edit> edits;
    SQLite::Statement query(database_, "SELECT edit FROM pending ORDER BY number");
    while (query.executeStep()) {
      v1::Edit edit;
      const auto column = query.getColumn(0);
      if (!edit.ParseFromArray(column.getBlob(), column.getBytes()))
        return Error{ErrorCode::corrupt, "an edit that waits on this machine cannot be read"};
      edits.push_back(std::move(edit));
    }
    return edits;
  } catch (const SQLite::Exception& exception) {
    return error_of(exception);
  }

  Result<void> keep_state(const v1::SessionState& state) override {
    return run("INSERT INTO state (id, bytes) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes",
               state.SerializeAsString());
  }

  Result<std::optional<v1::SessionState>> state() override try {
    SQLite::Statement query(database_, "SELECT bytes FROM state WHERE id = 1");
    if (!query.executeStep()) return std::optional<v1::SessionState>();
    v1::SessionState state;
    const auto column = query.getColumn(0);
    if (!state.ParseFromArray(column.getBlob(), column.getBytes())) return std::optional<v1::SessionState>();
    return std::optional(std::move(state));
  } catch (const SQLite::Exception& exception) {
    return error_of(exception);
  }

 private:
  template <class... Blobs>
  Result<void> run(const char* sql, const Blobs&... blobs) try {
    SQLite::Statement statement(database_, sql);
    int index = 0;
    (statement.bind(++index, static_cast<const void*>(blobs.data()), static_cast<int>(blobs.size())), ...);
    statement.exec();
    return {};
  } catch (const SQLite::Exception& exception) {
    return error_of(exception);
  }

  SQLite::Database database_;
};

}  // namespace

Result<std::unique_ptr<ReplicaStore>> open_replica_store(const std::filesystem::path& file) try {
  std::filesystem::create_directories(file.parent_path());
  return std::unique_ptr<ReplicaStore>(std::make_unique<SqliteReplicaStore>(file));
} catch (const SQLite::Exception& exception) {
  return error_of(exception);
} catch (const std::filesystem::filesystem_error& exception) {
  return Error{ErrorCode::unavailable, std::string("cannot create the project's folder: ") + exception.what()};
}

}  // namespace talkback::replica
