// Encodes sound to FLAC as it comes: the bytes can be sent on before anybody knows how long it will be.
//
// The stream begins with a head of fixed length (kFlacHeadBytes) whose lengths and checksum are still unknown;
// finished, head() is what belongs there. It holds STREAMINFO, the tags as comments, and the chunks of the broadcast
// WAV file that `flac --decode --keep-foreign-metadata` restores. Same samples, same bytes, whatever the division into
// blocks.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/base/audio_block.hpp"
#include "engine/base/result.hpp"
#include "engine/media/take_tags.hpp"

namespace talkback::media {

inline constexpr std::size_t kFlacHeadBytes = 8'192;
inline constexpr int kFlacChannelsMax = 8;

// Every sample is a 24-bit integer over 2^23: FLAC keeps it bit for bit.
bool is_24_bit(ConstAudioBlock block) noexcept;

class FlacStream {
 public:
  // Called with each piece, in order, beginning with the provisional head.
  using Sink = std::function<Result<void>(std::string_view bytes)>;

  // Fails with invalid where FLAC has no such rate or so many channels.
  static Result<FlacStream> create(const TakeTags& tags, Sink sink);
  ~FlacStream();
  FlacStream(FlacStream&&) noexcept;
  FlacStream& operator=(FlacStream&&) noexcept;

  // Of samples for which is_24_bit() holds. Fails as the sink does.
  Result<void> write(ConstAudioBlock block);
  // The last bytes. Nothing is written after this.
  Result<void> finish();
  // After finish(): the head, with tags that may have changed.
  std::string head(const TakeTags& tags) const;

 private:
  struct State;
  explicit FlacStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace talkback::media
