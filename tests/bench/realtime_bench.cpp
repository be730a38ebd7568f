// How much of one core the real-time player takes.
//
// 32 tracks, mono and stereo in turn, of 24-bit WAVs at 48 kHz, each with gain, pan, a four-band equaliser and a
// compressor, into the master, in blocks of 128 frames: the processor time of the calls, as part of the time that the
// sound lasts. Blocks are played one after the other without waiting for a sound card.
//   realtime_bench [seconds] [block frames]     (30, 128)
#include <ctime>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "engine/realtime/graph_player.hpp"
#include "tests/bench/reference_session.hpp"

namespace talkback {
namespace {

constexpr int kTracks = 32;

// Of this thread: what a busy machine does not blur.
double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void fill(SessionBuilder& builder, int seconds) {
  for (int i = 0; i < kTracks; ++i) {
    const ObjectId track = builder.track("Track " + std::to_string(i + 1));
    builder.insert(track, bench::fill_equaliser);
    builder.insert(track, [](v1::Insert& insert) { insert.mutable_compressor()->set_threshold_db(-24.0); });
    builder.change_track(track, [&](v1::Track& t) {
      t.set_gain_db(-3.0);
      t.set_fader_db(-12.0);
      t.set_pan((i - 16) / 20.0);
    });
    builder.clip(track, bench::write_source(builder, i, seconds), 0, static_cast<std::int64_t>(seconds) * bench::kRate);
  }
}

int run(int seconds, int block_frames) {
  SessionBuilder builder(bench::kRate);
  fill(builder, seconds);
  auto player = realtime::GraphPlayer::create(builder.session, {}, builder.library);
  if (!player) {
    std::printf("%s\n", player.error().message.c_str());
    return 1;
  }
  AudioBuffer block(2, block_frames);
  std::vector<double> loads;
  const double block_seconds = static_cast<double>(block_frames) / bench::kRate;
  (*player)->play();
  double sum = 0.0;
  while (!(*player)->state().is_over) {
    const double began = processor_seconds();
    (*player)->process(block.block());
    loads.push_back((processor_seconds() - began) / block_seconds * 100.0);
    sum += loads.back();
  }
  if (!(*player)->service()) return 1;
  std::ranges::sort(loads);
  std::printf("player, %d tracks, blocks of %d: mean %.1f %%  p99 %.1f %%  worst %.1f %% of one core\n", kTracks,
              block_frames, sum / static_cast<double>(loads.size()), loads[loads.size() * 99 / 100], loads.back());
  return 0;
}

}  // namespace
}  // namespace talkback

int main(int argc, char** argv) {
  return talkback::run(argc > 1 ? std::atoi(argv[1]) : 30, argc > 2 ? std::atoi(argv[2]) : 128);
}
