#include "engine/media/time_stretch.hpp"

#include <cmath>
#include <fstream>
#include <limits>
#include <numbers>

#include "engine/media/pcm_cache_size.hpp"
#include "engine/media/source_library.hpp"
#include "tests/engine/media/media_support.hpp"

namespace talkback::media {
namespace {

constexpr SampleRate kRate{48'000};

AudioBuffer sine(double hz, int frames) {
  AudioBuffer sound(1, frames);
  for (int n = 0; n < frames; ++n)
    sound.block().channel(0)[static_cast<std::size_t>(n)] =
        0.5F * static_cast<float>(std::sin(2.0 * std::numbers::pi * hz * n / kRate.hz));
  return sound;
}

// Drops of a woodblock: 20 ms of a decaying tone every half second, over a quiet hum.
AudioBuffer woodblock(int count) {
  AudioBuffer sound = sine(110.0, count * 24'000);
  const auto samples = sound.block().channel(0);
  for (float& sample : samples) sample *= 0.02F;
  for (int hit = 0; hit < count; ++hit) {
    for (int n = 0; n < 960; ++n)
      samples[static_cast<std::size_t>(hit * 24'000 + 6'000 + n)] +=
          0.8F * static_cast<float>(std::exp(-n / 200.0) * std::sin(2.0 * std::numbers::pi * 1'500.0 * n / kRate.hz));
  }
  return sound;
}

class TimeStretchTest : public ::testing::Test {
 protected:
  // Interleaved.
  Result<std::vector<float>> stretched(const AudioBuffer& sound, const TimeStretch& stretch) {
    write_file(folder / "sound", sound, {.rate = kRate});
    auto reader = open_audio_file(folder / "sound");
    if (!reader) return reader.error();
    std::vector<float> result;
    TALKBACK_ASSIGN(not_finite, stretch_sound(**reader, stretch, kRate, [&](std::span<const float> part) {
                      result.insert(result.end(), part.begin(), part.end());
                      return Result<void>{};
                    }));
    return result;
  }

  TemporaryFolder folder;
  std::int64_t not_finite = 0;
};

// By the upward crossings of zero, interpolated.
double frequency_of(std::span<const float> samples) {
  double first = -1.0;
  double last = -1.0;
  int periods = -1;
  for (std::size_t n = 1; n < samples.size(); ++n) {
    if (samples[n - 1] >= 0.0F || samples[n] < 0.0F) continue;
    const double above = samples[n];
    last = static_cast<double>(n) - above / (above - static_cast<double>(samples[n - 1]));
    if (first < 0.0) first = last;
    ++periods;
  }
  return periods * kRate.hz / (last - first);
}

double cents(double hz, double reference) { return 1'200.0 * std::log2(hz / reference); }

TEST_F(TimeStretchTest, TheLengthIsExact) {
  for (const int channels : {1, 2, 3}) {
    for (const int frames : {1, 100, 4'096, 30'001}) {
      for (const double ratio : {0.25, 0.5, 92.0 / 98.0, 1.7, 4.0}) {
        const auto result = stretched(noise(channels, frames), {.time_ratio = ratio});
        ASSERT_TRUE(result) << result.error().message;
        EXPECT_EQ(result->size(), static_cast<std::size_t>(std::llround(frames * ratio) * channels))
            << channels << " channels, " << frames << " frames by " << ratio;
      }
    }
  }
}

TEST_F(TimeStretchTest, NothingStaysNothing) {
  const auto result = stretched(AudioBuffer(2, 0), {.time_ratio = 2.0});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->empty());
}

TEST_F(TimeStretchTest, StretchingKeepsPitchAndLevel) {
  for (const double ratio : {0.5, 92.0 / 98.0, 1.5, 3.0}) {
    const auto result = stretched(sine(440.0, 96'000), {.time_ratio = ratio});
    ASSERT_TRUE(result);
    const std::size_t edge = result->size() / 5;
    const std::span<const float> middle(result->data() + edge, result->size() - 2 * edge);
    EXPECT_NEAR(cents(frequency_of(middle), 440.0), 0.0, 1.0) << ratio;
    double power = 0.0;
    for (const float sample : middle) power += std::pow(static_cast<double>(sample), 2.0);
    EXPECT_NEAR(10.0 * std::log10(power / static_cast<double>(middle.size()) / 0.125), 0.0, 0.5) << ratio;
  }
}

TEST_F(TimeStretchTest, TransposingKeepsTheLength) {
  for (const double semitones : {-12.0, -3.5, 7.0, 24.0}) {
    const auto result = stretched(sine(440.0, 96'000), {.transpose_st = semitones});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->size(), 96'000U);
    const std::span<const float> middle(result->data() + 20'000, 56'000);
    EXPECT_NEAR(cents(frequency_of(middle), 440.0 * std::exp2(semitones / 12.0)), 0.0, 1.0) << semitones;
  }
}

TEST_F(TimeStretchTest, AttacksStayAtTheirPlaces) {
  const AudioBuffer sound = woodblock(8);
  for (const double ratio : {0.8, 92.0 / 98.0, 1.25, 1.6}) {
    const auto result = stretched(sound, {.time_ratio = ratio});
    ASSERT_TRUE(result);
    for (int hit = 0; hit < 8; ++hit) {
      const double wanted = (hit * 24'000 + 6'000) * ratio;
      // The first sample that is louder than anything between hits.
      auto n = static_cast<std::size_t>(wanted - 5'000.0 * std::min(ratio, 1.0));
      while (n < result->size() && std::abs((*result)[n]) < 0.2F) ++n;
      EXPECT_NEAR(static_cast<double>(n) / 48.0, wanted / 48.0, ratio > 1.25 ? 5.0 : 1.5)
          << "ms, hit " << hit << " by " << ratio;
    }
  }
}

TEST_F(TimeStretchTest, EqualChannelsStayEqualAndOneSoundGivesOneResult) {
  AudioBuffer sound(2, 48'000);
  const AudioBuffer one = woodblock(2);
  for (int c = 0; c < 2; ++c) std::ranges::copy(one.block().channel(0), sound.block().channel(c).begin());
  const auto first = stretched(sound, {.time_ratio = 1.3, .transpose_st = 1.0});
  ASSERT_TRUE(first);
  for (std::size_t n = 0; n < first->size(); n += 2) ASSERT_EQ((*first)[n], (*first)[n + 1]) << n;
  const auto second = stretched(sound, {.time_ratio = 1.3, .transpose_st = 1.0});
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
}

TEST_F(TimeStretchTest, WhatCannotBeDoneIsSaid) {
  const AudioBuffer sound = noise(1, 100);
  for (const TimeStretch& stretch : {TimeStretch{0.2, 0.0}, TimeStretch{4.1, 0.0}, TimeStretch{1.0, 25.0},
                                     TimeStretch{std::numeric_limits<double>::quiet_NaN(), 0.0}}) {
    const auto result = stretched(sound, stretch);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::invalid);
  }
}

TEST_F(TimeStretchTest, SamplesThatAreNoNumbersAreSilentAndCountedOnce) {
  AudioBuffer sound = noise(1, 20'000);
  for (std::size_t n = 5'000; n < 5'010; ++n) sound.block().channel(0)[n] = std::numeric_limits<float>::quiet_NaN();
  const auto result = stretched(sound, {.time_ratio = 1.5});
  ASSERT_TRUE(result);
  EXPECT_EQ(not_finite, 10);
  for (const float sample : *result) ASSERT_TRUE(std::isfinite(sample));
}

class StretchedSourceTest : public ::testing::Test {
 protected:
  StretchedSourceTest()
      : library([this](std::string_view name) -> Result<std::filesystem::path> { return folder / name; },
                folder / "cache") {}

  std::vector<std::filesystem::path> entries() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "cache")) found.push_back(entry.path());
    return found;
  }

  TemporaryFolder folder;
  SourceLibrary library;
};

TEST_F(StretchedSourceTest, AreReadAndMappedAlikeFromOneEntry) {
  write_file(folder / "a", noise(2, 24'000), {.format = AudioFormat::wav_24, .rate = kRate});
  const TimeStretch stretch{.time_ratio = 1.5};
  const auto info = library.describe("a", kRate, stretch);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->length.count, 36'000);
  EXPECT_EQ(info->channels, 2);
  auto reader = library.open("a", kRate, stretch);
  ASSERT_TRUE(reader) << reader.error().message;
  const auto map = library.map("a", kRate, stretch);
  ASSERT_TRUE(map) << map.error().message;
  AudioBuffer mapped(2, 36'000);
  (*map)->read(FramePosition{0}, mapped.block());
  EXPECT_TRUE(same(read_file(**reader, 0, 36'000).block(), mapped.block()));
  EXPECT_EQ(entries().size(), 1U);
  // Beside it the sound as it is, which is read where it lies.
  EXPECT_EQ(library.describe("a", kRate)->length.count, 24'000);
  EXPECT_EQ(entries().size(), 1U);
}

TEST_F(StretchedSourceTest, OfAnotherRateAreConvertedFirst) {
  write_file(folder / "a", noise(1, 44'100), {.rate = {44'100}});
  EXPECT_EQ(library.describe("a", kRate, {.time_ratio = 0.5})->length.count, 24'000);
}

TEST_F(StretchedSourceTest, DamagedEntriesAreMadeAgain) {
  write_file(folder / "a", noise(1, 10'000), {.rate = kRate});
  const TimeStretch stretch{.time_ratio = 1.25, .transpose_st = -2.0};
  ASSERT_TRUE(library.describe("a", kRate, stretch));
  ASSERT_EQ(entries().size(), 1U);
  const std::string whole = bytes_of(entries()[0]);
  std::filesystem::resize_file(entries()[0], 1'000);
  SourceLibrary later([this](std::string_view name) -> Result<std::filesystem::path> { return folder / name; },
                      folder / "cache");
  ASSERT_TRUE(later.describe("a", kRate, stretch));
  EXPECT_EQ(bytes_of(entries()[0]), whole);
}

TEST(PcmCacheSizeTest, WhatWasOpenedLongestAgoGoesFirstAndWhatIsInUseStays) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name, int hours_ago) {
    std::ofstream(folder / name) << std::string(1'000, 'x');
    std::filesystem::last_write_time(folder / name,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours_ago));
  };
  write("old.pcm", 50);
  write("older.pcm", 60);
  write("oldest.pcm", 70);
  write("new.pcm", 0);
  write("notes.txt", 90);
  trim_pcm_cache(folder.path(), {.bytes_max = 4'000});
  EXPECT_TRUE(std::filesystem::exists(folder / "oldest.pcm"));
  trim_pcm_cache(folder.path(), {.bytes_max = 2'500});
  EXPECT_FALSE(std::filesystem::exists(folder / "oldest.pcm"));
  EXPECT_FALSE(std::filesystem::exists(folder / "older.pcm"));
  EXPECT_TRUE(std::filesystem::exists(folder / "old.pcm"));
  trim_pcm_cache(folder.path(), {.bytes_max = 0});
  EXPECT_FALSE(std::filesystem::exists(folder / "old.pcm"));
  EXPECT_TRUE(std::filesystem::exists(folder / "new.pcm"));
  EXPECT_TRUE(std::filesystem::exists(folder / "notes.txt"));
  trim_pcm_cache(folder / "nowhere", {.bytes_max = 0});
}

TEST(PcmCacheSizeTest, OpeningAnEntryCountsAsUse) {
  const TemporaryFolder folder;
  write_file(folder / "a", noise(1, 1'000), {.rate = {44'100}});
  const auto entry = ensure_decoded(folder / "a", "a", kRate, folder / "cache");
  ASSERT_TRUE(entry);
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(100);
  std::filesystem::last_write_time(*entry, long_ago);
  ASSERT_TRUE(open_decoded(*entry));
  EXPECT_GT(std::filesystem::last_write_time(*entry), long_ago + std::chrono::hours(99));
}

}  // namespace
}  // namespace talkback::media
