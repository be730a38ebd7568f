// How fast the reference session renders, and in how much memory.
//
// 32 tracks, mono and stereo in turn, of 24-bit WAVs at 48 kHz, each with a four-band equaliser and a compressor; two
// sends each to a reverb and a delay bus; equaliser, compressor and limiter on the master.
//   render_bench [seconds] [threads] [mix|master|stems]     (180, all, master chain)
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "engine/render/mix_stream.hpp"
#include "engine/render/render.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback {
namespace {

constexpr int kTracks = 32;
constexpr int kRate = 48'000;

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

// Decaying tones over a bed of noise, different on every track.
ObjectId write_source(SessionBuilder& builder, int index, int seconds) {
  const std::string name = "source" + std::to_string(index);
  const int channels = 1 + index % 2;
  auto writer = media::AudioWriter::create(
      builder.folder / name, {.format = media::AudioFormat::wav_24, .rate = {kRate}, .channels = channels});
  AudioBuffer second = test_noise(channels, kRate, 0.05F, static_cast<std::uint64_t>(index));
  for (int c = 0; c < channels; ++c) {
    for (int n = 0; n < kRate; ++n) {
      const double decay = std::exp(-static_cast<double>(n % (kRate / 4)) / 6'000.0);
      second.block().channel(c)[static_cast<std::size_t>(n)] +=
          static_cast<float>(0.3 * decay * std::sin(n * (0.01 + 0.003 * index + 0.0001 * c)));
    }
  }
  for (int s = 0; s < seconds; ++s) {
    if (!writer->write(second.block())) std::abort();
  }
  if (!writer->finish()) std::abort();
  return builder.add(kRootId, [&](v1::Object& o) {
    o.mutable_source()->set_name(name);
    o.mutable_source()->set_blob_sha256(name);
    o.mutable_source()->set_sample_rate_hz(kRate);
    o.mutable_source()->set_channels(static_cast<std::uint32_t>(channels));
    o.mutable_source()->set_length_frames(static_cast<std::int64_t>(seconds) * kRate);
  });
}

void fill_equaliser(v1::Insert& insert) {
  v1::Equaliser& equaliser = *insert.mutable_equaliser();
  const auto fill = [](v1::EqualiserBand& band, v1::EqualiserBand::Shape shape, double hz, double db) {
    band.set_shape(shape);
    band.set_frequency_hz(hz);
    band.set_gain_db(db);
  };
  fill(*equaliser.mutable_band_1(), v1::EqualiserBand::HIGH_PASS, 60.0, 0.0);
  fill(*equaliser.mutable_band_2(), v1::EqualiserBand::BELL, 300.0, -3.0);
  fill(*equaliser.mutable_band_3(), v1::EqualiserBand::BELL, 3'000.0, 2.0);
  fill(*equaliser.mutable_band_4(), v1::EqualiserBand::HIGH_SHELF, 9'000.0, 1.5);
}

void fill_session(SessionBuilder& builder, int seconds) {
  const ObjectId room = builder.track("Room", v1::Track::BUS);
  builder.insert(room, [](v1::Insert& i) { i.mutable_reverb()->set_mix_percent(100.0); });
  const ObjectId echo = builder.track("Echo", v1::Track::BUS);
  builder.insert(echo, [](v1::Insert& i) { i.mutable_delay()->set_mix_percent(100.0); });
  for (int i = 0; i < kTracks; ++i) {
    const ObjectId track = builder.track("Track " + std::to_string(i + 1));
    builder.clip(track, write_source(builder, i, seconds), 0, static_cast<std::int64_t>(seconds) * kRate);
    builder.insert(track, fill_equaliser);
    builder.insert(track, [](v1::Insert& insert) { insert.mutable_compressor()->set_threshold_db(-24.0); });
    builder.change_track(track, [&](v1::Track& t) {
      t.set_fader_db(-14.0);
      t.set_pan((i - 16) / 20.0);
    });
    builder.send(track, room, false, -12.0);
    builder.send(track, echo, false, -18.0);
  }
  builder.insert(session::kMasterId, fill_equaliser);
  builder.insert(session::kMasterId, [](v1::Insert& i) { i.mutable_compressor()->set_ratio(2.0); });
  builder.insert(session::kMasterId, [](v1::Insert& i) { i.mutable_limiter()->set_drive_db(3.0); });
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

int run(int seconds, int threads, const std::string& kind) {
  SessionBuilder builder(kRate);
  fill_session(builder, seconds);
  {
    const Stopwatch watch;
    auto reader = builder.library.open("source1", {kRate});
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
