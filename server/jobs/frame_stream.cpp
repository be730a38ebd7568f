#include "server/jobs/frame_stream.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace talkback::jobs {

Result<void> write_message(int descriptor, const google::protobuf::MessageLite& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    if (!google::protobuf::util::SerializeDelimitedToZeroCopyStream(message, &stream))
      return Error{ErrorCode::internal, "a message is too large for the worker"};
  }
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t wrote = ::write(descriptor, bytes.data() + written, bytes.size() - written);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return Error{ErrorCode::unavailable, "the other end of the pipe is gone"};
    written += static_cast<std::size_t>(wrote);
  }
  return {};
}

Result<bool> MessageReader::fill() {
  std::array<char, 16384> chunk{};
  for (;;) {
    const ssize_t got = ::read(descriptor_, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{ErrorCode::unavailable, "the pipe cannot be read"};
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
    return got > 0;
  }
}

// Takes the length off the buffer once all of its message is there.
std::optional<std::size_t> MessageReader::take_length() {
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(buffer_.data()),
                                                static_cast<int>(buffer_.size()));
  std::uint32_t length = 0;
  if (!stream.ReadVarint32(&length)) return std::nullopt;
  const auto header = static_cast<std::size_t>(stream.CurrentPosition());
  if (length <= bytes_max_ && buffer_.size() < header + length) return std::nullopt;
  buffer_.erase(0, header);
  return length;
}

Result<bool> MessageReader::read(google::protobuf::MessageLite& message) {
  static constexpr std::size_t kVarintBytesMax = 5;
  for (;;) {
    if (const auto length = take_length()) {
      if (*length > bytes_max_) return Error{ErrorCode::corrupt, "a message on the pipe is too long"};
      if (!message.ParseFromArray(buffer_.data(), static_cast<int>(*length)))
        return Error{ErrorCode::corrupt, "a message on the pipe is damaged"};
      buffer_.erase(0, *length);
      return true;
    }
    if (buffer_.size() > bytes_max_ + kVarintBytesMax)
      return Error{ErrorCode::corrupt, "a message on the pipe has no length"};
    TALKBACK_ASSIGN(const bool more, fill());
    if (more) continue;
    if (buffer_.empty()) return false;
    return Error{ErrorCode::corrupt, "the pipe ended in the middle of a message"};
  }
}

}  // namespace talkback::jobs
