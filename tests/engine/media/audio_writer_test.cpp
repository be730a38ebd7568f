#include "engine/media/audio_writer.hpp"

#include <cmath>

#include "tests/engine/media/media_support.hpp"

namespace talkback::media {
namespace {

TEST(AudioWriterTest, AnyDivisionGivesTheSameBytes) {
  const TemporaryFolder folder;
  const AudioBuffer sound = noise(2, 5'000);
  for (const AudioFormat format :
       {AudioFormat::wav_float, AudioFormat::wav_24, AudioFormat::wav_16, AudioFormat::flac_24, AudioFormat::flac_16}) {
    const WriterOptions options{.format = format, .broadcast = BroadcastInfo{.description = "Mix"}};
    write_file(folder / "once", sound, options);
    auto writer = AudioWriter::create(folder / "parts", options);
    ASSERT_TRUE(writer);
    for (int n = 0; n < 5'000; n += 441) ASSERT_TRUE(writer->write(sound.block().slice(n, std::min(441, 5'000 - n))));
    ASSERT_TRUE(writer->finish());
    EXPECT_EQ(bytes_of(folder / "once"), bytes_of(folder / "parts"));
    EXPECT_EQ(inspect(folder / "once")->length.count, 5'000);
  }
}

TEST(AudioWriterTest, IntegersAreWithinOneAndAHalfSteps) {
  const TemporaryFolder folder;
  const AudioBuffer sound = noise(1, 20'000);
  for (const AudioFormat format : {AudioFormat::wav_16, AudioFormat::flac_24}) {
    write_file(folder / "sound", sound, {.format = format});
    auto reader = open_audio_file(folder / "sound");
    const AudioBuffer read = read_file(**reader, 0, 20'000);
    const float step = std::ldexp(1.0F, 1 - bits_of(format));
    for (std::size_t n = 0; n < 20'000; ++n)
      EXPECT_NEAR(read.block().channel(0)[n], sound.block().channel(0)[n], 1.51F * step);
  }
}

TEST(AudioWriterTest, FileAppearsOnlyWhenFinished) {
  const TemporaryFolder folder;
  {
    auto writer = AudioWriter::create(folder / "mix.wav", {});
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write(noise(2, 100).block()));
    EXPECT_FALSE(std::filesystem::exists(folder / "mix.wav"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(AudioWriterTest, WhatIsReadWhileItFinishesIsTheFile) {
  const TemporaryFolder folder;
  for (const AudioFormat format : {AudioFormat::wav_24, AudioFormat::flac_16}) {
    auto writer = AudioWriter::create(folder / "mix", {.format = format});
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write(noise(2, 200'000).block()));
    std::string read;
    ASSERT_TRUE(writer->finish([&](std::span<const std::byte> bytes) {
      read.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }));
    EXPECT_GT(read.size(), 1'000U);
    EXPECT_EQ(read, bytes_of(folder / "mix"));
  }
}

TEST(AudioWriterTest, BroadcastChunkIsWrittenWithoutTheClock) {
  const TemporaryFolder folder;
  write_file(folder / "mix.wav", noise(2, 100),
             {.broadcast = BroadcastInfo{.description = "Song, mix", .time_reference = {96'000}}});
  const std::string bytes = bytes_of(folder / "mix.wav");
  EXPECT_NE(bytes.find("bext"), std::string::npos);
  EXPECT_NE(bytes.find("Song, mix"), std::string::npos);
  EXPECT_EQ(bytes.find("PEAK"), std::string::npos);
}

TEST(AudioWriterTest, LongFilesAreRf64) {
  const TemporaryFolder folder;
  write_file(folder / "long.wav", noise(2, 100), {.length_expected = {1LL << 30}});
  EXPECT_EQ(bytes_of(folder / "long.wav").substr(0, 4), "RF64");
  EXPECT_EQ(inspect(folder / "long.wav")->length.count, 100);
}

}  // namespace
}  // namespace talkback::media
