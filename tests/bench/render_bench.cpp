// How fast the reference session renders, and in how much memory.
//
// 32 tracks, mono and stereo in turn, of 24-bit WAVs at 48 kHz, each with a four-band equaliser and a compressor; two
// sends each to a reverb and a delay bus; equaliser, compressor and limiter on the master.
//   render_bench [seconds] [threads] [mix|master|stems|tracks]     (180, all, mix and master)
//
// tracks: the master without a loudness target, of 8, 32 and 96 tracks, and the processor's time a track.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "engine/render/mix_stream.hpp"
#include "engine/render/render.hpp"
#include "tests/bench/reference_session.hpp"

namespace talkback {
namespace {

constexpr int kTracks = 32;

using Clock = std::chrono::steady_clock;

// Of all threads, so far: what a busy machine does not blur.
double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

class Stopwatch {
 public:
  void report(const char* what, double sound_seconds) const {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    std::printf("%-26s %7.2f s  %7.1f x real time  %6.2f s of processor  peak %6.1f MB\n", what, seconds,
                sound_seconds / seconds, processor_seconds() - processor_start_, peak_megabytes());
  }

 private:
  Clock::time_point start_ = Clock::now();
  double processor_start_ = processor_seconds();
};

void render_file(SessionBuilder& builder, render::RenderKind kind, int threads, double sound_seconds,
                 const char* what) {
  const TemporaryFolder folder;
  render::RenderOptions options;
  options.kind = kind;
  options.threads = threads;
  const Stopwatch watch;
  const auto result = render::render(builder.session, options, builder.library, folder.path());
  if (!result) {
    std::printf("%s: %s\n", what, result.error().message.c_str());
    std::exit(1);
  }
  watch.report(what, sound_seconds);
}

void render_tracks(int seconds, int threads) {
  for (const int tracks : {8, 32, 96}) {
    SessionBuilder builder(bench::kRate);
    bench::fill_session(builder, tracks, seconds);
    double best = 1e9;
    // The files are read once before, so that all lie in memory; then the best of three.
    for (int round = 0; round < 4; ++round) {
      const TemporaryFolder folder;
      render::RenderOptions options;
      options.kind = render::RenderKind::master;
      options.without_target = true;
      options.threads = threads;
      const double before = processor_seconds();
      if (!render::render(builder.session, options, builder.library, folder.path())) std::exit(1);
      if (round > 0) best = std::min(best, processor_seconds() - before);
    }
    std::printf("%3d tracks %30.3f s of processor %8.2f ms a track and minute\n", tracks, best,
                best * 1e3 / tracks / seconds * 60.0);
  }
}

int run(int seconds, int threads, const std::string& kind) {
  if (kind == "tracks") {
    render_tracks(seconds, threads);
    return 0;
  }
  SessionBuilder builder(bench::kRate);
  bench::fill_session(builder, kTracks, seconds);
  {
    const Stopwatch watch;
    auto reader = builder.library.open(bench::source_of(builder, 1), {bench::kRate});
    AudioBuffer buffer(2, 8'192);
    for (std::int64_t n = 0; n < (*reader)->length().count; n += 8'192) {
      if (!(*reader)->read(FramePosition{n}, buffer.block())) return 1;
    }
    watch.report("read a stereo 24-bit WAV", seconds);
  }
  {
    auto stream =
        render::MixStream::create(builder.session, {}, builder.library, render::MixTap::master, {.threads = threads});
    if (!stream) return 1;
    AudioBuffer buffer(2, 8'192);
    const Stopwatch watch;
    while (stream->position().count < stream->length().count) {
      if (!stream->read(buffer.block())) return 1;
    }
    watch.report("pull the master chain", seconds);
  }
  if (kind.empty() || kind == "mix")
    render_file(builder, render::RenderKind::mix, threads, seconds, "mix.wav, measured");
  if (kind.empty() || kind == "master")
    render_file(builder, render::RenderKind::master, threads, seconds, "master.wav to -14 LUFS");
  if (kind == "stems") render_file(builder, render::RenderKind::stems, threads, seconds, "stems");
  return 0;
}

}  // namespace
}  // namespace talkback

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 180;
  const int threads = argc > 2 ? std::atoi(argv[2]) : 0;
  return talkback::run(seconds > 0 ? seconds : 180, threads, argc > 3 ? argv[3] : "");
}
