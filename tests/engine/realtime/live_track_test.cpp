// An instrument track that is played by hand, the audio thread watched.
#include "engine/realtime/live_track.hpp"

#include <gtest/gtest.h>

#include "engine/instruments/soundfont_player.hpp"
#include "tests/support/realtime_guard.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback::realtime {
namespace {

constexpr LiveBlock at(std::int64_t time) { return {time, 48'000}; }

class LiveTrackTest : public ::testing::Test {
 protected:
  ObjectId instrument_track(const std::function<void(v1::Instrument&)>& fill) {
    const ObjectId track = builder.track("Keys", v1::Track::INSTRUMENT);
    builder.add(track, [&](v1::Object& o) { fill(*o.mutable_instrument()); });
    return track;
  }
  ObjectId piano() {
    return instrument_track([](v1::Instrument& instrument) { instrument.mutable_electric_piano(); });
  }
  std::unique_ptr<LiveTrack> live(ObjectId track, FramePosition start = {}) {
    auto made = LiveTrack::create(builder.session, track, start, {}, builder.library);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }

  // Plays on, in blocks, the card's clock being the count of frames.
  AudioBuffer play(LiveTrack& track, int frames, int block_frames = 256) {
    AudioBuffer heard(2, frames);
    for (int done = 0; done < frames; done += block_frames) {
      const int part = std::min(block_frames, frames - done);
      const test::RealtimeGuard guard;
      track.process(heard.block().slice(done, part), at(now));
      now += part;
    }
    return heard;
  }
  static int first_sound(const AudioBuffer& sound, float above = 0.0F) {
    for (int n = 0; n < sound.frame_count(); ++n)
      if (std::abs(sound.block().channel(0)[static_cast<std::size_t>(n)]) > above) return n;
    return -1;
  }
  static float peak(const AudioBuffer& sound, int from = 0) {
    float greatest = 0.0F;
    for (const float sample : sound.block().channel(0).subspan(static_cast<std::size_t>(from)))
      greatest = std::max(greatest, std::abs(sample));
    return greatest;
  }

  SessionBuilder builder;
  std::int64_t now = 1'000'000;
};

TEST_F(LiveTrackTest, UnplayedItIsSilent) {
  const auto track = live(piano());
  EXPECT_EQ(peak(play(*track, 10'000)), 0.0F);
}

// Wherever in a block a key is struck, it sounds one block later: no jitter.
TEST_F(LiveTrackTest, EveryNoteSoundsTheSameTimeAfterItCame) {
  const ObjectId id = piano();
  std::vector<int> delays;
  for (const int offset : {0, 1, 100, 255}) {
    const auto track = live(id);
    play(*track, 512);
    track->push({now + offset, 0x90, 60, 100});
    delays.push_back(first_sound(play(*track, 4'096)) - offset);
  }
  for (const int delay : delays) EXPECT_EQ(delay, delays[0]);
  EXPECT_GE(delays[0], 256);
  EXPECT_LT(delays[0], 256 + 4) << "the piano's first sample may be 0";
}

// The same sound as a clip's, a block later.
TEST_F(LiveTrackTest, ItSoundsAsTheTrackDoes) {
  const ObjectId id = piano();
  builder.change_track(id, [](v1::Track& track) {
    track.set_fader_db(-6.0);
    track.set_pan(0.5);
  });
  builder.insert(id, [](v1::Insert& insert) { insert.mutable_saturation(); });
  const auto track = live(id);
  track->push({now, 0x90, 60, 100});
  track->push({now + 9'600, 0x80, 60, 0});
  const AudioBuffer heard = play(*track, 24'000);
  const ObjectId clip =
      builder.add(id, [&](v1::Object& o) { o.mutable_midi_clip()->set_length_ticks(builder.ticks(48'000)); });
  builder.add(clip, [&](v1::Object& o) {
    o.mutable_note()->set_length_ticks(builder.ticks(9'600));
    o.mutable_note()->set_pitch(60);
    o.mutable_note()->set_velocity(100);
  });
  auto graph = graph::compile(builder.session, {}, builder.library);
  ASSERT_TRUE(graph);
  const auto order = graph::entries_for(*graph, {graph->stems[0].entry});
  graph::EntryRunner runner(*graph, order, 256);
  for (int n = 0; n + 256 < 20'000; n += 256) {
    for (const int entry : order) runner.run(entry, FramePosition{n}, 256);
    const auto expected = runner.output(graph->stems[0].entry, 256);
    for (int c = 0; c < 2; ++c)
      for (int f = 0; f < 256; ++f)
        ASSERT_NEAR(heard.block().channel(c)[static_cast<std::size_t>(256 + n + f)],
                    expected.channel(c)[static_cast<std::size_t>(f)], 1e-6)
            << n + f;
  }
  EXPECT_GT(peak(heard), 0.01F);
}

TEST_F(LiveTrackTest, TheSoundIsAddedToWhatIsThere) {
  const auto track = live(piano());
  AudioBuffer block(2, 64);
  std::ranges::fill(block.block().channel(0), 0.25F);
  track->process(block.block(), at(now));
  for (const float sample : block.block().channel(0)) EXPECT_EQ(sample, 0.25F);
}

TEST_F(LiveTrackTest, AReleaseEndsEverything) {
  const auto track = live(instrument_track([](v1::Instrument& instrument) { instrument.mutable_synth(); }));
  track->push({now, 0xb0, 64, 127});
  for (std::uint8_t pitch = 50; pitch < 60; ++pitch) track->push({now, 0x90, pitch, 100});
  EXPECT_GT(peak(play(*track, 24'000)), 0.01F);
  track->push({.time = now});
  play(*track, 96'000);
  EXPECT_LT(peak(play(*track, 4'800)), 1e-4F);
}

// Events that come faster than anybody plays: those that find no room are told, and nothing breaks.
TEST_F(LiveTrackTest, AFullQueueRefuses) {
  const auto track = live(piano());
  int taken = 0;
  for (int n = 0; n < 5'000; ++n)
    taken += track->push({now + n % 300, 0x90, static_cast<std::uint8_t>(n % 128), static_cast<std::uint8_t>(n % 128)})
                 ? 1
                 : 0;
  EXPECT_EQ(taken, 1'024);
  play(*track, 1'024);
  EXPECT_TRUE(track->push({now, 0x80, 60, 0}));
}

TEST_F(LiveTrackTest, TimesThatCannotBeArePlayedOrWaitedForASecond) {
  const auto track = live(piano());
  track->push({now - 1'000'000'000'000, 0x90, 60, 100});
  EXPECT_GE(first_sound(play(*track, 1'024)), 0);
  track->push({now + 1'000'000'000'000, 0x90, 62, 100});
  play(*track, 1'024);
}

TEST_F(LiveTrackTest, OtherMessagesReachTheInstrument) {
  const auto track = live(instrument_track([](v1::Instrument& instrument) { instrument.mutable_synth(); }));
  track->push({now, 0x90, 60, 100});
  play(*track, 4'800);
  track->push({now, 0xe0, 127, 127});
  track->push({now, 0xd0, 100, 0});
  track->push({now, 0xa0, 60, 100});
  track->push({now, 0xc0, 3, 0});
  track->push({now, 0xf0, 3, 0});
  EXPECT_GT(peak(play(*track, 4'800)), 0.01F);
}

TEST_F(LiveTrackTest, OnlyInstrumentTracksCanBePlayedOn) {
  const auto made = LiveTrack::create(builder.session, builder.track("Voice"), {}, {}, builder.library);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::invalid);
}

// Other people's code on the audio thread: watched while it is played hard.
TEST_F(LiveTrackTest, ASoundFontNeitherAllocatesNorLocks) {
  if (!instruments::default_soundfont()) GTEST_SKIP() << "no SoundFont is installed";
  const auto track = live(builder.track("Grand", v1::Track::INSTRUMENT), FramePosition{-12'345});
  play(*track, 777);
  for (int n = 0; n < 400; ++n) {
    const auto pitch = static_cast<std::uint8_t>(30 + n * 7 % 70);
    track->push({now + n % 256, 0x90, pitch, static_cast<std::uint8_t>(1 + n % 127)});
    if (n % 5 == 0) track->push({now + 20, 0xb0, 64, static_cast<std::uint8_t>(n % 2 * 127)});
    if (n % 7 == 0) track->push({now + 30, 0xe0, 0, static_cast<std::uint8_t>(n % 128)});
    if (n % 11 == 0) track->push({now + 40, 0xc0, 5, 0});
    const AudioBuffer heard = play(*track, 256);
    if (n > 10) {
      EXPECT_GT(peak(heard), 0.0F);
    }
    if (n % 3 == 0) track->push({now, 0x80, pitch, 0});
  }
}

}  // namespace
}  // namespace talkback::realtime
