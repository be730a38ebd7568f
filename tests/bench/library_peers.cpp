// What libraries make of the work of decode_bench, loudness_bench and effects_bench: seconds of sound per second of
// processor. No part of the build: tests/bench/peers compiles it where the libraries are installed.
//
//   library_peers WAV FLAC     (stereo, of one length)
#include <ebur128.h>
#include <rubberband/RubberBandStretcher.h>
#include <sndfile.h>
#include <zita-convolver.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <vector>

namespace {

constexpr int kRate = 48'000;
constexpr int kBlockFrames = 4'096;
constexpr int kResponseFrames = 2 * kRate;
constexpr int kSeconds = 60;

void measure(const char* what, const std::function<double()>& work) {
  const std::clock_t start = std::clock();
  const double seconds = work();
  const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::printf("%-24s %8.1f x real time\n", what, seconds / took);
}

double decode(const char* path) {
  SF_INFO info{};
  SNDFILE* file = sf_open(path, SFM_READ, &info);
  if (file == nullptr || info.channels != 2) std::exit(1);
  std::vector<float> block(2 * kBlockFrames);
  while (sf_readf_float(file, block.data(), kBlockFrames) > 0) {
  }
  sf_close(file);
  return static_cast<double>(info.frames) / info.samplerate;
}

// Rubber Band's finer engine, offline, of the first half minute, from memory to memory.
double stretch(const char* path) {
  using RubberBand::RubberBandStretcher;
  SF_INFO info{};
  SNDFILE* file = sf_open(path, SFM_READ, &info);
  if (file == nullptr || info.channels != 2) std::exit(1);
  std::vector<float> interleaved(2 * 30 * kRate);
  const auto frames = static_cast<std::size_t>(sf_readf_float(file, interleaved.data(), 30 * kRate));
  sf_close(file);
  std::vector<std::vector<float>> channels(2, std::vector<float>(frames));
  for (std::size_t n = 0; n < 2 * frames; ++n) channels[n % 2][n / 2] = interleaved[n];
  RubberBandStretcher stretcher(kRate, 2,
                                RubberBandStretcher::OptionProcessOffline | RubberBandStretcher::OptionEngineFiner |
                                    RubberBandStretcher::OptionChannelsTogether,
                                1.25);
  stretcher.setExpectedInputDuration(frames);
  stretcher.setMaxProcessSize(kBlockFrames);
  std::vector<std::vector<float>> taken(2, std::vector<float>(kBlockFrames));
  float* const out[] = {taken[0].data(), taken[1].data()};
  const auto each = [&](auto&& use) {
    for (std::size_t n = 0; n < frames; n += kBlockFrames) {
      const float* const in[] = {channels[0].data() + n, channels[1].data() + n};
      use(in, std::min<std::size_t>(kBlockFrames, frames - n), n + kBlockFrames >= frames);
    }
  };
  each([&](const float* const* in, std::size_t count, bool last) { stretcher.study(in, count, last); });
  each([&](const float* const* in, std::size_t count, bool last) {
    stretcher.process(in, count, last);
    while (stretcher.available() > 0) stretcher.retrieve(out, kBlockFrames);
  });
  return static_cast<double>(frames) / kRate;
}

std::vector<float> noise(int frames) {
  std::minstd_rand random(1);
  std::uniform_real_distribution<float> level(-0.25F, 0.25F);
  std::vector<float> result(static_cast<std::size_t>(frames));
  for (float& sample : result) sample = level(random);
  return result;
}

double loudness(int mode) {
  const std::vector<float> second = noise(2 * kRate);
  ebur128_state* meter = ebur128_init(2, kRate, mode);
  for (int s = 0; s < kSeconds; ++s) ebur128_add_frames_float(meter, second.data(), kRate);
  double lufs = 0.0;
  ebur128_loudness_global(meter, &lufs);
  ebur128_destroy(&meter);
  return kSeconds;
}

// Left by left and right by right. quantum: of the blocks that it takes and gives without more delay.
void convolution(const char* what, std::uint32_t quantum) {
  std::vector<float> response = noise(kResponseFrames);
  const std::vector<float> block = noise(static_cast<int>(quantum));
  Convproc convolver;
  convolver.set_options(Convproc::OPT_FFTW_MEASURE | Convproc::OPT_VECTOR_MODE);
  const auto largest = static_cast<std::uint32_t>(Convproc::MAXPART);
  if (convolver.configure(2, 2, kResponseFrames, quantum, quantum, largest, 0.0F) != 0) std::exit(1);
  for (std::uint32_t c = 0; c < 2; ++c) convolver.impdata_create(c, c, 1, response.data(), 0, kResponseFrames);
  if (convolver.start_process(0, SCHED_OTHER) != 0) std::exit(1);
  measure(what, [&] {
    const std::uint32_t blocks = kSeconds * kRate / quantum;
    for (std::uint32_t n = 0; n < blocks; ++n) {
      for (std::uint32_t c = 0; c < 2; ++c) std::ranges::copy(block, convolver.inpdata(c));
      convolver.process(true);
    }
    return static_cast<double>(blocks) * quantum / kRate;
  });
  convolver.stop_process();
  convolver.cleanup();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  measure("decode WAV", [&] { return decode(arguments[1]); });
  measure("decode FLAC", [&] { return decode(arguments[2]); });
  measure("stretch", [&] { return stretch(arguments[1]); });
  measure("loudness", [] { return loudness(EBUR128_MODE_I | EBUR128_MODE_LRA); });
  measure("loudness and true peak",
          [] { return loudness(EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK); });
  convolution("convolution, by 128", 128);
  convolution("convolution, by 4096", 4096);
  return 0;
}
