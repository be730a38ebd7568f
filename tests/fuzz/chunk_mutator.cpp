// Tells libFuzzer how to change an input of chunks: a message inside one, or the list of them. Linked by the fuzzers
// only.
#include <cstring>

#include "tests/fuzz/chunks.hpp"
#include "tests/fuzz/message_mutator.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace talkback::fuzz {
namespace {

void change_inside(Chunk& chunk, MessageMutator& mutator) {
  const google::protobuf::Message* type = message_of_chunk(chunk.what);
  if (type == nullptr) {
    chunk.what = static_cast<std::uint8_t>(mutator.number(256));
    return;
  }
  const std::unique_ptr<google::protobuf::Message> message(type->New());
  static_cast<void>(message->ParsePartialFromString(chunk.bytes));
  for (std::uint64_t i = 0; i < 1 + mutator.number(3); ++i) mutator.mutate(*message);
  chunk.bytes = message->SerializePartialAsString();
}

void change(std::vector<Chunk>& chunks, MessageMutator& mutator) {
  const std::uint64_t what = chunks.empty() ? 0 : mutator.number(10);
  const auto any = [&] { return mutator.number(chunks.size()); };
  if (what <= 1) {
    Chunk chunk{.what = static_cast<std::uint8_t>(mutator.number(256)), .bytes = {}};
    for (int i = 0; i < 5; ++i) change_inside(chunk, mutator);
    const std::size_t place = mutator.number(chunks.size() + 1);
    chunks.insert(chunks.begin() + static_cast<std::ptrdiff_t>(place), std::move(chunk));
  } else if (what == 2) {
    chunks.erase(chunks.begin() + static_cast<std::ptrdiff_t>(any()));
  } else if (what == 3) {
    chunks.push_back(chunks[any()]);
  } else if (what == 4) {
    std::swap(chunks[any()], chunks[any()]);
  } else if (what == 5) {
    chunks[any()].what = static_cast<std::uint8_t>(mutator.number(256));
  } else {
    change_inside(chunks[any()], mutator);
  }
}

}  // namespace
}  // namespace talkback::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  talkback::fuzz::MessageMutator mutator(seed);
  // Sometimes bytes that are no message at all.
  if (mutator.number(8) == 0) return LLVMFuzzerMutate(data, size, max_size);
  auto chunks = talkback::fuzz::chunks_of(data, size);
  for (std::uint64_t i = 0; i < 1 + mutator.number(2); ++i) talkback::fuzz::change(chunks, mutator);
  const std::string bytes = talkback::fuzz::bytes_of(chunks);
  const std::size_t count = std::min(bytes.size(), max_size);
  if (count > 0) std::memcpy(data, bytes.data(), count);
  return count;
}
