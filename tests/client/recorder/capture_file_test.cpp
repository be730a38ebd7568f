#include "client/recorder/capture_file.hpp"

#include <sndfile.h>

#include <cstring>

#include "client/recorder/take_encoder.hpp"
#include "engine/media/audio_file.hpp"
#include "tests/client/recorder/recording_support.hpp"
#include "tests/support/card_samples.hpp"

namespace talkback::recorder {
namespace {

using test::tags_of_test;

class CaptureFileTest : public ::testing::Test {
 protected:
  std::filesystem::path capture(const AudioBuffer& sound, int block_frames = 100) {
    const auto path = folder / "take.wav";
    std::filesystem::remove(path);
    auto file = CaptureFile::create(path, tags_of_test(sound.channel_count()));
    EXPECT_TRUE(file);
    for (int at = 0; at < sound.frame_count(); at += block_frames)
      EXPECT_TRUE(file->append(sound.block().slice(at, std::min(block_frames, sound.frame_count() - at))));
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(file->length(), Frames{sound.frame_count()});
    return path;
  }
  static AudioBuffer read(const std::filesystem::path& file) {
    auto reader = media::open_audio_file(file);
    EXPECT_TRUE(reader) << (reader ? "" : reader.error().message);
    if (!reader) return {};
    AudioBuffer sound((*reader)->channels(), static_cast<int>((*reader)->length().count));
    EXPECT_TRUE((*reader)->read(FramePosition{0}, sound.block()));
    return sound;
  }
  static void expect_begins_with(const AudioBuffer& whole, const AudioBuffer& part) {
    ASSERT_EQ(part.channel_count(), whole.channel_count());
    for (int c = 0; c < part.channel_count(); ++c)
      ASSERT_TRUE(std::ranges::equal(part.block().channel(c), whole.block().slice(0, part.frame_count()).channel(c)));
  }
  // As a sound card gives them.
  static AudioBuffer integers(int channels, int frames) {
    AudioBuffer sound = test_noise(channels, frames, 0.7F);
    for (int c = 0; c < channels; ++c) talkback::test::round_to_24_bits(sound.block().channel(c));
    sound.block().channel(0)[0] = -1.0F;
    return sound;
  }
  TakeEncoder::Complete encode(const std::filesystem::path& file, const AudioBuffer& sound) {
    auto encoder = TakeEncoder::create(file, folder / "take.flac", tags_of_test(sound.channel_count()));
    EXPECT_TRUE(encoder);
    while (*encoder->advance()) {
    }
    auto complete = encoder->complete(tags_of_test(sound.channel_count()), Frames{sound.frame_count()});
    EXPECT_TRUE(complete) << (complete ? "" : complete.error().message);
    return *complete;
  }

  TemporaryFolder folder;
};

TEST_F(CaptureFileTest, ACaptureCutOffAnywhereGivesAllWholeFrames) {
  const AudioBuffer sound = test_noise(3, 20);
  const auto path = capture(sound, 7);
  const auto whole = std::filesystem::file_size(path);
  for (std::uintmax_t bytes = whole; bytes >= whole - 20 * 12; --bytes) {
    std::filesystem::resize_file(path, bytes);
    auto reader = CaptureReader::open(path, 3);
    const auto frames = static_cast<int>((bytes - (whole - 20 * 12)) / 12);
    ASSERT_EQ(*reader->length(), Frames{frames});
    AudioBuffer back(3, 20);
    ASSERT_EQ(*reader->read(FramePosition{0}, back.block()), frames);
    for (int c = 0; c < 3; ++c)
      ASSERT_TRUE(
          std::ranges::equal(back.block().slice(0, frames).channel(c), sound.block().slice(0, frames).channel(c)));
  }
}

// Any tool opens it while it is being written, and what a crash left.
TEST_F(CaptureFileTest, ACaptureThatNobodyClosedOpensInLibsndfile) {
  const AudioBuffer sound = test_noise(2, 5'000);
  const auto path = capture(sound);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 3);
  SF_INFO info{};
  SNDFILE* const file = sf_open(path.c_str(), SFM_READ, &info);
  ASSERT_NE(file, nullptr) << sf_strerror(nullptr);
  EXPECT_EQ(info.channels, 2);
  EXPECT_EQ(info.frames, 4'999);
  sf_close(file);
}

TEST_F(CaptureFileTest, IntegersBecomeFlacWithoutALostBit) {
  const AudioBuffer sound = integers(2, 100'003);
  const auto complete = encode(capture(sound), sound);
  EXPECT_TRUE(complete.is_flac);
  EXPECT_LT(complete.size_bytes, 100'003 * 6 + 20'000);
  const AudioBuffer back = read(complete.file);
  ASSERT_EQ(back.frame_count(), 100'003);
  expect_begins_with(sound, back);
  EXPECT_EQ(media::inspect(complete.file)->sample_rate_hz, test::kRate.hz);
}

TEST_F(CaptureFileTest, FloatsStayFloatsHoweverLateTheyCome) {
  for (const bool late : {false, true}) {
    AudioBuffer sound = late ? integers(2, 60'000) : test_noise(2, 60'000, 1.5F);
    if (late) sound.block().channel(1)[59'999] = 1e-9F;
    const auto complete = encode(capture(sound), sound);
    EXPECT_FALSE(complete.is_flac);
    EXPECT_FALSE(std::filesystem::exists(folder / "take.flac"));
    const AudioBuffer back = read(complete.file);
    ASSERT_EQ(back.frame_count(), 60'000);
    expect_begins_with(sound, back);
  }
}

// What was sent before a crash is the beginning of what is made after it.
TEST_F(CaptureFileTest, TheBytesAreTheSameHoweverTheCaptureGrew) {
  const AudioBuffer sound = integers(1, 200'000);
  const auto first = encode(capture(sound), sound);
  const std::string bytes = bytes_of(first.file);
  const auto path = folder / "grown.wav";
  auto file = CaptureFile::create(path, tags_of_test(1));
  auto encoder = TakeEncoder::create(path, folder / "grown.flac", tags_of_test(1));
  std::int64_t before = 0;
  for (int at = 0; at < 200'000; at += 7'001) {
    ASSERT_TRUE(file->append(sound.block().slice(at, std::min(7'001, 200'000 - at))));
    while (*encoder->advance()) {
    }
    EXPECT_GE(encoder->bytes(), before);
    before = encoder->bytes();
    const std::string so_far = bytes_of(folder / "grown.flac");
    ASSERT_EQ(so_far.substr(media::kFlacHeadBytes, static_cast<std::size_t>(before) - media::kFlacHeadBytes),
              bytes.substr(media::kFlacHeadBytes, static_cast<std::size_t>(before) - media::kFlacHeadBytes));
    EXPECT_LE(encoder->frames_within(before), Frames{std::min(at + 7'001, 200'000)});
  }
  const auto complete = encoder->complete(tags_of_test(1), Frames{200'000});
  ASSERT_TRUE(complete);
  EXPECT_EQ(complete->sha256, first.sha256);
  EXPECT_EQ(bytes.substr(0, complete->head.size()), complete->head);
}

TEST_F(CaptureFileTest, ACompleteFloatFileIsABroadcastWav) {
  const AudioBuffer sound = test_noise(2, 3'001);
  const auto complete = encode(capture(sound), sound);
  SF_INFO info{};
  SNDFILE* const file = sf_open(complete.file.c_str(), SFM_READ, &info);
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(info.frames, 3'001);
  EXPECT_EQ(info.format, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
  SF_BROADCAST_INFO broadcast{};
  ASSERT_EQ(sf_command(file, SFC_GET_BROADCAST_INFO, &broadcast, sizeof broadcast), SF_TRUE);
  EXPECT_EQ(std::string(broadcast.description), "Vocal by anna on virtual");
  EXPECT_EQ(std::string(broadcast.origination_date, 10), "2026-01-31");
  sf_close(file);
  const std::string bytes = bytes_of(complete.file);
  EXPECT_NE(bytes.find("<PERFORMER>anna</PERFORMER>"), std::string::npos);
}

TEST_F(CaptureFileTest, MoreChannelsThanFlacHoldsStayFloats) {
  const AudioBuffer sound = integers(16, 1'000);
  EXPECT_FALSE(encode(capture(sound), sound).is_flac);
}

TEST_F(CaptureFileTest, ATextWithMarkupOrWithoutEndDoesNotBreakTheHead) {
  media::TakeTags tags = tags_of_test(16);
  tags.project = std::string(5'000, '<');
  tags.track = "\"Ä & <b>\"" + std::string(300, 'e');
  tags.device = std::string(500, '\xc3') + "\x01";
  const auto path = folder / "odd.wav";
  ASSERT_TRUE(CaptureFile::create(path, tags));
  ASSERT_TRUE(complete_capture(path, tags, Frames{0}));
  EXPECT_EQ(std::filesystem::file_size(path), 8'192U);
}

TEST_F(CaptureFileTest, AFileThatIsThereIsNotWrittenOver) {
  const auto path = capture(test_noise(1, 10));
  EXPECT_FALSE(CaptureFile::create(path, tags_of_test()));
}

}  // namespace
}  // namespace talkback::recorder
