#include "engine/render/pack_writer.hpp"

#include <unistd.h>

#include <cerrno>
#include <span>
#include <utility>

namespace talkback::render {

namespace {

// Written together, so that small entries cost no call each.
constexpr std::size_t kWriteBytes = 1 << 20;
constexpr std::int64_t kWaitingBytesMax = 64 << 20;

bool write_all(int descriptor, std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

bool write_pieces(int descriptor, const std::vector<std::vector<std::byte>>& pieces) {
  std::vector<std::byte> together;
  bool is_written = true;
  const auto write_together = [&] {
    is_written = is_written && write_all(descriptor, together);
    together.clear();
  };
  for (const std::vector<std::byte>& piece : pieces) {
    if (piece.size() < kWriteBytes / 4) {
      together.insert(together.end(), piece.begin(), piece.end());
      if (together.size() >= kWriteBytes) write_together();
      continue;
    }
    write_together();
    is_written = is_written && write_all(descriptor, piece);
  }
  write_together();
  return is_written;
}

}  // namespace

PackWriter::~PackWriter() {
  if (!thread_.joinable()) return;
  finish();
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void PackWriter::append(int descriptor, std::vector<std::vector<std::byte>> pieces) {
  Batch batch{.descriptor = descriptor, .pieces = std::move(pieces), .bytes = 0};
  for (const std::vector<std::byte>& piece : batch.pieces) batch.bytes += static_cast<std::int64_t>(piece.size());
  {
    std::unique_lock lock(mutex_);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    changed_.wait(lock, [this] { return has_failed_ || appended_ - written_ < kWaitingBytesMax; });
    if (has_failed_) return;
    appended_ += batch.bytes;
    waiting_.push_back(std::move(batch));
  }
  changed_.notify_all();
}

bool PackWriter::wait_for(std::int64_t bytes) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return has_failed_ || written_ >= bytes || written_ == appended_; });
  return !has_failed_;
}

bool PackWriter::has_failed() {
  const std::lock_guard lock(mutex_);
  return has_failed_;
}

bool PackWriter::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return has_failed_ || written_ == appended_; });
  return !has_failed_;
}

void PackWriter::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_over_ || !waiting_.empty(); });
    if (is_over_) return;
    const Batch batch = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const bool is_written = write_pieces(batch.descriptor, batch.pieces);
    lock.lock();
    written_ += batch.bytes;
    if (!is_written) {
      has_failed_ = true;
      waiting_.clear();
    }
    changed_.notify_all();
  }
}

}  // namespace talkback::render
