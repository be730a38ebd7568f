#include "engine/media/audio_file.hpp"

#include <limits>

#include "tests/engine/media/media_support.hpp"

namespace talkback::media {
namespace {

TEST(AudioFileTest, ReadsAnyPlaceAndSilenceOutside) {
  const TemporaryFolder folder;
  for (const AudioFormat format : {AudioFormat::wav_float, AudioFormat::flac_24}) {
    const auto path = folder / "sound";
    const AudioBuffer sound = noise(2, 10'000);
    write_file(path, sound, {.format = format});
    auto reader = open_audio_file(path);
    ASSERT_TRUE(reader);
    const AudioBuffer all = read_file(**reader, 0, 10'000);
    EXPECT_TRUE(same(read_file(**reader, 7'000, 500).block(), std::as_const(all).block().slice(7'000, 500)));
    EXPECT_TRUE(same(read_file(**reader, 3, 5'000).block(), std::as_const(all).block().slice(3, 5'000)));
    const AudioBuffer around = read_file(**reader, 9'990, 100);
    EXPECT_EQ(around.block().channel(0)[9], all.block().channel(0)[9'999]);
    EXPECT_EQ(around.block().channel(0)[10], 0.0F);
    EXPECT_EQ(read_file(**reader, -5, 10).block().channel(1)[5], all.block().channel(1)[0]);
  }
}

TEST(AudioFileTest, WhatIsNoSoundIsRefusedInWords) {
  const TemporaryFolder folder;
  const auto missing = inspect(folder / "missing.wav");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  for (const auto& [name, bytes] :
       {std::pair{"empty.wav", ""}, std::pair{"text.wav", "Dear diary, this is no sound.\n"},
        std::pair{"cut.wav", "RIFF\x10"}}) {
    const auto result = inspect(folder.write(name, bytes));
    ASSERT_FALSE(result) << name;
    EXPECT_EQ(result.error().code, ErrorCode::corrupt) << name;
    EXPECT_NE(result.error().message.find(name), std::string::npos);
  }
}

TEST(AudioFileTest, CutFileIsReadAsFarAsItGoesWithAWarning) {
  const TemporaryFolder folder;
  write_file(folder / "whole.wav", noise(1, 10'000), {.format = AudioFormat::wav_16});
  const auto cut = folder.write("cut.wav", bytes_of(folder / "whole.wav").substr(0, 8'000));
  const auto info = inspect(cut);
  ASSERT_TRUE(info);
  EXPECT_LT(info->length.count, 4'000);
  EXPECT_EQ(info->warnings.size(), 1U);
  EXPECT_TRUE(inspect(folder / "whole.wav")->warnings.empty());
}

TEST(AudioFileTest, CutFlacFailsWhereItEnds) {
  const TemporaryFolder folder;
  write_file(folder / "whole.flac", noise(1, 50'000), {.format = AudioFormat::flac_16});
  const auto cut = folder.write("cut.flac", bytes_of(folder / "whole.flac").substr(0, 40'000));
  auto reader = open_audio_file(cut);
  if (!reader) return;
  AudioBuffer buffer(1, 50'000);
  const auto outcome = (*reader)->read({}, buffer.block());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::corrupt);
}

TEST(AudioFileTest, NumbersThatAreNoneBecomeSilenceAndAreCounted) {
  const TemporaryFolder folder;
  AudioBuffer sound(1, 100);
  sound.block().channel(0)[10] = std::numeric_limits<float>::quiet_NaN();
  sound.block().channel(0)[20] = std::numeric_limits<float>::infinity();
  sound.block().channel(0)[30] = -std::numeric_limits<float>::infinity();
  sound.block().channel(0)[40] = 3e38F;
  write_file(folder / "nan.wav", sound, {});
  auto reader = open_audio_file(folder / "nan.wav");
  ASSERT_TRUE(reader);
  const AudioBuffer read = read_file(**reader, 0, 100);
  EXPECT_EQ(read.block().channel(0)[10], 0.0F);
  EXPECT_EQ(read.block().channel(0)[40], 3e38F);
  EXPECT_EQ((*reader)->not_finite(), 3);
}

}  // namespace
}  // namespace talkback::media
