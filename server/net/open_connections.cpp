#include "server/net/open_connections.hpp"

#include <sys/socket.h>

namespace talkback::net {

OpenConnections::Place OpenConnections::enter(int socket) {
  const std::lock_guard lock(books_->mutex);
  const std::uint64_t number = ++books_->entered;
  books_->entries.emplace(number, Entry{.socket = socket});
  return {books_, number};
}

std::size_t OpenConnections::count() const {
  const std::lock_guard lock(books_->mutex);
  return books_->entries.size();
}

bool OpenConnections::Place::rest() {
  const std::lock_guard lock(books_->mutex);
  if (books_->is_ending) return false;
  books_->entries.at(number_).rests = true;
  return true;
}

void OpenConnections::Place::wake() {
  const std::lock_guard lock(books_->mutex);
  books_->entries.at(number_).rests = false;
}

void OpenConnections::Place::leave() {
  const std::shared_ptr<Books> books = std::exchange(books_, nullptr);
  if (!books) return;
  {
    const std::lock_guard lock(books->mutex);
    books->entries.erase(number_);
    if (!books->entries.empty()) return;
  }
  books->left.notify_all();
}

// A socket whose time is over is closed a moment before its place is left. Whoever has its descriptor by then is a
// connection that is to end as well.
void OpenConnections::end_resting() {
  const std::lock_guard lock(books_->mutex);
  books_->is_ending = true;
  for (const auto& [number, entry] : books_->entries)
    if (entry.rests) (void)::shutdown(entry.socket, SHUT_RD);
}

bool OpenConnections::is_ending() const {
  const std::lock_guard lock(books_->mutex);
  return books_->is_ending;
}

void OpenConnections::cut() {
  const std::lock_guard lock(books_->mutex);
  books_->is_ending = true;
  for (const auto& [number, entry] : books_->entries) (void)::shutdown(entry.socket, SHUT_RDWR);
}

bool OpenConnections::wait_until_none(std::chrono::milliseconds time_max) const {
  std::unique_lock lock(books_->mutex);
  return books_->left.wait_for(lock, time_max, [this] { return books_->entries.empty(); });
}

}  // namespace talkback::net
