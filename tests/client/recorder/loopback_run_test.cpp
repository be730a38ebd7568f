// The calibration's callback driven by hand over a loop in memory, inside the guard of the audio thread.
#include "client/recorder/loopback_run.hpp"

#include <gtest/gtest.h>

#include "client/recorder/calibration.hpp"
#include "tests/support/realtime_guard.hpp"

namespace talkback::recorder {
namespace {

// Plays the probe through a delay of `delay` frames from output `from` to input `to`, in blocks of changing size.
void run(LoopbackRun& run, int outputs, int inputs, int from, int to, int delay, Frames reported) {
  constexpr int kBlocksMax = 512;
  AudioBuffer in(inputs, kBlocksMax);
  AudioBuffer out(outputs, kBlocksMax);
  std::vector<float> line(static_cast<std::size_t>(delay));
  std::size_t at = 0;
  std::int64_t position = 0;
  for (int turn = 0; !run.is_done(); ++turn) {
    const int frames = turn % 3 == 2 ? 100 : 256;
    ASSERT_LE(delay == 0 ? 0 : frames, delay) << "the loop is shorter than a block";
    const AudioBlock input = in.block().slice(0, frames);
    const AudioBlock output = out.block().slice(0, frames);
    const auto heard = input.channel(to);
    for (std::size_t f = 0; f < heard.size(); ++f) heard[f] = line[(at + f) % line.size()];
    {
      const test::RealtimeGuard guard;
      run.process(input, output, {FramePosition{position}, reported, false, 256});
    }
    const auto played = output.channel(from);
    for (std::size_t f = 0; f < played.size(); ++f) line[(at + f) % line.size()] = played[f];
    at = (at + static_cast<std::size_t>(frames)) % line.size();
    position += frames;
  }
}

TEST(LoopbackRunTest, WhatIsPlayedAndKeptGivesTheRoundTrip) {
  const LoopProbe probe = make_loop_probe(SampleRate{48'000});
  for (const int delay : {256, 757, 4'001}) {
    LoopbackRun loop(probe, {.inputs = 2, .output = 1});
    run(loop, 2, 2, 1, 0, delay, Frames{delay - 400});
    const auto found = find_round_trip(probe, loop.captured().channel(0));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->frames.count, delay);
    EXPECT_EQ(loop.reported().middle(), Frames{delay - 400}) << "the driver is off by 400 frames";
    EXPECT_EQ(loop.buffer_frames(), 256);
    EXPECT_EQ(loop.xruns(), 0);
    EXPECT_FALSE(find_round_trip(probe, loop.captured().channel(1))) << "nothing arrives there";
  }
}

TEST(LoopbackRunTest, OnlyTheChosenOutputSounds) {
  const LoopProbe probe = make_loop_probe(SampleRate{8'000});
  LoopbackRun loop(probe, {.inputs = 1, .output = 0});
  run(loop, 2, 1, 1, 0, 300, Frames{0});
  EXPECT_EQ(find_round_trip(probe, loop.captured().channel(0)).error().code, ErrorCode::not_found);
}

TEST(LoopbackRunTest, AMovingReportAndXrunsAreKept) {
  const LoopProbe probe = make_loop_probe(SampleRate{8'000});
  LoopbackRun loop(probe, {});
  AudioBuffer buffer(1, 1'000);
  AudioBuffer out(2, 1'000);
  for (std::int64_t i = 0; !loop.is_done(); ++i)
    loop.process(buffer.block(), out.block(), {FramePosition{i * 1'000}, Frames{500 + i % 3}, i % 10 == 0, 1'000});
  EXPECT_EQ(loop.reported().least, Frames{500});
  EXPECT_EQ(loop.reported().most, Frames{502});
  EXPECT_EQ(loop.xruns(), 4) << "that of the first callback is none";
  EXPECT_EQ(loop.buffer_frames(), 1'000);
}

}  // namespace
}  // namespace talkback::recorder
