// A fuzzing input as a list of chunks: a byte that says what to do, the length (two bytes, low one first), the bytes.
//
// Any input is a list of chunks: a last one that is cut short keeps what is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <google/protobuf/message.h>

namespace talkback::fuzz {

struct Chunk {
  std::uint8_t what = 0;
  std::string bytes;
};

std::vector<Chunk> chunks_of(const std::uint8_t* data, std::size_t size);
std::string bytes_of(const std::vector<Chunk>& chunks);

// The message that such a chunk holds, for the mutator; nullptr where its bytes say nothing. Each target has its own.
const google::protobuf::Message* message_of_chunk(std::uint8_t what);

}  // namespace talkback::fuzz
