#include "client/recorder/capture_file.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "engine/media/audio_file.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback::recorder {
namespace {

constexpr SampleRate kRate{44'100};
constexpr std::size_t kHeaderBytes = 16;

class CaptureFileTest : public ::testing::Test {
 protected:
  std::filesystem::path capture(const AudioBuffer& sound, int block_frames = 100) {
    const auto path = folder / "take.capture";
    auto file = CaptureFile::create(path, kRate, sound.channel_count());
    EXPECT_TRUE(file);
    for (int at = 0; at < sound.frame_count(); at += block_frames)
      EXPECT_TRUE(file->append(sound.block().slice(at, std::min(block_frames, sound.frame_count() - at))));
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(file->length(), Frames{sound.frame_count()});
    return path;
  }
  AudioBuffer read(const std::filesystem::path& wav) {
    auto reader = media::open_audio_file(wav);
    EXPECT_TRUE(reader) << (reader ? "" : reader.error().message);
    AudioBuffer sound((*reader)->channels(), static_cast<int>((*reader)->length().count));
    EXPECT_TRUE((*reader)->read(FramePosition{0}, sound.block()));
    return sound;
  }
  static void expect_begins_with(const AudioBuffer& whole, const AudioBuffer& part) {
    ASSERT_EQ(part.channel_count(), whole.channel_count());
    for (int c = 0; c < part.channel_count(); ++c)
      ASSERT_TRUE(std::ranges::equal(part.block().channel(c), whole.block().slice(0, part.frame_count()).channel(c)));
  }

  TemporaryFolder folder;
};

TEST_F(CaptureFileTest, AWholeCaptureBecomesTheSameSamples) {
  const AudioBuffer sound = test_noise(2, 40'000, 1.5F);  // beyond full scale, and more than one copy
  const auto written = write_wav(capture(sound), folder / "take.wav", {"Take", "2026-01-31", "18:30:00", {96'000}});
  ASSERT_TRUE(written);
  EXPECT_EQ(written->rate, kRate);
  EXPECT_EQ(written->channels, 2);
  EXPECT_EQ(written->length, Frames{40'000});
  EXPECT_EQ(media::inspect(folder / "take.wav")->sample_rate_hz, 44'100);
  const AudioBuffer back = read(folder / "take.wav");
  ASSERT_EQ(back.frame_count(), 40'000);
  expect_begins_with(sound, back);
}

TEST_F(CaptureFileTest, ACaptureCutOffAnywhereGivesAllWholeFrames) {
  const AudioBuffer sound = test_noise(3, 20);
  const std::string bytes = bytes_of(capture(sound, 7));
  ASSERT_EQ(bytes.size(), kHeaderBytes + 3 * 20 * sizeof(float));
  for (std::size_t cut = kHeaderBytes; cut <= bytes.size(); ++cut) {
    SCOPED_TRACE("cut at byte " + std::to_string(cut));
    const auto path = folder.write("cut.capture", bytes.substr(0, cut));
    const auto written = write_wav(path, folder / "cut.wav", {});
    const std::size_t frames = (cut - kHeaderBytes) / (3 * sizeof(float));
    ASSERT_TRUE(written);
    ASSERT_EQ(written->length, Frames{static_cast<std::int64_t>(frames)});
    if (frames == 0) continue;
    const AudioBuffer back = read(folder / "cut.wav");
    ASSERT_EQ(back.frame_count(), static_cast<int>(frames));
    expect_begins_with(sound, back);
  }
}

TEST_F(CaptureFileTest, AHeaderThatWasCutOffIsCorrupt) {
  const std::string bytes = bytes_of(capture(test_noise(1, 20)));
  for (std::size_t cut = 0; cut < kHeaderBytes; ++cut) {
    const auto written = write_wav(folder.write("cut.capture", bytes.substr(0, cut)), folder / "cut.wav", {});
    ASSERT_FALSE(written) << cut;
    EXPECT_EQ(written.error().code, ErrorCode::corrupt);
    EXPECT_FALSE(std::filesystem::exists(folder / "cut.wav"));
  }
}

TEST_F(CaptureFileTest, WhatIsNoCaptureIsCorruptAndNamed) {
  std::string wrong_channels = bytes_of(capture(test_noise(1, 20)));
  const std::uint32_t many = std::numeric_limits<std::uint32_t>::max();
  std::memcpy(wrong_channels.data() + 12, &many, 4);
  for (const std::string& bytes : {std::string("RIFF....WAVEfmt ................"), wrong_channels}) {
    const auto written = write_wav(folder.write("other.capture", bytes), folder / "other.wav", {});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::corrupt);
    EXPECT_NE(written.error().message.find("other.capture"), std::string::npos);
  }
}

TEST_F(CaptureFileTest, AnotherTakeIsNeverOverwritten) {
  const auto path = capture(test_noise(1, 20));
  const std::string before = bytes_of(path);
  EXPECT_FALSE(CaptureFile::create(path, kRate, 1));
  EXPECT_EQ(bytes_of(path), before);
}

}  // namespace
}  // namespace talkback::recorder
