// A player that a test drives by hand, both threads in one.
#pragma once

#include <cstring>

#include "engine/realtime/graph_player.hpp"
#include "engine/render/mix_stream.hpp"
#include "tests/support/realtime_guard.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback::realtime {

inline std::unique_ptr<GraphPlayer> make_player(SessionBuilder& builder, FramePosition start = {}) {
  auto player = GraphPlayer::create(builder.session, {.start = start, .read_ahead = SourceReadAhead::Thread::none},
                                    builder.library);
  EXPECT_TRUE(player) << player.error().message;
  return std::move(*player);
}

// What the audio thread would do, watched.
inline void process(GraphPlayer& player, AudioBlock block) {
  const test::RealtimeGuard guard;
  player.process(block);
}

// Plays so many frames in blocks, with the control thread's service before each.
inline AudioBuffer play_frames(GraphPlayer& player, int frames, int block_frames = 128) {
  AudioBuffer heard(2, frames);
  for (int done = 0; done < frames; done += block_frames) {
    const auto serviced = player.service();
    EXPECT_TRUE(serviced) << serviced.error().message;
    process(player, heard.block().slice(done, std::min(block_frames, frames - done)));
  }
  return heard;
}

// The master as it is rendered, from a place on.
inline AudioBuffer rendered(SessionBuilder& builder, int frames, FramePosition start = {}) {
  auto stream = render::MixStream::create(builder.session, {}, builder.library);
  EXPECT_TRUE(stream) << stream.error().message;
  AudioBuffer sound(2, frames);
  stream->locate(start);
  EXPECT_TRUE(stream->read(sound.block()));
  return sound;
}

// The first frame at or after `from` whose bytes differ; -1 where there is none.
inline int first_difference(const AudioBuffer& a, const AudioBuffer& b, int from = 0) {
  for (int n = from; n < std::min(a.frame_count(), b.frame_count()); ++n) {
    for (int c = 0; c < 2; ++c) {
      const float x = a.block().channel(c)[static_cast<std::size_t>(n)];
      const float y = b.block().channel(c)[static_cast<std::size_t>(n)];
      if (std::memcmp(&x, &y, sizeof x) != 0) return n;
    }
  }
  return -1;
}

// The greatest step from a sample to the next.
inline float greatest_step(const AudioBuffer& sound, int from = 1) {
  float greatest = 0.0F;
  for (int c = 0; c < 2; ++c) {
    const auto x = sound.block().channel(c);
    for (std::size_t n = static_cast<std::size_t>(from); n < x.size(); ++n)
      greatest = std::max(greatest, std::abs(x[n] - x[n - 1]));
  }
  return greatest;
}

}  // namespace talkback::realtime
