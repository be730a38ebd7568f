#include "engine/render/pack_writer.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

namespace talkback::render {

namespace {

constexpr std::int64_t kWaitingBytesMax = 64 << 20;
// Of one call (IOV_MAX).
constexpr std::size_t kPiecesMax = 1024;

bool write_pieces(int descriptor, std::vector<std::vector<std::byte>>& pieces) {
  std::vector<iovec> parts;
  parts.reserve(pieces.size());
  for (std::vector<std::byte>& piece : pieces) {
    if (!piece.empty()) parts.push_back({piece.data(), piece.size()});
  }
  for (std::span<iovec> left = parts; !left.empty();) {
    const ssize_t got = ::writev(descriptor, left.data(), static_cast<int>(std::min(left.size(), kPiecesMax)));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    auto written = static_cast<std::size_t>(got);
    while (!left.empty() && written >= left.front().iov_len) {
      written -= left.front().iov_len;
      left = left.subspan(1);
    }
    if (written > 0)
      left.front() = {static_cast<std::byte*>(left.front().iov_base) + written, left.front().iov_len - written};
  }
  return true;
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
    Batch batch = std::move(waiting_.front());
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
