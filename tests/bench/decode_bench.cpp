// How fast stored sound is read: a stereo file at 48 kHz, 24 bits, as WAV and as FLAC. Prints; judges nothing.
//
//   decode_bench [seconds]     (300)
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "engine/media/audio_file.hpp"
#include "engine/media/audio_writer.hpp"
#include "tests/support/session_builder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback {
namespace {

constexpr int kRate = 48'000;
constexpr int kBlockFrames = 8'192;

// Tones that decay over a little noise: neither silence nor noise alone, which FLAC finds too easy or too hard.
AudioBuffer make_second() {
  AudioBuffer second = test_noise(2, kRate, 0.01F, 1);
  for (int c = 0; c < 2; ++c) {
    for (int n = 0; n < kRate; ++n) {
      const double decay = std::exp(-static_cast<double>(n % (kRate / 4)) / 6'000.0);
      second.block().channel(c)[static_cast<std::size_t>(n)] +=
          static_cast<float>(0.5 * decay * std::sin(n * (0.03 + 0.001 * c)));
    }
  }
  return second;
}

bool measure(const std::filesystem::path& file, media::AudioFormat format, int seconds, const char* what) {
  auto writer = media::AudioWriter::create(file, {.format = format, .rate = {kRate}, .channels = 2});
  if (!writer) return false;
  AudioBuffer second = make_second();
  for (int s = 0; s < seconds; ++s)
    if (!writer->write(second.block())) return false;
  if (!writer->finish()) return false;

  const auto start = std::chrono::steady_clock::now();
  auto reader = media::open_audio_file(file);
  if (!reader) return false;
  AudioBuffer buffer(2, kBlockFrames);
  for (std::int64_t n = 0; n < (*reader)->length().count; n += kBlockFrames)
    if (!(*reader)->read(FramePosition{n}, buffer.block())) return false;
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf("decode %-5s %8.2f s  %8.1f x real time\n", what, took, seconds / took);
  return true;
}

}  // namespace
}  // namespace talkback

int main(int count, char** arguments) {
  using talkback::media::AudioFormat;
  const int seconds = count > 1 ? std::atoi(arguments[1]) : 300;
  const talkback::TemporaryFolder folder;
  const bool done = talkback::measure(folder / "sound.wav", AudioFormat::wav_24, seconds, "WAV") &&
                    talkback::measure(folder / "sound.flac", AudioFormat::flac_24, seconds, "FLAC");
  return done ? 0 : 1;
}
