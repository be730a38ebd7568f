#include "engine/timeline/tempo_map.hpp"

#include <gtest/gtest.h>

#include <random>

namespace talkback::timeline {
namespace {

constexpr TickPosition at_quarter(std::int64_t quarter) { return TickPosition{quarter * kTicksPerQuarter}; }

TempoMap map_of(SampleRate rate, std::vector<TempoPoint> tempos) {
  return TempoMap::create(rate, std::move(tempos), {}).value();
}

TEST(TempoMapTest, DefaultIsHalfASecondAQuarter) {
  const TempoMap map = map_of({48'000}, {});
  EXPECT_EQ(map.frame_at(at_quarter(1)), FramePosition{24'000});
  EXPECT_DOUBLE_EQ(map.seconds_at(at_quarter(4)), 2.0);
}

TEST(TempoMapTest, StepChangesTheTempoFromItsPlaceOn) {
  const TempoMap map = map_of({48'000}, {{at_quarter(0), 60.0}, {at_quarter(4), 120.0}});
  EXPECT_EQ(map.frame_at(at_quarter(4)), FramePosition{4 * 48'000});
  EXPECT_EQ(map.frame_at(at_quarter(6)), FramePosition{5 * 48'000});
  EXPECT_DOUBLE_EQ(map.bpm_at(at_quarter(3)), 60.0);
  EXPECT_DOUBLE_EQ(map.bpm_at(at_quarter(4)), 120.0);
}

TEST(TempoMapTest, RampTakesTheIntegralOfItsTempo) {
  const TempoMap map = map_of({48'000}, {{at_quarter(0), 60.0, true}, {at_quarter(8), 120.0}});
  // 60 * integral of dq / (60 + 7.5 q) over 8 quarters = 8 ln 2.
  EXPECT_NEAR(map.seconds_at(at_quarter(8)), 8.0 * std::log(2.0), 1e-12);
  EXPECT_DOUBLE_EQ(map.bpm_at(at_quarter(4)), 90.0);
}

TEST(TempoMapTest, FramesSurviveTheWayThroughTicks) {
  std::mt19937_64 random(20'260'101);
  std::uniform_real_distribution<double> bpm(kTempoBpmMin, kTempoBpmMax);
  for (const int rate : {8'000, 44'100, 48'000, 88'200, 96'000, 192'000}) {
    for (int round = 0; round < 40; ++round) {
      std::vector<TempoPoint> tempos;
      for (int i = 0; i < 6; ++i)
        tempos.push_back({at_quarter(static_cast<std::int64_t>(random() % 2'000)),
                          round == 0 ? kTempoBpmMin : bpm(random), random() % 2 == 0});
      const TempoMap map = map_of({rate}, tempos);
      for (int i = 0; i < 500; ++i) {
        const FramePosition frame{static_cast<std::int64_t>(random() % (3600ULL * static_cast<unsigned>(rate)))};
        ASSERT_EQ(map.frame_at(map.tick_at(frame)), frame) << rate << " Hz, round " << round;
      }
    }
  }
}

TEST(TempoMapTest, MidiDivisionsAndTupletsAreWholeTicks) {
  for (const int parts : {24, 96, 120, 192, 240, 384, 480, 960, 1920, 3840, 15'360, 3, 5, 7, 9})
    EXPECT_EQ(kTicksPerQuarter % parts, 0) << parts;
}

TEST(TempoMapTest, NonsenseIsRefused) {
  EXPECT_FALSE(TempoMap::create({48'000}, {{at_quarter(0), 0.0}}, {}));
  EXPECT_FALSE(TempoMap::create({48'000}, {{at_quarter(0), std::nan("")}}, {}));
  EXPECT_FALSE(TempoMap::create({48'000}, {}, {{at_quarter(0), 4, 3}}));
  EXPECT_FALSE(TempoMap::create({0}, {}, {}));
}

}  // namespace
}  // namespace talkback::timeline
