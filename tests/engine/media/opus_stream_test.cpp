// A preview in place of a recording: it must lie over it frame on frame, and take a tenth of it.
#include "engine/media/opus_stream.hpp"

#include <cmath>
#include <fstream>
#include <numbers>
#include <random>

#include "engine/media/source_library.hpp"
#include "tests/engine/media/media_support.hpp"

namespace talkback::media {
namespace {

// Notes of any pitch one after the other, of each channel others: what a codec keeps the shape of, unlike noise.
AudioBuffer song(int channels, int frames, int rate) {
  constexpr double kNoteSeconds = 0.21;
  AudioBuffer sound(channels, frames);
  std::mt19937 random(5);
  std::uniform_real_distribution<double> octaves(0.0, 3.0);
  for (int c = 0; c < channels; ++c) {
    double note_hz = 0.0;
    double since = kNoteSeconds;
    for (float& sample : sound.block().channel(c)) {
      if (since >= kNoteSeconds) {
        note_hz = 110.0 * std::exp2(octaves(random));
        since = 0.0;
      }
      for (int harmonic = 1; harmonic <= 5; ++harmonic)
        sample += static_cast<float>(0.25 / harmonic * std::exp(-since * 8.0) *
                                     std::sin(2.0 * std::numbers::pi * note_hz * harmonic * since));
      since += 1.0 / rate;
    }
  }
  return sound;
}

std::string encode(const AudioBuffer& sound, int rate, std::size_t& written_before_the_end) {
  std::string bytes;
  auto stream = OpusStream::create(sound.channel_count(), SampleRate{rate}, [&](std::string_view page) -> Result<void> {
    bytes += page;
    return {};
  });
  EXPECT_TRUE(stream) << stream.error().message;
  std::mt19937 random(9);
  for (int done = 0; done < sound.frame_count();) {
    const int frames = std::min<int>(sound.frame_count() - done, 1 + static_cast<int>(random() % 5'000));
    EXPECT_TRUE(stream->write(sound.block().slice(done, frames)));
    done += frames;
  }
  written_before_the_end = bytes.size();
  EXPECT_TRUE(stream->finish());
  return bytes;
}

// The shift of b against a at which they are most alike, and how much: 1 for the same.
std::pair<int, double> best_match(std::span<const float> a, std::span<const float> b) {
  constexpr int kReach = 400;
  std::pair<int, double> best{0, -1.0};
  for (int lag = -kReach; lag <= kReach; ++lag) {
    double both = 0.0;
    double own = 0.0;
    double other = 0.0;
    for (std::size_t f = kReach; f + kReach < std::min(a.size(), b.size()); ++f) {
      const double x = a[f];
      const double y = b[f + static_cast<std::size_t>(kReach + lag) - kReach];
      both += x * y;
      own += x * x;
      other += y * y;
    }
    const double alike = both / std::sqrt(own * other);
    if (alike > best.second) best = {lag, alike};
  }
  return best;
}

struct Form {
  int channels;
  int rate;
};

class OpusStreamTest : public ::testing::TestWithParam<Form> {};

TEST_P(OpusStreamTest, LiesOverWhatWasWrittenFrameOnFrame) {
  const auto [channels, rate] = GetParam();
  const TemporaryFolder folder;
  const AudioBuffer sound = song(channels, rate + 1'234, rate);
  std::size_t early = 0;
  const std::string bytes = encode(sound, rate, early);
  std::ofstream(folder / "preview", std::ios::binary) << bytes;
  SourceLibrary library([&](std::string_view name) -> Result<std::filesystem::path> { return folder / name; },
                        folder / "cache");
  auto reader = library.open("preview", SampleRate{rate});
  ASSERT_TRUE(reader) << reader.error().message;
  ASSERT_EQ((*reader)->channels(), channels);
  EXPECT_NEAR(static_cast<double>((*reader)->length().count), sound.frame_count(), rate == 48'000 ? 0.0 : 2.0);
  const AudioBuffer decoded = read_file(**reader, 0, sound.frame_count());
  for (int c = 0; c < channels; ++c) {
    const auto [lag, alike] = best_match(sound.block().channel(c), decoded.block().channel(c));
    EXPECT_EQ(lag, 0) << "channel " << c;
    EXPECT_GT(alike, 0.98) << "channel " << c;
  }
  EXPECT_LT(bytes.size(), static_cast<std::size_t>(sound.frame_count() * channels * 3 / 6));
}

std::string name_of(const ::testing::TestParamInfo<Form>& info) {
  return std::to_string(info.param.channels) + "At" + std::to_string(info.param.rate);
}

INSTANTIATE_TEST_SUITE_P(Forms, OpusStreamTest,
                         ::testing::Values(Form{1, 48'000}, Form{2, 48'000}, Form{2, 44'100}, Form{1, 96'000},
                                           Form{5, 48'000}, Form{16, 44'100}),
                         name_of);

TEST(OpusStreamTest, PagesAreThereWhileItIsWritten) {
  std::size_t early = 0;
  const std::string bytes = encode(song(1, 10 * 48'000, 48'000), 48'000, early);
  // All but the last second or so.
  EXPECT_GT(early, bytes.size() * 85 / 100);
  EXPECT_LT(bytes.size(), 150'000U);
}

TEST(OpusStreamTest, WhatOpusDoesNotTakeIsSaid) {
  const auto sink = [](std::string_view) -> Result<void> { return {}; };
  EXPECT_EQ(OpusStream::create(1, SampleRate{4'000}, sink).error().code, ErrorCode::invalid);
  EXPECT_EQ(OpusStream::create(0, SampleRate{48'000}, sink).error().code, ErrorCode::invalid);
}

TEST(OpusStreamTest, AFullDiskEndsIt) {
  auto stream = OpusStream::create(1, SampleRate{48'000}, [](std::string_view) -> Result<void> {
    return Error{ErrorCode::exhausted, "full"};
  });
  ASSERT_TRUE(stream);
  const AudioBuffer sound = song(1, 48'000, 48'000);
  EXPECT_EQ(stream->write(sound.block()).error().code, ErrorCode::exhausted);
}

}  // namespace
}  // namespace talkback::media
