// The body of a request whose length is known, from the connection's socket straight to whoever stores it.
//
// A worker reads what has come, in pieces that still lie in its core's cache when they are hashed and written, and goes
// on until nothing more is there. Handing pieces from an I/O thread to a worker costs more than the reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/result.hpp"
#include "server/domain/blobs.hpp"

namespace talkback::net {

class SizedBody {
 public:
  // descriptor: of the socket, which outlives this. Reads it without waiting, whatever its mode.
  SizedBody(int descriptor, std::int64_t size_bytes) : descriptor_(descriptor), rest_bytes_(size_bytes) {}
  // Leaves the socket as it was, for the next request.
  ~SizedBody();
  SizedBody(const SizedBody&) = delete;
  SizedBody& operator=(const SizedBody&) = delete;

  // whole: the last byte was taken. waits: no more has come yet. broken: the peer is gone.
  enum class State { whole, waits, broken };
  // What has come, to the writer, whose error is returned. Blocks for the disk only. [worker-thread]
  Result<State> take(domain::UploadWriter& writer);
  // Bytes that were read from the socket with the header; not more than the rest. [worker-thread]
  Result<void> take(std::span<const std::byte> bytes, domain::UploadWriter& writer);

  std::int64_t rest_bytes() const noexcept { return rest_bytes_; }
  // From now on the socket counts as readable once a piece is there, not with each packet.
  void wait_for_pieces() noexcept;

 private:
  int descriptor_;
  std::int64_t rest_bytes_;
  int readable_bytes_ = 1;  // as the socket was told
};

}  // namespace talkback::net
