// How fast loudness is measured: stereo sound in memory at 48 kHz. Prints; judges nothing.
//
//   loudness_bench [seconds]     (300)
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "engine/analysis/loudness.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback {
namespace {

constexpr int kRate = 48'000;

bool measure(analysis::TruePeak true_peak, int seconds, const char* what) {
  const AudioBuffer second = test_noise(2, kRate);
  auto meter = analysis::LoudnessMeter::create({kRate}, 2, true_peak);
  if (!meter) return false;
  const std::clock_t start = std::clock();
  for (int s = 0; s < seconds; ++s) meter->process(second.block());
  const analysis::Loudness loudness = meter->loudness();
  const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::printf("%-24s %8.1f x real time   (%.1f LUFS, %.1f dBTP)\n", what, seconds / took,
              loudness.integrated_lufs.value_or(-99.0), loudness.true_peak_dbtp.value_or(-99.0));
  return true;
}

}  // namespace
}  // namespace talkback

int main(int count, char** arguments) {
  const int seconds = count > 1 ? std::atoi(arguments[1]) : 300;
  const bool done = talkback::measure(talkback::analysis::TruePeak::off, seconds, "loudness") &&
                    talkback::measure(talkback::analysis::TruePeak::on, seconds, "loudness and true peak");
  return done ? 0 : 1;
}
