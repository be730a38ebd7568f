// Samplers in a session: zones with their sources, at their frames.
#include "tests/engine/graph/graph_support.hpp"

namespace talkback::graph {
namespace {

class SamplerSessionTest : public ::testing::Test {
 protected:
  SamplerSessionTest() {
    track = builder.track("Kit", v1::Track::INSTRUMENT);
    sampler =
        builder.add(track, [](v1::Object& o) { o.mutable_instrument()->mutable_sampler()->set_velocity_percent(0); });
    clip = builder.add(track, [&](v1::Object& o) { o.mutable_midi_clip()->set_length_ticks(builder.ticks(24'000)); });
  }
  ObjectId zone(ObjectId source, const std::function<void(v1::SamplerZone&)>& fill = {}) {
    return builder.add(sampler, [&](v1::Object& o) {
      o.mutable_sampler_zone()->set_source_id(source.value);
      if (fill) fill(*o.mutable_sampler_zone());
    });
  }
  void note(std::int64_t frame, std::int64_t length, std::uint32_t pitch = 60, std::uint32_t velocity = 100) {
    builder.add(clip, [&](v1::Object& o) {
      o.mutable_note()->set_position_ticks(builder.ticks(frame));
      o.mutable_note()->set_length_ticks(builder.ticks(length));
      o.mutable_note()->set_pitch(pitch);
      o.mutable_note()->set_velocity(velocity);
    });
  }

  SessionBuilder builder;
  ObjectId track, sampler, clip;
};

TEST_F(SamplerSessionTest, NotesBeginAtTheirFrameWhateverTheBlocks) {
  zone(builder.source(test_constant(2, 4'000, 0.5F)), [](v1::SamplerZone& z) { z.set_one_shot(true); });
  note(1'001, 500);
  const AudioBuffer sound = heard(builder);
  EXPECT_EQ(at(sound, 0, 1'000), 0.0F);
  EXPECT_FLOAT_EQ(at(sound, 0, 1'001), 0.5F);
  EXPECT_FLOAT_EQ(at(sound, 1, 5'000), 0.5F);
  EXPECT_EQ(at(sound, 0, 5'001), 0.0F);
  EXPECT_TRUE(same(heard(builder, 0, render::MixTap::mix, {.threads = 1, .block_frames = 37}), sound));
}

TEST_F(SamplerSessionTest, OffsetsCountTheSourcesOwnRate) {
  AudioBuffer steps(1, 24'000);
  for (int n = 0; n < 24'000; ++n) steps.block().channel(0)[static_cast<std::size_t>(n)] = n < 12'000 ? 0.1F : 0.4F;
  zone(builder.source(steps, 24'000), [](v1::SamplerZone& z) {
    z.set_offset_frames(11'000);
    z.set_length_frames(3'000);
    z.set_pan(-1.0);
  });
  note(0, 20'000);
  const AudioBuffer sound = heard(builder);
  EXPECT_NEAR(at(sound, 0, 1'500), 0.1F, 0.001F);
  EXPECT_NEAR(at(sound, 0, 2'500), 0.4F, 0.001F);
  EXPECT_EQ(at(sound, 0, 6'001), 0.0F);
  EXPECT_EQ(at(sound, 1, 2'500), 0.0F);
}

TEST_F(SamplerSessionTest, AMissingSourceIsNamed) {
  const ObjectId source = builder.source(test_constant(1, 100, 0.5F));
  zone(source, [](v1::SamplerZone& z) { z.set_name("Snare soft"); });
  note(0, 100);
  std::filesystem::remove(builder.folder / builder.session.find(source)->source().blob_sha256());
  const auto stream = render::MixStream::create(builder.session, {}, builder.library, render::MixTap::mix);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, ErrorCode::not_found);
  EXPECT_EQ(stream.error().message, "Kit: sampler zone \"Snare soft\": the sound is missing");
}

TEST_F(SamplerSessionTest, MoreThanTwoChannelsAreRefused) {
  zone(builder.source(test_constant(3, 100, 0.5F)));
  note(0, 100);
  const auto stream = render::MixStream::create(builder.session, {}, builder.library, render::MixTap::mix);
  ASSERT_FALSE(stream);
  EXPECT_NE(stream.error().message.find("has 3 channels; samplers play mono and stereo"), std::string::npos);
}

TEST_F(SamplerSessionTest, WithoutZonesItIsSilent) {
  note(0, 100);
  EXPECT_LT(peak_db(heard(builder).block()), -140.0);
}

}  // namespace
}  // namespace talkback::graph
