// Writes finished sound: broadcast WAV and FLAC, the same bytes for the same sound.
//
// Nothing of the clock or the machine enters the file. It appears under its name only when finished.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/base/audio_block.hpp"
#include "engine/base/position.hpp"
#include "engine/base/result.hpp"
#include "engine/base/sample_rate.hpp"

namespace talkback::media {

enum class AudioFormat { wav_float, wav_24, wav_16, flac_24, flac_16 };

// ".wav" or ".flac".
std::string_view extension_of(AudioFormat format) noexcept;
// 32 for floats.
int bits_of(AudioFormat format) noexcept;

// The bext chunk (EBU Tech 3285). Texts are cut to their fields: 256, 32, 10 and 8 bytes.
struct BroadcastInfo {
  std::string description = {};
  std::string originator = "Talkback";
  std::string origination_date = {};  // "2024-05-01"; empty leaves it out
  std::string origination_time = {};  // "18:30:00"
  FramePosition time_reference{};
};

struct WriterOptions {
  AudioFormat format = AudioFormat::wav_float;
  SampleRate rate{};
  int channels = 2;
  // Decides between RIFF and RF64 (beyond 4 GB). What is written may be shorter.
  Frames length_expected{};
  std::uint64_t dither_seed = 0;
  std::optional<BroadcastInfo> broadcast = {};  // WAV only
};

// Is told all bytes of a file, in order, while it is written. One thread at a time calls.
class FileListener {
 public:
  virtual ~FileListener() = default;
  // The bytes follow, from the first on. What was told before is void.
  virtual void begin() = 0;
  virtual void add(std::span<const std::byte> bytes) = 0;
};

class AudioWriter {
 public:
  // listener: null, or outlives the writer. A WAV of the length that is expected is told as it is written, another file
  // when it is finished. Fails with unavailable, exhausted or invalid (the format cannot hold this).
  static Result<AudioWriter> create(const std::filesystem::path& place, WriterOptions options,
                                    FileListener* listener = nullptr);
  ~AudioWriter();
  AudioWriter(AudioWriter&&) noexcept;
  AudioWriter& operator=(AudioWriter&&) noexcept;

  // Appends. Integer formats are dithered (dsp/dither.hpp) by the absolute frame; any division gives the same bytes.
  Result<void> write(ConstAudioBlock block);

  // Syncs and gives the file its name. Fails as a write does.
  Result<void> finish();

  Frames written() const noexcept;

 private:
  struct State;
  explicit AudioWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace talkback::media
