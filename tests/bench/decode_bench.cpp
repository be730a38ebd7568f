// How fast stored sound is read: a stereo file at 48 kHz, 24 bits, as WAV and as FLAC, or files given; and how fast its
// first half minute is stretched into the cache. Prints; judges nothing.
//
//   decode_bench [seconds]     (300)
//   decode_bench FILE...       (stereo, at 48 kHz)
//   decode_bench stretch FILE...
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "engine/media/audio_file.hpp"
#include "engine/media/audio_writer.hpp"
#include "engine/media/pcm_cache.hpp"
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

bool measure(const std::filesystem::path& file, const char* what) {
  const std::clock_t start = std::clock();
  auto reader = media::open_audio_file(file);
  if (!reader) return false;
  AudioBuffer buffer(2, kBlockFrames);
  const Frames length = (*reader)->length();
  for (std::int64_t n = 0; n < length.count; n += kBlockFrames)
    if (!(*reader)->read(FramePosition{n}, buffer.block())) return false;
  const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::printf("decode %-5s %8.2f s  %8.1f x real time\n", what, took, static_cast<double>(length.count) / kRate / took);
  return true;
}

// The first of a file's frames.
class Beginning final : public media::SourceReader {
 public:
  Beginning(std::unique_ptr<media::SourceReader> all, Frames length) : all_(std::move(all)), length_(length) {}
  int channels() const noexcept override { return all_->channels(); }
  Frames length() const noexcept override { return std::min(length_, all_->length()); }
  Result<void> read(FramePosition position, AudioBlock block) override { return all_->read(position, block); }
  std::int64_t not_finite() const noexcept override { return all_->not_finite(); }

 private:
  std::unique_ptr<media::SourceReader> all_;
  Frames length_;
};

bool measure_stretch(const std::filesystem::path& file) {
  auto all = media::open_audio_file(file);
  if (!all) return false;
  Beginning source(std::move(*all), Frames{30 * kRate});
  const TemporaryFolder folder;
  const std::clock_t start = std::clock();
  if (!media::ensure_stretched(source, "sound", {kRate}, {.time_ratio = 1.25}, folder / "cache")) return false;
  const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::printf("stretch      %8.2f s  %8.1f x real time\n", took,
              static_cast<double>(source.length().count) / kRate / took);
  return true;
}

bool write(const std::filesystem::path& file, media::AudioFormat format, int seconds) {
  auto writer = media::AudioWriter::create(file, {.format = format, .rate = {kRate}, .channels = 2});
  if (!writer) return false;
  AudioBuffer second = make_second();
  for (int s = 0; s < seconds; ++s)
    if (!writer->write(second.block())) return false;
  return writer->finish().has_value();
}

}  // namespace
}  // namespace talkback

int main(int count, char** arguments) {
  using namespace talkback;
  const int seconds = count > 1 ? std::atoi(arguments[1]) : 300;
  bool done = true;
  if (count > 1 && std::string_view(arguments[1]) == "stretch") {
    for (int i = 2; i < count; ++i) done = done && measure_stretch(arguments[i]);
    return done ? 0 : 1;
  }
  if (seconds <= 0) {
    for (int i = 1; i < count; ++i) done = done && measure(arguments[i], arguments[i]);
    return done ? 0 : 1;
  }
  const TemporaryFolder folder;
  done = write(folder / "sound.wav", media::AudioFormat::wav_24, seconds) && measure(folder / "sound.wav", "WAV") &&
         write(folder / "sound.flac", media::AudioFormat::flac_24, seconds) && measure(folder / "sound.flac", "FLAC") &&
         measure_stretch(folder / "sound.wav");
  return done ? 0 : 1;
}
