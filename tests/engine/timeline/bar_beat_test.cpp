#include "engine/timeline/bar_beat.hpp"

#include <gtest/gtest.h>

namespace talkback::timeline {
namespace {

constexpr TickPosition at_quarter(std::int64_t quarter) { return TickPosition{quarter * kTicksPerQuarter}; }

// Four bars of 4/4, then 6/8.
TempoMap waltzing() { return TempoMap::create({48'000}, {}, {{at_quarter(16), 6, 8}}).value(); }

TEST(BarBeatTest, CountsFromOne) { EXPECT_EQ(bar_beat_at(waltzing(), TickPosition{0}), (BarBeat{1, 1, Ticks{0}})); }

TEST(BarBeatTest, FollowsTheSignature) {
  const TempoMap map = waltzing();
  EXPECT_EQ(tick_of_bar(map, 5), at_quarter(16));
  EXPECT_EQ(tick_of_bar(map, 6), at_quarter(19));
  EXPECT_EQ(bar_beat_at(map, at_quarter(20)), (BarBeat{6, 3, Ticks{0}}));
}

TEST(BarBeatTest, TextRoundTrips) {
  const TempoMap map = waltzing();
  for (const char* text : {"1", "3.2", "4.4.480", "5.6", "17.1.1"})
    EXPECT_EQ(to_text(map, position_from_text(map, text).value()), text);
}

TEST(BarBeatTest, PlacesThatDoNotExistAreRefused) {
  const TempoMap map = waltzing();
  for (const char* text : {"", "0", "-1", "1.", "1.0", "1.5", "5.7", "1.1.960", "one", "1 2"})
    EXPECT_FALSE(position_from_text(map, text)) << text;
}

}  // namespace
}  // namespace talkback::timeline
