#include "engine/render/prepare_sounds.hpp"

#include <gtest/gtest.h>

#include "engine/render/render.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback::render {
namespace {

constexpr SampleRate kRate{48'000};

// Loops that are stretched, each by another ratio, and one that is not.
class PrepareSoundsTest : public ::testing::Test {
 protected:
  PrepareSoundsTest() {
    for (int i = 0; i < 4; ++i) {
      const ObjectId track = builder.track("Loop " + std::to_string(i));
      builder.clip(track, builder.source(test_noise(2, 48'000, 0.2F, static_cast<std::uint64_t>(i))), 0, 48'000,
                   [&](v1::AudioClip& clip) { clip.set_stretch(1.0 + 0.25 * i); });
    }
  }
  std::size_t entries() const {
    if (!std::filesystem::exists(builder.folder / "cache")) return 0;
    const std::filesystem::directory_iterator each(builder.folder / "cache");
    return static_cast<std::size_t>(std::distance(begin(each), end(each)));
  }

  SessionBuilder builder;
};

TEST_F(PrepareSoundsTest, MakesWhatIsStretchedAndNothingTwice) {
  std::vector<double> told;
  const PrepareOptions options{.rate = kRate, .threads = 2, .progress = [&](double part) { told.push_back(part); }};
  ASSERT_TRUE(prepare_sounds(builder.session, options, builder.library));
  EXPECT_EQ(entries(), 3U);
  for (const double part : told) EXPECT_TRUE(part >= 0.0 && part <= 1.0) << part;
  EXPECT_TRUE(std::ranges::is_sorted(told));
  told.clear();
  ASSERT_TRUE(prepare_sounds(builder.session, options, builder.library));
  EXPECT_TRUE(told.empty());
}

TEST_F(PrepareSoundsTest, StoppedItLeavesNothingBehind) {
  std::stop_source stop;
  stop.request_stop();
  const auto stopped =
      prepare_sounds(builder.session, {.rate = kRate, .threads = 2, .stop = stop.get_token()}, builder.library);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::unavailable);
  EXPECT_EQ(entries(), 0U);
}

TEST_F(PrepareSoundsTest, ARenderIsTheSameHoweverManyPrepareIt) {
  const auto sha256_of = [&](int threads) {
    std::filesystem::remove_all(builder.folder / "cache");
    std::filesystem::create_directories(builder.folder / "out");
    media::SourceLibrary library(
        [&](std::string_view name) -> Result<std::filesystem::path> { return builder.folder / name; },
        builder.folder / "cache");
    double last = 0.0;
    RenderOptions options{.threads = threads};
    options.progress = [&](double part) {
      EXPECT_GE(part, last);
      last = part;
    };
    const auto done = render(builder.session, options, library, builder.folder / "out");
    EXPECT_TRUE(done) << done.error().message;
    EXPECT_EQ(last, 1.0);
    return done ? done->artifacts[0].sha256 : "";
  };
  EXPECT_EQ(sha256_of(1), sha256_of(3));
}

TEST_F(PrepareSoundsTest, WhatIsMissingIsNamedByTheRender) {
  const ObjectId track = builder.track("Vocal");
  const ObjectId source = builder.source(test_noise(1, 1'000));
  builder.clip(track, source, 0, 1'000, [](v1::AudioClip& clip) {
    clip.set_name("verse");
    clip.set_stretch(2.0);
  });
  std::filesystem::remove(builder.folder / builder.session.find(source)->source().blob_sha256());
  ASSERT_TRUE(prepare_sounds(builder.session, {.rate = kRate}, builder.library));
  std::filesystem::create_directories(builder.folder / "out");
  const auto done = render(builder.session, {}, builder.library, builder.folder / "out");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::not_found);
  EXPECT_NE(done.error().message.find("Vocal: clip \"verse\""), std::string::npos) << done.error().message;
}

}  // namespace
}  // namespace talkback::render
