// Encodes sound to Ogg Opus (RFC 7845) as it comes: small enough for a line on which the recording itself is late.
//
// Decoded it lies frame on frame over what was written: readers skip the encoder's delay and cut the end, as the stream
// tells them to. Opus runs at 48 kHz; other rates are converted. Bytes once given to the sink never change.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "engine/base/audio_block.hpp"
#include "engine/base/result.hpp"
#include "engine/base/sample_rate.hpp"

namespace talkback::media {

class OpusStream {
 public:
  // Called with each page, in order.
  using Sink = std::function<Result<void>(std::string_view bytes)>;

  // channels: 1 or 2, or up to kChannelsMax that have nothing to do with each other. rate: 8 to 192 kHz, else invalid.
  static Result<OpusStream> create(int channels, SampleRate rate, Sink sink);
  ~OpusStream();
  OpusStream(OpusStream&&) noexcept;
  OpusStream& operator=(OpusStream&&) noexcept;

  // Beyond full scale (±1) it clips. Fails as the sink does.
  Result<void> write(ConstAudioBlock block);
  // The last pages. Nothing is written after this.
  Result<void> finish();

 private:
  struct State;
  explicit OpusStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace talkback::media
