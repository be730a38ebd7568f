#include "engine/realtime/graph_player.hpp"

#include <random>

#include "tests/engine/realtime/player_support.hpp"
#include "tests/engine/render/random_song.hpp"
#include "tests/engine/render/render_support.hpp"

namespace talkback::realtime {
namespace {

// A whole song in blocks of a size (0: of any), against the render.
void expect_same_as_render(SessionBuilder& builder, int block_frames, const std::string& what) {
  auto player = make_player(builder);
  const auto length = static_cast<int>(player->length().count);
  const AudioBuffer expected = rendered(builder, length + 1'000);
  AudioBuffer heard(2, length + 1'000);
  player->play();
  std::mt19937_64 random(static_cast<std::uint64_t>(length));
  for (int done = 0; done < heard.frame_count();) {
    const int wanted = block_frames > 0 ? block_frames : 16 + static_cast<int>(random() % 4'081);
    const int frames = std::min(wanted, heard.frame_count() - done);
    ASSERT_TRUE(player->service());
    process(*player, heard.block().slice(done, frames));
    done += frames;
  }
  EXPECT_EQ(first_difference(heard, expected), -1) << what << ", blocks of " << block_frames;
  EXPECT_TRUE(player->state().is_over);
  EXPECT_FALSE(player->state().is_playing);
  EXPECT_EQ(player->state().late_frames, 0);
}

TEST(GraphPlayerTest, GivesTheBytesOfTheRenderInAnyBlocks) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    render::RandomSong song(seed);
    for (const int block_frames : {16, 64, 128, 441, 512, 4096, 0})
      expect_same_as_render(song.builder, block_frames, "song " + std::to_string(seed));
  }
}

// Longer than the place where memories settle, with every kind of track.
TEST(GraphPlayerTest, SettlesWhereTheRenderDoes) {
  SessionBuilder builder;
  render::fill_song(builder);
  builder.sounding_track("Long", test_noise(2, 150'000, 0.05F, 9));
  for (const int block_frames : {128, 4096}) expect_same_as_render(builder, block_frames, "song");
}

TEST(GraphPlayerTest, AMissingSourceIsToldBeforeAnythingPlays) {
  SessionBuilder builder;
  const ObjectId track = builder.sounding_track("Voice", test_noise(1, 1'000));
  const auto sources = builder.session.children(kRootId, v1::Object::kSource);
  std::filesystem::remove(builder.folder / sources[0]->source().blob_sha256());
  const auto player = GraphPlayer::create(builder.session, {}, builder.library);
  ASSERT_FALSE(player);
  EXPECT_EQ(player.error().code, ErrorCode::not_found);
  EXPECT_NE(player.error().message.find("Voice"), std::string::npos) << player.error().message;
  static_cast<void>(track);
}

TEST(GraphPlayerTest, StartsAndLocatesAsTheStreamDoes) {
  render::RandomSong song(5);
  const FramePosition places[] = {FramePosition{5'001}, FramePosition{9'999}, FramePosition{37}};
  auto player = make_player(song.builder, places[0]);
  player->play();
  const int fade = static_cast<int>(kFadeSeconds * song.kRate);
  for (std::size_t i = 0; i < 3; ++i) {
    if (i > 0) {
      ASSERT_TRUE(player->locate(places[i]));
    }
    const AudioBuffer heard = play_frames(*player, 2'000);
    EXPECT_EQ(player->state().position, places[i] + Frames{2'000});
    EXPECT_EQ(first_difference(heard, rendered(song.builder, 2'000, places[i]), fade), -1) << i;
  }
}

TEST(GraphPlayerTest, StoppingRestsAndGoesOnWhereItWas) {
  SessionBuilder builder;
  builder.sounding_track("Tone", test_constant(2, 48'000, 0.5F));
  auto player = make_player(builder);
  EXPECT_EQ(play_frames(*player, 256).block().channel(0)[100], 0.0F) << "it waits for play()";
  player->play();
  play_frames(*player, 1'000);
  player->stop();
  const AudioBuffer ending = play_frames(*player, 2'000);
  EXPECT_LE(greatest_step(ending), 0.5F / 400.0F);
  EXPECT_EQ(ending.block().channel(0)[1'999], 0.0F);
  const FramePosition rest = player->state().position;
  EXPECT_EQ(rest.count, 1'000 + 480);
  EXPECT_FALSE(player->state().is_playing);
  player->play();
  EXPECT_LE(greatest_step(play_frames(*player, 2'000)), 0.5F / 400.0F);
  EXPECT_EQ(player->state().position, rest + Frames{2'000});
}

TEST(GraphPlayerTest, LoopsOverARangeWithoutAGapOrAClick) {
  SessionBuilder builder;
  AudioBuffer ramp(2, 48'000);
  for (int c = 0; c < 2; ++c)
    for (int n = 0; n < 48'000; ++n)
      ramp.block().channel(c)[static_cast<std::size_t>(n)] = static_cast<float>(n) / 65'536.0F;
  builder.sounding_track("Ramp", ramp);
  auto player = make_player(builder);
  ASSERT_TRUE(player->set_loop(LoopRange{FramePosition{10'000}, FramePosition{20'000}}));
  EXPECT_FALSE(player->set_loop(LoopRange{FramePosition{10'000}, FramePosition{10'100}}));
  player->play();
  const AudioBuffer heard = play_frames(*player, 50'000);
  const auto expect_at = [&](int n, int song) {
    EXPECT_EQ(heard.block().channel(0)[static_cast<std::size_t>(n)],
              ramp.block().channel(0)[static_cast<std::size_t>(song)]);
  };
  expect_at(19'999, 19'999);
  // Crossed over for 480 frames, then the loop's own.
  for (int pass = 0; pass < 3; ++pass) {
    expect_at(20'480 + 10'000 * pass, 10'480);
    expect_at(29'999 + 10'000 * pass, 19'999);
  }
  EXPECT_LE(greatest_step(heard), 10'000.0F / 65'536.0F / 450.0F);
  ASSERT_TRUE(player->set_loop(std::nullopt));
  play_frames(*player, 48'000);
  EXPECT_TRUE(player->state().is_over);
}

TEST(GraphPlayerTest, MeasuresItsLoad) {
  SessionBuilder builder;
  builder.sounding_track("Voice", test_noise(1, 48'000));
  auto player = make_player(builder);
  player->play();
  play_frames(*player, 24'000);
  EXPECT_GT(player->state().load, 0.0);
  EXPECT_GE(player->state().load_max, player->state().load);
  player->count_xrun();
  EXPECT_EQ(player->state().xruns, 1);
}

}  // namespace
}  // namespace talkback::realtime
