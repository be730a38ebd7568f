// Files of other people's programs: read them right or refuse them politely.
#include "engine/media/midi_file.hpp"
#include "engine/media/pcm_cache.hpp"
#include "tests/engine/media/media_support.hpp"
#include "tests/support/test_data.hpp"

namespace talkback::media {
namespace {

std::int64_t frames_of(std::string_view name) {
  const auto info = inspect(test_data(name));
  return info ? info->length.count : -1;
}

TEST(MediaConformanceTest, ReadsTheWavesOfTheWorld) {
  TALKBACK_NEEDS_TEST_DATA();
  EXPECT_EQ(frames_of("wav/bwf/umid.wav"), 44'100);
  EXPECT_EQ(frames_of("wav/bwf/wavinfo Test Project - Audio - Stereo.wav"), 48'000);
  EXPECT_EQ(frames_of("wav/made/rf64-small.wav"), 480);
  EXPECT_EQ(frames_of("wav/made/zero-frames.wav"), 0);
  EXPECT_EQ(frames_of("wav/made/extensible-24-in-32.wav"), 480);
  EXPECT_EQ(frames_of("wav/made/truncated-data.wav"), 329);
  EXPECT_EQ(frames_of("wav/taglib/float64.wav"), 4'281);
  EXPECT_FALSE(inspect(test_data("wav/made/truncated-data.wav"))->warnings.empty());
  EXPECT_TRUE(inspect(test_data("wav/made/data-size-0xffffffff.wav"))->warnings.empty());
}

TEST(MediaConformanceTest, RefusesWhatCannotBe) {
  TALKBACK_NEEDS_TEST_DATA();
  for (const std::string_view name : {"zero-channels", "zero-sample-rate", "bits-0", "list-size-overrun"}) {
    EXPECT_EQ(frames_of("wav/made/" + std::string(name) + ".wav"), -1) << name;
  }
  EXPECT_EQ(frames_of("flac/made/zero-length-file.flac"), -1);
}

TEST(MediaConformanceTest, EveryFileIsReadOrRefusedWithoutHarm) {
  TALKBACK_NEEDS_TEST_DATA();
  for (const std::string_view folder : {"wav", "flac", "aiff", "lossy"}) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(test_data(folder))) {
      if (!file.is_regular_file()) continue;
      auto reader = open_audio_file(file.path());
      if (!reader) continue;
      AudioBuffer buffer((*reader)->channels(), 4'096);
      for (std::int64_t n = 0; n < std::min<std::int64_t>((*reader)->length().count, 500'000); n += 4'096) {
        if (!(*reader)->read(FramePosition{n}, buffer.block())) break;
        for (const float sample : buffer.block().channel(0)) ASSERT_TRUE(std::isfinite(sample)) << file.path();
      }
    }
  }
}

TEST(MediaConformanceTest, LossySourcesGoThroughTheCache) {
  TALKBACK_NEEDS_TEST_DATA();
  const TemporaryFolder folder;
  for (const std::string_view name : {"stereo-96k.opus", "vorbis-q4.ogg", "cbr128-lame-gapless.mp3"}) {
    const auto path = test_data("lossy") / name;
    EXPECT_FALSE(inspect(path)->seeks_exactly) << name;
    const auto entry = ensure_decoded(path, name, {44'100}, folder.path());
    ASSERT_TRUE(entry) << entry.error().message;
    const auto reader = open_decoded(*entry);
    ASSERT_TRUE(reader);
    EXPECT_GT((*reader)->length().count, 1'000);
  }
}

TEST(MediaConformanceTest, ReadsSongsAndSurvivesBrokenMidi) {
  TALKBACK_NEEDS_TEST_DATA();
  const auto notes = [](std::string_view name) {
    const auto file = read_midi_file(test_data("midi") / name);
    std::size_t count = 0;
    if (file) {
      for (const MidiTrack& track : file->tracks) count += track.notes.size();
    }
    return count;
  };
  EXPECT_EQ(notes("songs/BWV1007Prelude.mid"), 288U);
  EXPECT_EQ(notes("songs/PopPunk.mid"), 3'915U);
  EXPECT_EQ(notes("songs/RoyalCourt.mid"), 461U);
  EXPECT_EQ(notes("suite/test-c-major-scale.mid"), 8U);
  for (const auto& file : std::filesystem::recursive_directory_iterator(test_data("midi"))) {
    if (file.is_regular_file()) static_cast<void>(read_midi_file(file.path()));
  }
}

}  // namespace
}  // namespace talkback::media
