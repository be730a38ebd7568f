// What each built-in effect costs: nanoseconds of processor a stereo frame of noise, how many times faster than real
// time that is on one core at 48 kHz, and what a frame of the silence after the noise costs, as part of that: tails
// that decay for six times as long must not become slower (denormal numbers). Convolution has two seconds of stereo
// response. Prints; judges nothing.
//
//   effects_bench [seconds] [effect]     (10, all)
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "engine/dsp/denormals.hpp"
#include "engine/effects/convolution.hpp"
#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

constexpr int kRate = 48'000;
constexpr int kBlockFrames = 4'096;
constexpr int kResponseFrames = 2 * kRate;

// Of the whole process, to the microsecond.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// Of a frame.
double nanoseconds(Processor& effect, const AudioBuffer& source, int seconds) {
  std::int64_t frames = 0;
  const double start = processor_seconds();
  for (; frames < std::int64_t{seconds} * kRate; frames += kBlockFrames) {
    AudioBuffer block = source;
    effect.process(block.block());
  }
  return (processor_seconds() - start) / static_cast<double>(frames) * 1e9;
}

void measure(std::string_view label, Processor& effect, int seconds) {
  constexpr int kTailParts = 6;
  effect.prepare({kRate}, 2);
  const double noisy = nanoseconds(effect, noise(2, kBlockFrames), seconds);
  double slowest = 0.0;
  for (int part = 0; part < kTailParts; ++part)
    slowest = std::max(slowest, nanoseconds(effect, AudioBuffer(2, kBlockFrames), seconds));
  std::printf("%-24.*s %8.1f ns a frame %10.0f x real time %8.2f in silence\n", static_cast<int>(label.size()),
              label.data(), noisy, 1e9 / kRate / noisy, slowest / noisy);
}

struct Case {
  std::string_view label;
  std::string_view effect;
  std::vector<Setting> settings;
};

const std::vector<Case> kCases = {
    {"equaliser", "equaliser", {{"band_1.shape", 1}, {"band_1.gain_db", 6}, {"band_2.shape", 5}}},
    {"compressor", "compressor", {}},
    {"multiband compressor", "multiband_compressor", {}},
    {"gate", "gate", {}},
    {"expander", "expander", {}},
    {"de-esser", "de_esser", {}},
    {"transient shaper", "transient_shaper", {{"attack_db", 6}}},
    {"saturation", "saturation", {}},
    {"delay", "delay", {}},
    {"delay, modulated", "delay", {{"modulation_depth_ms", 3}}},
    {"reverb", "reverb", {}},
    {"reverb, low decay", "reverb", {{"low_decay_percent", 150}}},
    {"reverb, modulated", "reverb", {{"modulation_depth_ms", 1}}},
    {"limiter", "limiter", {{"drive_db", 6}}},
    {"chorus, 3 voices", "chorus", {}},
    {"flanger", "flanger", {}},
    {"phaser, 6 stages", "phaser", {}},
    {"tremolo", "tremolo", {}},
    {"stereo field", "stereo_field", {{"width_percent", 150}}},
    {"stereo field, mono lows", "stereo_field", {{"mono_below_hz", 120}}},
    {"utility", "utility", {{"gain_db", 3}, {"dc_filter", 1}}},
    {"pitch shifter", "pitch_shifter", {{"shift_st", 4}}},
    {"pitch shifter, formants", "pitch_shifter", {{"shift_st", 4}, {"preserve_formants", 1}}},
};

}  // namespace
}  // namespace talkback::effects

int main(int count, char** arguments) {
  using namespace talkback;
  using namespace talkback::effects;
  const int seconds = count > 1 ? std::atoi(arguments[1]) : 10;
  const std::string_view wanted = count > 2 ? arguments[2] : "";
  const dsp::DenormalsOff denormals_off;
  for (const Case& test : kCases) {
    if (!wanted.empty() && wanted != test.effect) continue;
    const auto effect = prepared(test.effect, test.settings);
    measure(test.label, *effect, seconds);
  }
  if (wanted.empty() || wanted == "convolution") {
    Convolution convolution(std::make_shared<AudioBuffer>(noise(2, kResponseFrames)));
    measure("convolution, 2 s stereo", convolution, seconds);
  }
  return 0;
}
