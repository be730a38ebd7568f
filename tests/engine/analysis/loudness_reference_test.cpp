// Our meter beside libebur128. Both take blocks of 400 ms every 100 ms and windows of 3 s every second, so nothing but
// rounding lies between them: most with low tones at high rates, where libebur128's filter of fourth order has poles
// that its coefficients place less exactly.
#include <ebur128.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <numbers>

#include "engine/analysis/loudness.hpp"
#include "engine/dsp/dither.hpp"
#include "engine/media/audio_file.hpp"
#include "tests/support/test_data.hpp"

namespace talkback::analysis {
namespace {

constexpr double kToleranceLu = 1e-5;

struct Closer {
  void operator()(ebur128_state* state) const { ebur128_destroy(&state); }
};

class Reference {
 public:
  Reference(int rate_hz, int channels)
      : channels_(static_cast<std::size_t>(channels)),
        state_(ebur128_init(static_cast<unsigned>(channels), static_cast<unsigned long>(rate_hz),
                            EBUR128_MODE_I | EBUR128_MODE_LRA)) {}

  void process(ConstAudioBlock block) {
    const auto frames = static_cast<std::size_t>(block.frame_count());
    std::vector<float> interleaved(frames * channels_);
    for (std::size_t n = 0; n < frames; ++n) {
      for (std::size_t c = 0; c < channels_; ++c)
        interleaved[n * channels_ + c] = block.channel(static_cast<int>(c))[n];
    }
    ebur128_add_frames_float(state_.get(), interleaved.data(), frames);
  }

  double integrated_lufs() const { return ask(ebur128_loudness_global); }
  double range_lu() const { return ask(ebur128_loudness_range); }
  double momentary_lufs() const { return ask(ebur128_loudness_momentary); }
  double short_term_lufs() const { return ask(ebur128_loudness_shortterm); }

 private:
  double ask(int (*question)(ebur128_state*, double*)) const {
    double answer = 0.0;
    return question(state_.get(), &answer) == EBUR128_SUCCESS ? answer : -HUGE_VAL;
  }

  std::size_t channels_;
  std::unique_ptr<ebur128_state, Closer> state_;
};

class Pair {
 public:
  Pair(int rate_hz, int channels)
      : ours_(std::move(LoudnessMeter::create({rate_hz}, channels, TruePeak::off).value())),
        reference_(rate_hz, channels) {}

  void process(ConstAudioBlock block) {
    ours_.process(block);
    reference_.process(block);
  }

  void expect_equal() const {
    // What libebur128 calls minus infinity is nothing here.
    if (std::isfinite(reference_.integrated_lufs())) {
      EXPECT_NEAR(ours_.integrated_lufs().value_or(-999.0), reference_.integrated_lufs(), kToleranceLu);
      EXPECT_NEAR(ours_.range_lu().value_or(-999.0), reference_.range_lu(), kToleranceLu);
    } else {
      EXPECT_FALSE(ours_.integrated_lufs());
      EXPECT_FALSE(ours_.range_lu());
    }
  }

  // At a whole number of steps only: between them libebur128 goes by the frame.
  void expect_equal_moment() const {
    expect_shown(ours_.momentary_lufs(), reference_.momentary_lufs());
    expect_shown(ours_.short_term_lufs(), reference_.short_term_lufs());
  }

 private:
  // Below -120 LUFS nothing is shown.
  static void expect_shown(std::optional<double> ours, double reference) {
    if (reference < -120.0) {
      EXPECT_FALSE(ours) << reference;
    } else {
      EXPECT_NEAR(ours.value_or(-999.0), reference, kToleranceLu);
    }
  }

  LoudnessMeter ours_;
  Reference reference_;
};

using Sample = double (*)(int channel, double seconds, double noise);

void compare(int rate_hz, int channels, int seconds, Sample sample) {
  SCOPED_TRACE(std::to_string(rate_hz) + " Hz, " + std::to_string(channels) + " channels");
  Pair pair(rate_hz, channels);
  const dsp::TpdfDither source(9);
  AudioBuffer buffer(channels, rate_hz);
  for (int s = 0; s < seconds; ++s) {
    for (int c = 0; c < channels; ++c) {
      for (int n = 0; n < rate_hz; ++n) {
        const std::int64_t frame = static_cast<std::int64_t>(s) * rate_hz + n;
        const double value =
            sample(c, static_cast<double>(frame) / rate_hz, static_cast<double>(source.noise(c, {frame})));
        buffer.block().channel(c)[static_cast<std::size_t>(n)] = static_cast<float>(value);
      }
    }
    pair.process(buffer.block());
    pair.expect_equal_moment();
  }
  pair.expect_equal();
}

double tone(double hz, double seconds) { return std::sin(2.0 * std::numbers::pi * hz * seconds); }

// Verses, louder refrains, breaks below the gates, notes that decay.
double song(int channel, double seconds, double noise) {
  const double part = std::fmod(seconds, 16.0);
  const double level = part < 6.0 ? 0.06 : part < 12.0 ? 0.5 : part < 14.0 ? 0.004 : 0.0;
  const double note = std::exp(-4.0 * std::fmod(seconds, 0.4));
  return level * note * (0.5 * tone(82.4 + 27.5 * channel, seconds) + 0.3 * tone(1'318.5, seconds) + 0.2 * noise);
}

TEST(LoudnessReferenceTest, NoiseTonesAndSongsReadAsInLibebur128) {
  for (const int rate : {44'100, 48'000, 96'000, 192'000}) {
    for (int channels = 1; channels <= (rate == 48'000 ? 6 : 2); ++channels) {
      compare(rate, channels, 5, [](int, double, double noise) { return 0.25 * noise; });
      compare(rate, channels, 5, [](int c, double t, double) { return 0.5 * tone(997.0 * (c + 1), t); });
      compare(rate, channels, 5, [](int, double t, double) { return 0.9 * tone(30.0, t); });
      compare(rate, channels, rate > 50'000 ? 18 : 50, song);
    }
  }
}

TEST(LoudnessReferenceTest, GatesCloseWhereThoseOfLibebur128Do) {
  compare(48'000, 2, 10, [](int, double t, double) { return 0.0005 * (0.5 + t / 10.0) * tone(997.0, t); });
  compare(48'000, 2, 5, [](int, double t, double) { return 0.0002 * tone(997.0, t); });
  compare(48'000, 2, 30, [](int, double t, double) { return std::pow(10.0, -0.1 * t) * tone(997.0, t); });
  // Shorter than a block, and than a window.
  compare(8'000, 1, 1, [](int, double, double noise) { return noise; });
  Pair brief(48'000, 2);
  const AudioBuffer sound(2, 19'199);
  brief.process(sound.block());
  brief.expect_equal();
}

TEST(LoudnessReferenceTest, FilesReadAsInLibebur128) {
  TALKBACK_NEEDS_TEST_DATA();
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(test_data("."))) {
    const auto extension = entry.path().extension();
    if (extension != ".wav" && extension != ".flac") continue;
    const auto info = media::inspect(entry.path());
    if (!info || info->channels > 6 || !is_supported({info->sample_rate_hz})) continue;
    SCOPED_TRACE(entry.path().string());
    auto reader = std::move(media::open_audio_file(entry.path()).value());
    Pair pair(info->sample_rate_hz, info->channels);
    AudioBuffer buffer(info->channels, 1 << 16);
    for (std::int64_t done = 0; done < info->length.count; done += buffer.frame_count()) {
      const auto frames = static_cast<int>(std::min<std::int64_t>(buffer.frame_count(), info->length.count - done));
      const AudioBlock block = buffer.block().slice(0, frames);
      if (!reader->read(FramePosition{done}, block)) break;
      pair.process(block);
    }
    pair.expect_equal();
    ++files;
  }
  EXPECT_GT(files, 10);
}

}  // namespace
}  // namespace talkback::analysis
