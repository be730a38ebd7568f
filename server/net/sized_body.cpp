#include "server/net/sized_body.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace talkback::net {
namespace {

// Several fit into a core's own cache beside what hashes and copies them.
constexpr std::int64_t kPieceBytes = 256 * 1024;
// So much is read at a time once a worker has to wait for it.
constexpr std::int64_t kReadableBytes = 128 * 1024;

// Of the worker's, whose uploads take turns.
std::span<std::byte> piece() {
  thread_local const auto bytes = std::make_unique_for_overwrite<std::byte[]>(kPieceBytes);
  return {bytes.get(), static_cast<std::size_t>(kPieceBytes)};
}

void set_readable_bytes(int descriptor, int bytes) noexcept {
  (void)::setsockopt(descriptor, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

}  // namespace

SizedBody::~SizedBody() {
  if (readable_bytes_ != 1) set_readable_bytes(descriptor_, 1);
}

void SizedBody::wait_for_pieces() noexcept {
  const int wanted = static_cast<int>(std::clamp<std::int64_t>(rest_bytes_, 1, kReadableBytes));
  if (wanted == readable_bytes_) return;
  readable_bytes_ = wanted;
  set_readable_bytes(descriptor_, wanted);
}

Result<void> SizedBody::take(std::span<const std::byte> bytes, domain::UploadWriter& writer) {
  rest_bytes_ -= static_cast<std::int64_t>(bytes.size());
  return writer.write(bytes);
}

Result<SizedBody::State> SizedBody::take(domain::UploadWriter& writer) {
  while (rest_bytes_ > 0) {
    const std::span<std::byte> into = piece().first(static_cast<std::size_t>(std::min(rest_bytes_, kPieceBytes)));
    const ssize_t got = ::recv(descriptor_, into.data(), into.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return State::waits;
    if (got <= 0) return State::broken;
    TALKBACK_TRY(take(into.first(static_cast<std::size_t>(got)), writer));
  }
  return State::whole;
}

}  // namespace talkback::net
