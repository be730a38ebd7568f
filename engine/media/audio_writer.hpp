// Writes finished sound: broadcast WAV and FLAC, the same bytes for the same sound.
//
// Nothing of the clock or the machine enters the file. It appears under its name only when finished.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
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

class AudioWriter {
 public:
  // Fails with unavailable, exhausted or invalid (the format cannot hold this).
  static Result<AudioWriter> create(const std::filesystem::path& place, WriterOptions options);
  ~AudioWriter();
  AudioWriter(AudioWriter&&) noexcept;
  AudioWriter& operator=(AudioWriter&&) noexcept;

  // Appends. Integer formats are dithered (dsp/dither.hpp) by the absolute frame; any division gives the same bytes.
  Result<void> write(ConstAudioBlock block);

  // Syncs and gives the file its name.
  Result<void> finish();

  // The same, and hands all bytes of the file to `read`, in order, on another thread while the disk is waited for.
  Result<void> finish(const std::function<void(std::span<const std::byte>)>& read);

  Frames written() const noexcept;

 private:
  struct State;
  explicit AudioWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace talkback::media
