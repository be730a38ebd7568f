#include "server/storage/sqlite/database.hpp"

#include <sqlite3.h>

#include "server/storage/sqlite/migrations.hpp"

namespace talkback::storage {
namespace {

constexpr int kBusyTimeoutMs = 5000;
// The log is folded back into the file when it has so many pages and little is being written: what lies in the file
// already is overwritten, which syncs quicker than a file that grows. While much is written, a page is folded
// back once for the many times that it is logged.
constexpr int kLogPages = 4'000;
constexpr int kLogPagesMax = 16'000;
constexpr int kPagesOfMuch = 100;  // in one commit
// After so much quiet the writer puts its things in order.
constexpr auto kQuietTime = std::chrono::milliseconds(500);

Error refused() { return Error{ErrorCode::unavailable, "the database is closed for writing"}; }

void set_up(Connection& connection) {
  connection.database().setBusyTimeout(kBusyTimeoutMs);
  connection.database().exec("PRAGMA foreign_keys = ON");
  connection.database().exec("PRAGMA temp_store = MEMORY");
}

void set_up_writer(Connection& connection) {
  // Two processes never share a data folder (DATA/lock); this only makes the second one fail loudly.
  const std::string mode = connection.database().execAndGet("PRAGMA journal_mode = WAL").getString();
  if (mode != "wal") throw SQLite::Exception("the file system cannot hold a write-ahead log");
  connection.database().exec("PRAGMA synchronous = FULL");
  connection.database().exec("PRAGMA cache_size = -16000");
  set_up(connection);
}

}  // namespace

SQLite::Statement& Connection::prepared(const char* sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) found = statements_.emplace(sql, SQLite::Statement(database_, sql)).first;
  found->second.reset();
  found->second.clearBindings();
  return found->second;
}

void Connection::reset_statements() {
  // A statement left in the middle of its rows would hold the transaction open.
  for (auto& [sql, statement] : statements_) statement.tryReset();
}

Database::Database(std::filesystem::path file) : file_(std::move(file)) {}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file) {
  std::unique_ptr<Database> database(new Database(file));
  try {
    database->writer_ = std::make_unique<Connection>(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    set_up_writer(*database->writer_);
    TALKBACK_TRY(migrate(database->writer_->database(), migrations()));
  } catch (const SQLite::Exception& failure) {
    return Error{ErrorCode::unavailable, "cannot open the database " + file.string() + ": " + failure.what()};
  }
  // In place of SQLite's own checkpoints.
  sqlite3_wal_hook(
      database->writer_->database().getHandle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Database*>(self)->log_pages_ = pages;
        return SQLITE_OK;
      },
      database.get());
  database->thread_ = std::thread([raw = database.get()] { raw->run(); });
  return database;
}

Database::~Database() { close(); }

void Database::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  {
    const std::lock_guard lock(readers_mutex_);
    idle_readers_.clear();
  }
  writer_->reset_statements();
  try {
    writer_->database().exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (const SQLite::Exception&) {
    // The log is whole: the next start reads it.
  }
}

bool Database::is_writable() const noexcept {
  const std::lock_guard lock(mutex_);
  return !broken_ && !closing_;
}

void Database::write_later(Work work, Done done) {
  std::optional<Error> refusal;
  {
    const std::lock_guard lock(mutex_);
    if (closing_ || broken_)
      refusal = refused();
    else if (queue_.size() >= kWritesWaitingMax)
      refusal = Error{ErrorCode::unavailable, "too many writes are waiting for the disk"};
    else
      queue_.push_back(Task{.work = std::move(work), .done = std::move(done), .result = {}});
  }
  if (refusal) return done(*refusal);
  wake_.notify_one();
}

Result<void> Database::write(Work work) {
  std::promise<Result<void>> promise;
  auto future = promise.get_future();
  write_later(std::move(work), [&promise](Result<void> result) { promise.set_value(std::move(result)); });
  return future.get();
}

void Database::run() {
  std::vector<Task> group;
  for (;;) {
    group.clear();
    {
      std::unique_lock lock(mutex_);
      const auto has_work = [this] { return closing_ || !queue_.empty(); };
      if (is_untidy_ && !wake_.wait_for(lock, kQuietTime, has_work)) {
        lock.unlock();
        tidy();
        continue;
      }
      wake_.wait(lock, has_work);
      if (queue_.empty()) return;
      while (!queue_.empty() && group.size() < kWritesPerCommitMax) {
        group.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    const int pages_before = log_pages_;
    commit_group(group);
    is_untidy_ = true;
    for (Task& task : group) task.done(std::move(task.result));
    const bool is_little = log_pages_ - pages_before < kPagesOfMuch;
    if (log_pages_ >= kLogPagesMax || (log_pages_ >= kLogPages && is_little)) fold_log();
  }
}

// Nobody who is answered waits for it; whoever comes next may.
void Database::fold_log() {
  log_pages_ = 0;
  try {
    writer_->database().exec("PRAGMA wal_checkpoint(PASSIVE)");
  } catch (const SQLite::Exception&) {
    // The log is whole, and the next commit tells what is wrong.
  }
}

// So that the next opening reads little, and the memory of a busy time is given back.
void Database::tidy() {
  is_untidy_ = false;
  fold_log();
  try {
    writer_->database().exec("PRAGMA shrink_memory");
    const std::lock_guard lock(readers_mutex_);
    for (const auto& reader : idle_readers_) reader->database().exec("PRAGMA shrink_memory");
  } catch (const SQLite::Exception&) {
  }
}

void Database::commit_group(std::vector<Task>& group) {
  Result<void> committed;
  if (!is_writable() && broken_) {
    committed = refused();
  } else {
    try {
      writer_->database().exec("BEGIN IMMEDIATE");
      for (Task& task : group) {
        committed = run_in_savepoint(task);
        if (!committed) break;
      }
      if (committed) committed = commit();
    } catch (const SQLite::Exception& failure) {
      committed = translate(failure);
    }
  }
  if (committed) return;
  writer_->reset_statements();
  (void)writer_->database().tryExec("ROLLBACK");
  for (Task& task : group) task.result = committed;
  if (committed.error().code == ErrorCode::exhausted) return;
  const std::lock_guard lock(mutex_);
  broken_ = true;
}

// An error here is the whole group's; that of the task stands in task.result.
Result<void> Database::run_in_savepoint(Task& task) {
  writer_->database().exec("SAVEPOINT work");
  try {
    task.result = task.work(*writer_);
  } catch (const SQLite::Exception& failure) {
    task.result = translate(failure);
  }
  writer_->reset_statements();
  // After some errors (a full disk) SQLite has rolled back the whole transaction.
  if (sqlite3_get_autocommit(writer_->database().getHandle()) != 0) return task.result;
  if (!task.result) writer_->database().exec("ROLLBACK TO work");
  writer_->database().exec("RELEASE work");
  return {};
}

Result<void> Database::commit() {
  if (fail_next_commit_.exchange(false)) return Error{ErrorCode::unavailable, "the database cannot be written"};
  writer_->database().exec("COMMIT");
  return {};
}

Database::Borrowed::Borrowed(Database& from) : owner(from) {
  std::unique_lock lock(owner.readers_mutex_);
  owner.reader_free_.wait(lock, [this] { return !owner.idle_readers_.empty() || owner.readers_ < kReadersMax; });
  if (!owner.idle_readers_.empty()) {
    connection = std::move(owner.idle_readers_.back());
    owner.idle_readers_.pop_back();
    return;
  }
  auto opened = std::make_unique<Connection>(owner.file_, SQLite::OPEN_READONLY);
  set_up(*opened);
  opened->database().exec("PRAGMA cache_size = -2000");
  ++owner.readers_;
  connection = std::move(opened);
}

Database::Borrowed::~Borrowed() {
  connection->reset_statements();
  {
    const std::lock_guard lock(owner.readers_mutex_);
    owner.idle_readers_.push_back(std::move(connection));
  }
  owner.reader_free_.notify_one();
}

Error Database::translate(const SQLite::Exception& failure) {
  // SQLite calls a full disk full, but a quota that is used up an I/O error. What was not written is rolled back and
  // may be written later; a failed sync may not, and stays an I/O error.
  if (failure.getExtendedErrorCode() == SQLITE_IOERR_WRITE)
    return Error{ErrorCode::exhausted, "the server's disk takes no more"};
  switch (failure.getErrorCode()) {
    case SQLITE_FULL:
      return Error{ErrorCode::exhausted, "the server's disk is full"};
    case SQLITE_CONSTRAINT:
      return Error{ErrorCode::conflict, "it contradicts what is stored"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error{ErrorCode::corrupt, "the server's database is damaged"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return Error{ErrorCode::unavailable, "the server's database cannot be used now"};
    default:
      return Error{ErrorCode::internal, "the server's database refused a statement"};
  }
}

}  // namespace talkback::storage
