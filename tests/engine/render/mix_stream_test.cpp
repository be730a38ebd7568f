#include "engine/render/mix_stream.hpp"

#include "engine/render/render.hpp"
#include "tests/engine/render/render_support.hpp"

namespace talkback::render {
namespace {

TEST(MixStreamTest, GivesTheSamplesOfTheRenderedMix) {
  SessionBuilder builder;
  fill_song(builder);
  const TemporaryFolder folder;
  ASSERT_TRUE(render(builder.session, {}, builder.library, folder.path()));
  auto reader = media::open_audio_file(folder / "mix.wav");
  AudioBuffer mix(2, static_cast<int>((*reader)->length().count));
  ASSERT_TRUE((*reader)->read({}, mix.block()));
  auto stream = MixStream::create(builder.session, {}, builder.library, MixTap::mix);
  ASSERT_TRUE(stream);
  ASSERT_EQ(stream->length().count, mix.frame_count());
  AudioBuffer heard(2, mix.frame_count());
  for (int n = 0; n < mix.frame_count(); n += 333) {
    ASSERT_TRUE(stream->read(heard.block().slice(n, std::min(333, mix.frame_count() - n))));
  }
  for (int c = 0; c < 2; ++c) EXPECT_TRUE(std::ranges::equal(mix.block().channel(c), heard.block().channel(c)));
}

TEST(MixStreamTest, LocateContinuesAtTheVeryFrame) {
  SessionBuilder builder;
  const AudioBuffer sound = test_noise(2, 96'000);
  const ObjectId track = builder.sounding_track("Voice", sound);
  builder.insert(track, [](v1::Insert& i) { i.mutable_limiter()->set_ceiling_dbtp(0.0); });
  auto stream = MixStream::create(builder.session, {}, builder.library);
  ASSERT_TRUE(stream);
  for (const int position : {50'001, 3, 95'000, 50'000, 50'500}) {
    stream->locate(FramePosition{position});
    AudioBuffer heard(2, 1'000);
    ASSERT_TRUE(stream->read(heard.block()));
    EXPECT_TRUE(std::ranges::equal(heard.block().channel(1), sound.block().slice(position, 1'000).channel(1)))
        << position;
  }
  AudioBuffer after(2, 100);
  stream->locate(FramePosition{200'000});
  ASSERT_TRUE(stream->read(after.block()));
  EXPECT_EQ(after.block().channel(0)[50], 0.0F);
}

}  // namespace
}  // namespace talkback::render
