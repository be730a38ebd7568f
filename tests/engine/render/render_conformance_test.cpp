// A real song: its tracks at unity measure what other meters found for their sum.
#include "engine/render/render.hpp"
#include "tests/support/session_builder.hpp"
#include "tests/support/test_data.hpp"

namespace talkback::render {
namespace {

TEST(RenderConformanceTest, MixOfARealSongMeasuresAsPublished) {
  TALKBACK_NEEDS_TEST_DATA();
  SessionBuilder builder;
  for (const auto& file : std::filesystem::directory_iterator(test_data("multitrack/francium"))) {
    if (file.path().extension() != ".flac") continue;
    const std::string name = file.path().filename().string();
    std::filesystem::create_symlink(file.path(), builder.folder / name);
    const auto info = media::inspect(file.path());
    ASSERT_TRUE(info);
    const ObjectId source = builder.add(kRootId, [&](v1::Object& o) {
      o.mutable_source()->set_blob_sha256(name);
      o.mutable_source()->set_sample_rate_hz(static_cast<std::uint32_t>(info->sample_rate_hz));
      o.mutable_source()->set_channels(static_cast<std::uint32_t>(info->channels));
      o.mutable_source()->set_length_frames(info->length.count);
    });
    builder.clip(builder.track(name), source, 0, info->length.count);
  }
  const TemporaryFolder folder;
  const auto mix = render(builder.session, {}, builder.library, folder.path());
  ASSERT_TRUE(mix) << mix.error().message;
  // song.json: -17.22 LUFS, 0.13 dBTP for the sum at unity.
  EXPECT_NEAR(*mix->artifacts.at(0).loudness.integrated_lufs, -17.22, 0.15);
  EXPECT_NEAR(*mix->artifacts.at(0).loudness.true_peak_dbtp, 0.13, 0.3);

  RenderOptions options;
  options.kind = RenderKind::master;
  const auto master = render(builder.session, options, builder.library, folder.path());
  ASSERT_TRUE(master) << master.error().message;
  EXPECT_TRUE(master->warnings.empty());
  EXPECT_NEAR(*master->artifacts.at(0).loudness.integrated_lufs, -14.0, 0.1);
  EXPECT_LE(*master->artifacts.at(0).loudness.true_peak_dbtp, -1.0);
}

}  // namespace
}  // namespace talkback::render
