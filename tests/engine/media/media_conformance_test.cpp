// Files of other people's programs: read them right or refuse them politely. What a real voice sings when stretched.
#include <cmath>
#include <fstream>

#include "engine/analysis/tuner.hpp"
#include "engine/media/midi_file.hpp"
#include "engine/media/pcm_cache.hpp"
#include "engine/media/time_stretch.hpp"
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

// Times in seconds and fundamentals in Hz, 0 where nobody sings.
std::vector<std::pair<double, double>> pitch_truth(std::string_view name) {
  std::ifstream file(test_data(name));
  std::vector<std::pair<double, double>> points;
  double time = 0.0;
  double hz = 0.0;
  for (char comma = 0; file >> time >> comma >> hz;) points.emplace_back(time, hz);
  return points;
}

TEST(MediaConformanceTest, AVoiceStretchedAndTransposedSingsTheSameMelody) {
  TALKBACK_NEEDS_TEST_DATA();
  constexpr double kRatio = 1.25;
  constexpr double kTransposeSt = -3.0;
  // The tuner's window of 85 ms speaks for its middle.
  constexpr double kWindowMiddle = 0.0425;
  const auto voice = open_audio_file(test_data("vocals/vocadito_1.flac"));
  ASSERT_TRUE(voice) << voice.error().message;
  const SampleRate rate{44'100};
  std::vector<float> sung;
  ASSERT_TRUE(stretch_sound(**voice, {kRatio, kTransposeSt}, rate, [&](std::span<const float> part) {
    sung.insert(sung.end(), part.begin(), part.end());
    return Result<void>{};
  }));
  auto tuner = analysis::Tuner::create(rate);
  ASSERT_TRUE(tuner);
  std::size_t done = 0;
  std::vector<double> off_cents;
  int points = 0;
  for (const auto& [time, hz] : pitch_truth("vocals/vocadito_1_f0.csv")) {
    const auto until = static_cast<std::size_t>((time * kRatio + kWindowMiddle) * rate.hz);
    if (hz <= 0.0 || until > sung.size()) continue;
    while (done < until) {
      const std::size_t frames = std::min<std::size_t>(until - done, 512);
      float* const channel = sung.data() + done;
      tuner->process(ConstAudioBlock(AudioBlock(std::span<float* const>(&channel, 1), static_cast<int>(frames))));
      done += frames;
    }
    ++points;
    if (const auto& reading = tuner->reading())
      off_cents.push_back(std::abs(1'200.0 * std::log2(reading->frequency_hz / hz) - 100.0 * kTransposeSt));
  }
  ASSERT_GT(points, 500);
  // Consonants and the ends of notes have no steady pitch.
  EXPECT_GT(static_cast<double>(off_cents.size()), 0.8 * points);
  std::ranges::sort(off_cents);
  EXPECT_LT(off_cents[off_cents.size() / 2], 15.0);
  EXPECT_LT(off_cents[off_cents.size() * 8 / 10], 60.0);
}

}  // namespace
}  // namespace talkback::media
