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
    // Files of earlier programs lack this and the last column of `pending`.
    database_.exec("CREATE TABLE IF NOT EXISTS known (revision INTEGER PRIMARY KEY, edit BLOB NOT NULL) STRICT");
    if (!has_take_backs()) add_take_backs();
  }

  Result<void> add_pending(const v1::PendingEdit& pending) override {
    return run(
        "INSERT INTO pending (edit_id, edit, take_back) VALUES (?, ?, ?)"
        " ON CONFLICT (edit_id) DO UPDATE SET edit = excluded.edit, take_back = excluded.take_back",
        pending.edit().edit_id(), pending.edit().SerializeAsString(),
        pending.has_take_back() ? pending.take_back().SerializeAsString() : std::string());
  }

  Result<void> remove_pending(const std::string& edit_id) override {
    return run("DELETE FROM pending WHERE edit_id = ?", edit_id);
  }

  Result<std::vector<v1::PendingEdit>> pending() override try {
    std::vector<v1::PendingEdit> edits;
    SQLite::Statement query(database_, "SELECT edit, take_back FROM pending ORDER BY number");
    while (query.executeStep()) {
      v1::PendingEdit& pending = edits.emplace_back();
      const auto edit = query.getColumn(0);
      const auto take_back = query.getColumn(1);
      const bool takes_back = take_back.getBytes() > 0;
      if (!pending.mutable_edit()->ParseFromArray(edit.getBlob(), edit.getBytes()) ||
          (takes_back && !pending.mutable_take_back()->ParseFromArray(take_back.getBlob(), take_back.getBytes())))
        return Error{ErrorCode::corrupt, "an edit that waits on this machine cannot be read"};
    }
    return edits;
  } catch (const SQLite::Exception& exception) {
    return error_of(exception);
  }

  Result<void> keep_state(const v1::SessionState& state, const NewlyKnown& known) override try {
    SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
    TALKBACK_TRY(
        run("INSERT INTO state (id, bytes) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes",
            state.SerializeAsString()));
    if (known.is_after_gap) database_.exec("DELETE FROM known");
    SQLite::Statement insert(database_, "INSERT OR REPLACE INTO known (revision, edit) VALUES (?, ?)");
    for (const v1::KnownEdit& edit : known.edits) {
      const std::string bytes = edit.SerializeAsString();
      insert.bind(1, static_cast<std::int64_t>(edit.edit().revision()));
      insert.bind(2, static_cast<const void*>(bytes.data()), static_cast<int>(bytes.size()));
      insert.exec();
      insert.reset();
    }
    SQLite::Statement forget(database_, "DELETE FROM known WHERE revision <= ? OR revision > ?");
    forget.bind(1, static_cast<std::int64_t>(state.revision()) - static_cast<std::int64_t>(kKnownEditsMax));
    forget.bind(2, static_cast<std::int64_t>(state.revision()));
    forget.exec();
    transaction.commit();
    return {};
  } catch (const SQLite::Exception& exception) {
    return error_of(exception);
  }

  Result<std::vector<v1::KnownEdit>> known(std::uint64_t revision) override try {
    std::vector<v1::KnownEdit> edits;
    SQLite::Statement query(database_, "SELECT edit FROM known WHERE revision <= ? ORDER BY revision DESC");
    query.bind(1, static_cast<std::int64_t>(revision));
    std::size_t changes = 0;
    while (query.executeStep()) {
      v1::KnownEdit edit;
      const auto column = query.getColumn(0);
      const std::uint64_t wanted = edits.empty() ? revision : edits.back().edit().revision() - 1;
      if (!edit.ParseFromArray(column.getBlob(), column.getBytes()) || edit.edit().revision() != wanted) break;
      changes += static_cast<std::size_t>(edit.changes_size());
      if (changes > kKnownChangesMax) break;
      edits.push_back(std::move(edit));
    }
    return edits;
  } catch (const SQLite::Exception& exception) {
    return error_of(exception);
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
  bool has_take_backs() {
    SQLite::Statement columns(database_, "SELECT name FROM pragma_table_info('pending') WHERE name = 'take_back'");
    return columns.executeStep();
  }

  void add_take_backs() {
    SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
    // Another program may have been quicker.
    if (!has_take_backs()) database_.exec("ALTER TABLE pending ADD COLUMN take_back BLOB");
    transaction.commit();
  }

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
