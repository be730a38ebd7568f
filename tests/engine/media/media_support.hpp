#pragma once

#include <gtest/gtest.h>

#include "engine/dsp/dither.hpp"
#include "engine/media/audio_file.hpp"
#include "engine/media/audio_writer.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::media {

inline AudioBuffer noise(int channels, int frames) {
  AudioBuffer result(channels, frames);
  for (int c = 0; c < channels; ++c) {
    for (int n = 0; n < frames; ++n) {
      result.block().channel(c)[static_cast<std::size_t>(n)] =
          0.5F * static_cast<float>(dsp::TpdfDither(3).noise(c, {n}));
    }
  }
  return result;
}

inline void write_file(const std::filesystem::path& path, const AudioBuffer& sound, WriterOptions options) {
  options.channels = sound.channel_count();
  auto writer = AudioWriter::create(path, options);
  ASSERT_TRUE(writer) << writer.error().message;
  ASSERT_TRUE(writer->write(sound.block()));
  ASSERT_TRUE(writer->finish());
}

inline AudioBuffer read_file(SourceReader& reader, std::int64_t first, int frames) {
  AudioBuffer result(reader.channels(), frames);
  const auto outcome = reader.read(FramePosition{first}, result.block());
  EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message);
  return result;
}

inline bool same(ConstAudioBlock a, ConstAudioBlock b) {
  for (int c = 0; c < a.channel_count(); ++c) {
    if (!std::ranges::equal(a.channel(c), b.channel(c))) return false;
  }
  return true;
}

}  // namespace talkback::media
