// What recording costs: the capture path's share of a core, and memory over three hours.
//
//   recording_bench [SECONDS [CHANNELS [BLOCK [RATE]]]]     default: 60 16 64 96000
//
// The callback is called as a device would call it, but as fast as the disk takes it; the processor time of the whole
// process (callback, writing thread, syncs) is set against the sound's length. The session is empty: what the player
// takes is realtime_bench's business.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "client/recorder/capture_writer.hpp"
#include "engine/session/session.hpp"

namespace {

using namespace talkback;

double processor_seconds() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_mb() {
  std::ifstream in("/proc/self/statm");
  long pages = 0;
  in >> pages >> pages;
  return static_cast<double>(pages) * 4096.0 / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int i, int usual) { return argc > i ? std::atoi(argv[i]) : usual; };
  const int seconds = argument(1, 60);
  const int channels = argument(2, 16);
  const int block = argument(3, 64);
  const SampleRate rate{argument(4, 96'000)};
  const auto folder = std::filesystem::temp_directory_path() / ("recording-bench-" + std::to_string(::getpid()));
  const session::Session song = session::Session::create({.title = "", .sample_rate_hz = 48'000});
  media::SourceLibrary library([](std::string_view) { return Error{ErrorCode::not_found, "none"}; }, folder);
  realtime::PlayerOptions player_options;
  player_options.compile.sample_rate_hz = rate.hz;
  player_options.compile.may_be_empty = true;
  player_options.plays_on = true;
  player_options.read_ahead = realtime::SourceReadAhead::Thread::none;
  auto player = realtime::GraphPlayer::create(song, player_options, library);
  recorder::CaptureStart start;
  start.rate = rate;
  start.channels = channels;
  media::TakeTags tags;
  tags.rate = rate;
  tags.channels = channels;
  auto journal = recorder::CaptureJournal::create(folder / "take.journal", start);
  auto file = recorder::CaptureFile::create(folder / "take.wav", tags);
  if (!player || !journal || !file) {
    std::fprintf(stderr, "recording_bench: cannot begin in %s\n", folder.c_str());
    return 1;
  }
  (*player)->play();
  recorder::RecordingOptions options;
  options.channels = channels;
  options.rate = rate;
  recorder::Recording recording(options, **player, nullptr, nullptr);
  recorder::CaptureWriter writer(recording, *file, *journal);
  AudioBuffer in(channels, block);
  AudioBuffer out(2, block);
  for (int c = 0; c < channels; ++c)
    for (std::size_t n = 0; n < static_cast<std::size_t>(block); ++n)
      in.block().channel(c)[n] = 0.1F * static_cast<float>((n * 7 + static_cast<std::size_t>(c)) % 13);
  const std::int64_t frames = std::int64_t{seconds} * rate.hz;
  double memory_before = 0.0;
  const double before = processor_seconds();
  for (std::int64_t at = 0; at < frames; at += block) {
    recording.process(in.block(), out.block(), {.position = FramePosition{at}, .round_trip = Frames{block}});
    if (at % (rate.hz / 10 / block * block) == 0) {
      (void)(*player)->service();
      // No further ahead of the disk than a device would get.
      while (at - file->length().count > 4 * rate.hz) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    // Once the ring has been gone through.
    if (memory_before == 0.0 && at > 12 * rate.hz) memory_before = resident_mb();
  }
  const double took = processor_seconds() - before;
  const double memory = resident_mb();
  const bool written = writer.finish().has_value();
  std::printf("%d channels, blocks of %d, %d Hz, %d s: %.2f %% of one core, %lld frames lost%s\n", channels, block,
              rate.hz, seconds, 100.0 * took / seconds, static_cast<long long>(recording.lost_frames()),
              written ? "" : ", DISK FAILED");
  std::printf("memory: %.1f MB, grown by %.1f MB since the ring was full once; file %.2f GB\n", memory,
              memory - memory_before, static_cast<double>(std::filesystem::file_size(folder / "take.wav")) / 1e9);
  std::filesystem::remove_all(folder);
  return 0;
}
