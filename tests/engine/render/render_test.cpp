#include "engine/render/render.hpp"

#include <limits>

#include "engine/analysis/measure_file.hpp"
#include "tests/engine/render/render_support.hpp"

namespace talkback::render {
namespace {

RenderResult rendered(SessionBuilder& builder, const RenderOptions& options, const TemporaryFolder& folder) {
  auto result = render(builder.session, options, builder.library, folder.path());
  if (!result) {
    ADD_FAILURE() << result.error().message;
    return {};
  }
  return std::move(*result);
}

AudioBuffer read_all(const std::filesystem::path& path) {
  auto reader = media::open_audio_file(path);
  AudioBuffer sound(2, static_cast<int>((*reader)->length().count));
  EXPECT_TRUE((*reader)->read({}, sound.block()));
  return sound;
}

TEST(RenderTest, ThreadsAndBlockSizesDoNotChangeAByte) {
  SessionBuilder builder;
  fill_song(builder);
  std::string reference;
  for (const auto& [threads, block] :
       {std::pair{1, 2'048}, {1, 1}, {1, 16}, {2, 441}, {4, 512}, {8, 4'096}, {0, 65'536}}) {
    const TemporaryFolder folder;
    RenderOptions options;
    options.threads = threads;
    options.block_frames = block;
    const RenderResult result = rendered(builder, options, folder);
    ASSERT_EQ(result.artifacts.size(), 1U);
    if (reference.empty()) reference = result.artifacts[0].sha256;
    EXPECT_EQ(result.artifacts[0].sha256, reference) << threads << " threads, blocks of " << block;
  }
}

TEST(RenderTest, StemsSumToTheMix) {
  SessionBuilder builder;
  fill_song(builder);
  const TemporaryFolder folder;
  RenderOptions options;
  rendered(builder, options, folder);
  options.kind = RenderKind::stems;
  const RenderResult stems = rendered(builder, options, folder);
  ASSERT_EQ(stems.artifacts.size(), 4U);
  AudioBuffer rest = read_all(folder / "mix.wav");
  for (const RenderedFile& stem : stems.artifacts) {
    const AudioBuffer sound = read_all(stem.path);
    for (int c = 0; c < 2; ++c) {
      for (std::size_t n = 0; n < rest.block().channel(c).size(); ++n)
        rest.block().channel(c)[n] -= sound.block().channel(c)[n];
    }
  }
  for (int c = 0; c < 2; ++c) {
    for (const float sample : rest.block().channel(c)) ASSERT_LE(std::abs(sample), 1e-6F);
  }
}

TEST(RenderTest, StemsHaveSafeAndUniqueNames) {
  SessionBuilder builder;
  for (const char* name : {"Vocal", "vocal", "../etc/passwd", "..."})
    builder.sounding_track(name, test_noise(2, 1'000));
  const TemporaryFolder folder;
  RenderOptions options;
  options.kind = RenderKind::stems;
  options.format = media::AudioFormat::flac_16;
  const RenderResult result = rendered(builder, options, folder);
  ASSERT_EQ(result.artifacts.size(), 4U);
  EXPECT_EQ(result.artifacts[0].name, "stems/Vocal.flac");
  EXPECT_EQ(result.artifacts[1].name, "stems/vocal 2.flac");
  EXPECT_EQ(result.artifacts[2].name, "stems/_etc_passwd.flac");
  EXPECT_EQ(result.artifacts[3].name, "stems/track.flac");
}

TEST(RenderTest, ArtifactSaysWhatIsInTheFile) {
  SessionBuilder builder;
  builder.sounding_track("Voice", test_noise(2, 96'000));
  const TemporaryFolder folder;
  const RenderResult result = rendered(builder, {}, folder);
  ASSERT_EQ(result.artifacts.size(), 1U);
  const RenderedFile& mix = result.artifacts[0];
  EXPECT_EQ(mix.name, "mix.wav");
  EXPECT_EQ(mix.length.count, 96'000);
  EXPECT_EQ(mix.sha256, to_hex(*sha256_of_file(mix.path)));
  EXPECT_EQ(mix.size_bytes, static_cast<std::int64_t>(std::filesystem::file_size(mix.path)));
  const auto measure = analysis::measure_file(mix.path);
  // A render rounds what its meter remembers at fixed places of the song.
  EXPECT_NEAR(*measure->loudness.integrated_lufs, *mix.loudness.integrated_lufs, 1e-9);
  EXPECT_NEAR(*measure->loudness.range_lu, *mix.loudness.range_lu, 1e-9);
  EXPECT_EQ(measure->loudness.true_peak_dbtp, mix.loudness.true_peak_dbtp);
}

// Music that swells, so that the limiter has peaks to catch.
AudioBuffer swelling(int frames) {
  AudioBuffer sound = test_noise(2, frames, 0.5F);
  for (int c = 0; c < 2; ++c) {
    for (int n = 0; n < frames; ++n) {
      const double swell = std::pow(std::sin(n * 2.0 * std::numbers::pi / 24'000.0), 8.0);
      const double tone = std::sin(n * 0.05) + std::sin(n * 0.0713);
      float& sample = sound.block().channel(c)[static_cast<std::size_t>(n)];
      sample = static_cast<float>((0.1 * static_cast<double>(sample) + 0.2 * tone) * (0.1 + swell));
    }
  }
  return sound;
}

TEST(RenderTest, MasterMeetsTargetAndCeiling) {
  SessionBuilder builder;
  builder.sounding_track("Band", swelling(48'000 * 10));
  for (const media::AudioFormat format : {media::AudioFormat::wav_24, media::AudioFormat::wav_16}) {
    for (const double target : {-23.0, -14.0, -11.0}) {
      const TemporaryFolder folder;
      RenderOptions options;
      options.kind = RenderKind::master;
      options.target_lufs = target;
      options.ceiling_dbtp = -1.0;
      options.format = format;
      const RenderResult result = rendered(builder, options, folder);
      ASSERT_EQ(result.artifacts.size(), 1U);
      EXPECT_TRUE(result.warnings.empty()) << result.warnings[0];
      const auto measure = analysis::measure_file(result.artifacts[0].path);
      EXPECT_NEAR(*measure->loudness.integrated_lufs, target, 0.1);
      EXPECT_LE(*measure->loudness.true_peak_dbtp, -1.0);
      EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
    }
  }
}

TEST(RenderTest, UnreachableTargetIsSaidInWords) {
  SessionBuilder builder;
  AudioBuffer sound(2, 48'000 * 5);
  for (int n = 0; n < 48'000 * 5; n += 2'400) sound.block().channel(0)[static_cast<std::size_t>(n)] = 0.9F;
  builder.sounding_track("Clicks", sound);
  const TemporaryFolder folder;
  RenderOptions options;
  options.kind = RenderKind::master;
  options.target_lufs = -6.0;
  const RenderResult result = rendered(builder, options, folder);
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_LE(*result.artifacts.at(0).loudness.true_peak_dbtp, -1.0);
}

TEST(RenderTest, NumbersThatAreNoneAreSilencedWithAWarning) {
  SessionBuilder builder;
  AudioBuffer sound = test_noise(2, 1'000);
  sound.block().channel(0)[5] = std::numeric_limits<float>::quiet_NaN();
  builder.sounding_track("Broken", sound);
  const TemporaryFolder folder;
  const RenderResult result = rendered(builder, {}, folder);
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_NE(result.warnings[0].find("Broken (clips): 1 "), std::string::npos);
}

TEST(RenderTest, StoppedRenderLeavesNothing) {
  SessionBuilder builder;
  builder.sounding_track("Voice", test_noise(2, 96'000));
  for (const RenderKind kind : {RenderKind::mix, RenderKind::master, RenderKind::stems}) {
    const TemporaryFolder folder;
    std::stop_source stop;
    RenderOptions options;
    options.kind = kind;
    options.stop = stop.get_token();
    options.progress = [&](double progress) {
      if (progress > 0.2) stop.request_stop();
    };
    const auto result = render(builder.session, options, builder.library, folder.path());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  }
}

TEST(RenderTest, ProgressNeverFalls) {
  SessionBuilder builder;
  builder.sounding_track("Band", swelling(48'000 * 3));
  const TemporaryFolder folder;
  RenderOptions options;
  options.kind = RenderKind::master;
  options.target_lufs = -10.0;
  double last = 0.0;
  options.progress = [&](double progress) {
    EXPECT_GE(progress, last);
    last = progress;
  };
  rendered(builder, options, folder);
  EXPECT_EQ(last, 1.0);
}

}  // namespace
}  // namespace talkback::render
