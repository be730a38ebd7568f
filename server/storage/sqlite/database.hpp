// One SQLite file: one thread that writes, a few connections that read.
//
// Writers queue up; one transaction takes all that wait (group commit), each inside a savepoint, so that one failing
// piece of work leaves the others standing. WAL, synchronous=FULL: what is answered with success survives a power cut.
// A failed commit is never tried again: those writes fail, and after an I/O error the database refuses every
// later write until the process starts anew. All functions: [any-thread], but not an I/O thread (they wait).
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/base/result.hpp"

namespace talkback::storage {

inline constexpr std::size_t kReadersMax = 8;
// Above that nobody's write is accepted: the disk has stopped keeping up.
inline constexpr std::size_t kWritesWaitingMax = 20'000;
// Work in one transaction; the rest waits for the next.
inline constexpr std::size_t kWritesPerCommitMax = 512;

// A connection with its statements, each prepared once.
class Connection {
 public:
  Connection(const std::filesystem::path& file, int flags) : database_(file.string(), flags) {}

  // Reset and unbound, ready to bind. `sql` is a literal: the statement is kept under its address.
  SQLite::Statement& prepared(const char* sql);
  SQLite::Database& database() noexcept { return database_; }
  void reset_statements();

 private:
  SQLite::Database database_;
  std::unordered_map<const char*, SQLite::Statement> statements_;
};

class Database {
 public:
  // Exceptions of SQLiteCpp in `work` become Errors; an Error rolls the work back.
  using Work = std::function<Result<void>(Connection&)>;
  using Done = std::function<void(Result<void>)>;

  // Opens, and creates where it is missing; brings the schema up to date.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // `done` runs on the writing thread, after the commit, and must not wait for another write.
  void write_later(Work work, Done done);
  Result<void> write(Work work);

  // Sees everything that was committed before the call. T(Connection&), T a Result.
  template <class Read>
  auto read(const Read& work) -> decltype(work(std::declval<Connection&>())) {
    const Borrowed reader = borrow();
    try {
      return work(*reader.connection);
    } catch (const SQLite::Exception& failure) {
      return translate(failure);
    }
  }

  // False once a commit has failed for good.
  bool is_writable() const noexcept;
  // Stops writing, after what waits; folds the WAL back into the file. Later writes are refused.
  void close();
  // Fault injection for tests: the next commit fails as if the disk had.
  void fail_next_commit() noexcept { fail_next_commit_ = true; }

  static Error translate(const SQLite::Exception& failure);

 private:
  struct Task {
    Work work;
    Done done;
    Result<void> result;
  };
  struct Borrowed {
    explicit Borrowed(Database& from);
    ~Borrowed();
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    Database& owner;
    std::unique_ptr<Connection> connection;
  };

  explicit Database(std::filesystem::path file);
  Borrowed borrow() { return Borrowed(*this); }
  void run();
  void fold_log();
  void tidy();
  void commit_group(std::vector<Task>& group);
  Result<void> run_in_savepoint(Task& task);
  Result<void> commit();

  const std::filesystem::path file_;
  std::unique_ptr<Connection> writer_;
  // The writing thread's.
  bool is_untidy_ = false;  // written since tidy()
  int log_pages_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  bool closing_ = false;
  bool broken_ = false;

  std::mutex readers_mutex_;
  std::condition_variable reader_free_;
  std::vector<std::unique_ptr<Connection>> idle_readers_;
  std::size_t readers_ = 0;

  std::atomic<bool> fail_next_commit_{false};
  std::thread thread_;
};

}  // namespace talkback::storage
