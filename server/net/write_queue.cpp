#include "server/net/write_queue.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

#include "server/net/limits.hpp"

namespace talkback::net {

void WriteQueue::add(OutgoingPointer message, bool counts, SteadyTime now) {
  if (counts) bytes_ += message->size();
  queue_.push_back({.message = std::move(message), .counts = counts, .since = now});
}

bool WriteQueue::is_too_slow(std::size_t bytes, SteadyTime now) const {
  if (bytes_ + bytes > bytes_max_) return true;
  return !is_empty() && queue_[first_].counts && now - queue_[first_].since > kWriteQueueAgeMax;
}

WriteQueue::Outcome WriteQueue::write(int socket) {
  constexpr std::size_t kPartsMax = 64;
  while (!is_empty()) {
    std::array<iovec, kPartsMax> parts;
    std::size_t count = 0;
    std::size_t skipped = written_;
    for (std::size_t i = first_; i < queue_.size() && count + 2 <= kPartsMax; ++i) {
      const OutgoingMessage& message = *queue_[i].message;
      for (const std::string* part : {&message.header, message.payload.get()}) {
        const std::size_t skip = std::min(skipped, part->size());
        skipped -= skip;
        if (skip < part->size())
          parts[count++] = {.iov_base = const_cast<char*>(part->data()) + skip, .iov_len = part->size() - skip};
      }
    }
    msghdr gathered{};
    gathered.msg_iov = parts.data();
    gathered.msg_iovlen = count;
    const ssize_t written = ::sendmsg(socket, &gathered, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      return errno == EAGAIN || errno == EWOULDBLOCK ? Outcome::kernel_is_full : Outcome::failed;
    drop(static_cast<std::size_t>(written));
  }
  return Outcome::all_written;
}

void WriteQueue::drop(std::size_t written) {
  written_ += written;
  while (!is_empty() && written_ >= queue_[first_].message->size()) {
    Queued& done = queue_[first_++];
    written_ -= done.message->size();
    if (done.counts) bytes_ -= done.message->size();
    done.message.reset();
  }
  constexpr std::size_t kRoomKept = 16;
  if (is_empty()) {
    queue_.clear();
    if (queue_.capacity() > kRoomKept) queue_ = {};
    first_ = 0;
  } else if (first_ > queue_.size() / 2) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void WriteQueue::drop_waiting() {
  const std::size_t kept = first_ + (written_ > 0 ? 1 : 0);
  while (queue_.size() > kept) {
    if (queue_.back().counts) bytes_ -= queue_.back().message->size();
    queue_.pop_back();
  }
}

void WriteQueue::clear() {
  queue_ = {};
  first_ = bytes_ = written_ = 0;
}

}  // namespace talkback::net
