// The thread that takes sound to the files.
#include "engine/render/write_behind.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "engine/media/audio_file.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::render {
namespace {

constexpr int kStretch = 512;
constexpr int kStretches = 1200;  // more than may wait

SinkOptions options(const std::string& name) {
  return {.output = {},
          .latency = {},
          .length = Frames{kStretch * kStretches},
          .name = name,
          .writer = {.format = media::AudioFormat::wav_float, .rate = {48'000}}};
}

float sample(std::size_t sink, int stretch, int frame) {
  return static_cast<float>(stretch + 1) / kStretches + static_cast<float>(frame + 1) * 1e-6F +
         static_cast<float>(sink) * 0.25F;
}

AudioBuffer sound(std::size_t sink, int stretch) {
  AudioBuffer buffer(2, kStretch);
  for (int c = 0; c < 2; ++c) {
    for (int n = 0; n < kStretch; ++n)
      buffer.block().channel(c)[static_cast<std::size_t>(n)] = sample(sink, stretch, n);
  }
  return buffer;
}

Result<void> write_all(WriteBehind& writer, std::size_t sinks) {
  for (int stretch = 0; stretch < kStretches; ++stretch) {
    for (std::size_t sink = 0; sink < sinks; ++sink)
      TALKBACK_TRY(writer.write(sink, sound(sink, stretch).block(), FramePosition{stretch * kStretch}));
  }
  return writer.finish();
}

std::vector<RenderSink> sinks_in(const TemporaryFolder& folder, int count) {
  std::vector<RenderSink> sinks;
  for (int i = 0; i < count; ++i) {
    auto sink = RenderSink::create(options(std::to_string(i) + ".wav"), folder.path(), nullptr);
    EXPECT_TRUE(sink) << sink.error().message;
    if (sink) sinks.push_back(std::move(*sink));
  }
  return sinks;
}

TEST(WriteBehindTest, EveryFileHoldsItsSoundInOrder) {
  const TemporaryFolder folder;
  std::vector<RenderSink> sinks = sinks_in(folder, 3);
  {
    WriteBehind writer(sinks, kStretch);
    ASSERT_TRUE(write_all(writer, sinks.size()));
  }
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    ASSERT_TRUE(sinks[i].finish());
    auto file = media::open_audio_file(folder / (std::to_string(i) + ".wav"));
    ASSERT_TRUE(file);
    ASSERT_EQ((*file)->length().count, kStretch * kStretches);
    AudioBuffer read(2, kStretch * kStretches);
    ASSERT_TRUE((*file)->read(FramePosition{0}, read.block()));
    for (int stretch = 0; stretch < kStretches; stretch += 37)
      EXPECT_EQ(read.block().channel(1)[static_cast<std::size_t>(stretch * kStretch + 5)], sample(i, stretch, 5));
  }
}

TEST(WriteBehindTest, ADiskThatIsFullIsToldToTheGiverWhoDoesNotWaitForEver) {
  const TemporaryFolder folder;
  std::vector<RenderSink> sinks = sinks_in(folder, 1);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit little{.rlim_cur = 200'000, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  Result<void> outcome;
  {
    WriteBehind writer(sinks, kStretch);
    outcome = write_all(writer, 1);
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::exhausted);
}

TEST(WriteBehindTest, ARenderThatIsGivenUpLeavesNoFile) {
  const TemporaryFolder folder;
  std::vector<RenderSink> sinks = sinks_in(folder, 1);
  {
    WriteBehind writer(sinks, kStretch);
    for (int stretch = 0; stretch < 100; ++stretch)
      ASSERT_TRUE(writer.write(0, sound(0, stretch).block(), FramePosition{stretch * kStretch}));
  }
  EXPECT_FALSE(std::filesystem::is_empty(folder.path()));
  sinks.clear();
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace talkback::render
