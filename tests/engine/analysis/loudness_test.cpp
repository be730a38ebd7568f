// The signals of EBU Tech 3341 and 3342 that can be synthesised: 1 kHz tones in both channels.
#include "engine/analysis/loudness.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace talkback::analysis {
namespace {

struct Stretch {
  double level_dbfs;
  double seconds;
};

// Feeds 100 ms blocks and shows the meter after each.
template <class Visit>
LoudnessMeter play(const std::vector<Stretch>& stretches, Visit visit) {
  auto meter = LoudnessMeter::create({48'000}, 2, TruePeak::off);
  AudioBuffer buffer(2, 960);
  std::int64_t frame = 0;
  for (const Stretch& stretch : stretches) {
    const double peak = std::pow(10.0, stretch.level_dbfs / 20.0);
    for (int block = 0; block < std::lround(stretch.seconds * 50.0); ++block) {
      for (std::size_t n = 0; n < 960; ++n) {
        const auto value =
            static_cast<float>(peak * std::sin(2.0 * std::numbers::pi * static_cast<double>(frame % 48) / 48.0));
        buffer.block().channel(0)[n] = buffer.block().channel(1)[n] = value;
        ++frame;
      }
      meter->process(buffer.block());
      visit(*meter, static_cast<double>(frame) / 48'000.0);
    }
  }
  return std::move(*meter);
}

double integrated(const std::vector<Stretch>& stretches) {
  return play(stretches, [](const LoudnessMeter&, double) {}).integrated_lufs().value_or(-999.0);
}

TEST(LoudnessTest, IntegratedLoudnessMeetsEbu3341) {
  EXPECT_NEAR(integrated({{-23, 20}}), -23.0, 0.1);
  EXPECT_NEAR(integrated({{-33, 20}}), -33.0, 0.1);
  EXPECT_NEAR(integrated({{-36, 10}, {-23, 60}, {-36, 10}}), -23.0, 0.1);
  EXPECT_NEAR(integrated({{-72, 10}, {-36, 10}, {-23, 60}, {-36, 10}, {-72, 10}}), -23.0, 0.1);
  EXPECT_NEAR(integrated({{-26, 20}, {-20, 20.1}, {-26, 20}}), -23.0, 0.1);
}

TEST(LoudnessTest, ShortTermAndMomentaryMeetEbu3341) {
  std::vector<Stretch> slow;
  for (int i = 0; i < 5; ++i) slow.insert(slow.end(), {{-20, 1.34}, {-30, 1.66}});
  play(slow, [](const LoudnessMeter& meter, double seconds) {
    if (seconds > 3.0) {
      EXPECT_NEAR(*meter.short_term_lufs(), -23.0, 0.1) << seconds;
    }
  });
  std::vector<Stretch> fast;
  for (int i = 0; i < 25; ++i) fast.insert(fast.end(), {{-20, 0.18}, {-30, 0.22}});
  play(fast, [](const LoudnessMeter& meter, double seconds) {
    if (seconds > 1.0) {
      EXPECT_NEAR(*meter.momentary_lufs(), -23.0, 0.1) << seconds;
    }
  });
}

TEST(LoudnessTest, RangeMeetsEbu3342) {
  const auto range = [](const std::vector<Stretch>& s) {
    return *play(s, [](const LoudnessMeter&, double) {}).range_lu();
  };
  EXPECT_NEAR(range({{-20, 20}, {-30, 20}}), 10.0, 1.0);
  EXPECT_NEAR(range({{-20, 20}, {-15, 20}}), 5.0, 1.0);
  EXPECT_NEAR(range({{-40, 20}, {-20, 20}}), 20.0, 1.0);
  EXPECT_NEAR(range({{-50, 20}, {-35, 20}, {-20, 20}, {-35, 20}, {-50, 20}}), 15.0, 1.0);
}

TEST(LoudnessTest, SilenceHasNoLoudness) {
  auto meter = LoudnessMeter::create({44'100}, 2);
  ASSERT_TRUE(meter);
  AudioBuffer silence(2, 44'100);
  meter->process(silence.block());
  EXPECT_EQ(meter->loudness(), Loudness{});
}

TEST(LoudnessTest, TruePeakMeetsEbu3341) {
  for (const auto& [divisor, degrees] : {std::pair{4, 0.0}, {4, 45.0}, {6, 60.0}, {8, 67.5}}) {
    auto meter = LoudnessMeter::create({48'000}, 2);
    AudioBuffer tone(2, 48'000);
    for (int c = 0; c < 2; ++c) {
      for (int n = 0; n < 48'000; ++n) {
        const double fade = std::min({1.0, n / 4'800.0, (47'999 - n) / 4'800.0});
        const double angle = 2.0 * std::numbers::pi * (n % divisor) / divisor + degrees * std::numbers::pi / 180.0;
        tone.block().channel(c)[static_cast<std::size_t>(n)] = static_cast<float>(fade * 0.501187 * std::sin(angle));
      }
    }
    meter->process(tone.block());
    EXPECT_LE(*meter->true_peak_dbtp(), -6.0 + 0.2) << divisor;
    EXPECT_GE(*meter->true_peak_dbtp(), -6.0 - 0.4) << divisor;
  }
}

}  // namespace
}  // namespace talkback::analysis
