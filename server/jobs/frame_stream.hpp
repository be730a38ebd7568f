// Length-delimited protobuf messages on a pipe: varint length, then the message. One thread at a time.
#pragma once

#include <google/protobuf/message_lite.h>

#include <optional>
#include <string>

#include "engine/base/result.hpp"

namespace talkback::jobs {

// unavailable: the other end is gone.
Result<void> write_message(int descriptor, const google::protobuf::MessageLite& message);

class MessageReader {
 public:
  // bytes_max: the longest message that is believed.
  MessageReader(int descriptor, std::size_t bytes_max) : descriptor_(descriptor), bytes_max_(bytes_max) {}

  // False at the end of the stream; corrupt: cut off in a message, too long, or no message. Blocks.
  Result<bool> read(google::protobuf::MessageLite& message);

 private:
  // False at the end.
  Result<bool> fill();
  std::optional<std::size_t> take_length();

  int descriptor_;
  std::size_t bytes_max_;
  std::string buffer_;
};

}  // namespace talkback::jobs
