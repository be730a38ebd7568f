// The samples of a file in memory that the system fills page by page: read from any place without a call of the system.
//
// Reading a page that is not there makes the reader wait for the disk; touch() has it fetched, on a thread that may
// wait. Nothing keeps the system from dropping a page again when memory is short. The file must not be shortened while
// it is mapped: blobs and entries of the PCM cache never are. Immutable; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "engine/base/audio_block.hpp"
#include "engine/base/position.hpp"
#include "engine/base/realtime.hpp"
#include "engine/base/result.hpp"

namespace talkback::media {

class MappedSound {
 public:
  enum class Samples { pcm_16, pcm_24, float_32 };  // little-endian, interleaved

  struct Layout {
    Samples samples = Samples::float_32;
    int channels = 0;
    Frames length{};
    std::int64_t offset_bytes = 0;  // where the first frame lies
  };

  // Fails with not_found, unavailable, or corrupt where the file is shorter than the layout says.
  static Result<std::shared_ptr<const MappedSound>> map(const std::filesystem::path& path, const Layout& layout);
  ~MappedSound();
  MappedSound(const MappedSound&) = delete;
  MappedSound& operator=(const MappedSound&) = delete;

  int channels() const noexcept { return layout_.channels; }
  Frames length() const noexcept { return layout_.length; }

  // As SourceReader::read, the very same samples; how many were no numbers and became 0. [audio-thread]
  std::int64_t read(FramePosition position, AudioBlock block) const noexcept TALKBACK_REALTIME;

  // Interleaved, where they are floats (SourceLibrary::map_decoded); else empty. [audio-thread]
  std::span<const float> floats() const noexcept;

  // Has the frames [begin, end) brought to memory, and waits for them. [worker-thread]
  void touch(FramePosition begin, FramePosition end) const noexcept;

 private:
  MappedSound(void* memory, std::size_t bytes, const Layout& layout) noexcept;

  const std::byte* frame_at(std::int64_t frame) const noexcept;
  std::int64_t unpack(std::int64_t first, AudioBlock block) const noexcept;

  void* memory_;
  std::size_t bytes_;
  Layout layout_;
  int frame_bytes_;
};

// Where the samples of a WAV (RIFF, RF64) lie that can be taken as they are; nullopt-like: length 0 for any other file,
// which goes through the PCM cache. Fails as open_audio_file does.
Result<MappedSound::Layout> wave_layout(const std::filesystem::path& path);

}  // namespace talkback::media
