#include "client/recorder/click.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/timeline/bar_beat.hpp"

namespace talkback::recorder {
namespace {

constexpr SampleRate kRate{48'000};
constexpr int kBeat = 24'000;  // at 120 bpm

timeline::TempoMap map_of(std::vector<timeline::TempoPoint> tempos = {},
                          std::vector<timeline::SignaturePoint> signatures = {}) {
  return *timeline::TempoMap::create(kRate, std::move(tempos), std::move(signatures));
}

std::vector<float> sound(const Click& click, int frames, int block_frames, std::int64_t from = 0) {
  std::vector<float> all;
  AudioBuffer buffer(1, block_frames);
  for (int at = 0; at < frames; at += block_frames) {
    const int count = std::min(block_frames, frames - at);
    clear(buffer.block());
    click.add(FramePosition{from + at}, buffer.block().slice(0, count));
    const auto samples = buffer.block().slice(0, count).channel(0);
    all.insert(all.end(), samples.begin(), samples.end());
  }
  return all;
}

// Frames where a click begins: its first sample is its greatest.
std::vector<int> beginnings(const std::vector<float>& sound) {
  std::vector<int> found;
  for (std::size_t f = 0; f < sound.size(); ++f)
    if (sound[f] == 0.5F) found.push_back(static_cast<int>(f));
  return found;
}

// How often the sound changes sign within 5 ms: higher tones more often.
int crossings(const std::vector<float>& sound, int from) {
  int count = 0;
  for (int f = from + 1; f < from + 240; ++f)
    count += (sound[static_cast<std::size_t>(f)] < 0) != (sound[static_cast<std::size_t>(f) - 1] < 0) ? 1 : 0;
  return count;
}

TEST(ClickTest, FirstSampleMarksEachBeatExactly) {
  const timeline::TempoMap map = map_of();
  const Click click(map, TickPosition{0}, timeline::tick_of_bar(map, 3), 0);
  const std::vector<float> heard = sound(click, 9 * kBeat, 512);
  std::vector<int> expected;
  for (int beat = 0; beat < 8; ++beat) expected.push_back(beat * kBeat);
  EXPECT_EQ(beginnings(heard), expected);
  EXPECT_EQ(heard[kBeat - 1], 0.0F);
}

TEST(ClickTest, AnyDivisionIntoBlocksGivesTheSameSound) {
  const timeline::TempoMap map = map_of({{TickPosition{0}, 133.7, false}}, {{TickPosition{0}, 7, 8}});
  const Click click(map, TickPosition{0}, timeline::tick_of_bar(map, 4), 1);
  const std::vector<float> whole = sound(click, 200'000, 200'000);
  for (const int block : {1, 16, 441, 4096}) EXPECT_EQ(sound(click, 200'000, block), whole) << block;
}

TEST(ClickTest, BarsAreHigherThanBeats) {
  const timeline::TempoMap map = map_of({}, {{TickPosition{0}, 3, 4}});
  const Click click(map, TickPosition{0}, timeline::tick_of_bar(map, 3), 0);
  const std::vector<float> heard = sound(click, 6 * kBeat, 512);
  const int bar = crossings(heard, 0);
  const int beat = crossings(heard, kBeat);
  EXPECT_GT(bar, beat);
  EXPECT_EQ(crossings(heard, 2 * kBeat), beat);
  EXPECT_EQ(crossings(heard, 3 * kBeat), bar);
}

TEST(ClickTest, TheCountInHasTheLengthOfItsBars) {
  EXPECT_EQ(Click(map_of(), TickPosition{0}, TickPosition{0}, 2).count_in(), Frames{8 * kBeat});
  EXPECT_EQ(Click(map_of(), TickPosition{0}, TickPosition{0}, 0).count_in(), Frames{0});
  // Seven eighths at 90 quarters a minute: 7 * 16,000 frames.
  const timeline::TempoMap map = map_of({{TickPosition{0}, 90.0, false}}, {{TickPosition{0}, 7, 8}});
  EXPECT_EQ(Click(map, TickPosition{0}, TickPosition{0}, 1).count_in(), Frames{112'000});
}

TEST(ClickTest, TheCountInUsesTempoAndSignatureOfThePlaceItLeadsTo) {
  const TickPosition third_bar{8 * kTicksPerQuarter};
  const timeline::TempoMap map =
      map_of({{TickPosition{0}, 120.0, false}, {third_bar, 60.0, false}}, {{TickPosition{0}, 4, 4}, {third_bar, 3, 4}});
  const Click click(map, third_bar, timeline::tick_of_bar(map, 4), 1);
  EXPECT_EQ(click.count_in(), Frames{3 * 48'000});
  const std::vector<int> expected{0, 48'000, 96'000, 144'000, 192'000, 240'000};
  EXPECT_EQ(beginnings(sound(click, 6 * 48'000, 4096)), expected);
}

TEST(ClickTest, WithoutClickInTheSongOnlyTheCountInSounds) {
  const Click click(map_of(), TickPosition{0}, TickPosition{0}, 1);
  EXPECT_EQ(beginnings(sound(click, 12 * kBeat, 441)).size(), 4U);
}

TEST(ClickTest, TheClickIsAddedToWhatIsThere) {
  const Click click(map_of(), TickPosition{0}, TickPosition{1}, 0);
  AudioBuffer buffer(2, 8);
  for (int c = 0; c < 2; ++c) std::ranges::fill(buffer.block().channel(c), 0.25F);
  click.add(FramePosition{0}, buffer.block());
  EXPECT_EQ(buffer.block().channel(0)[0], 0.75F);
  EXPECT_EQ(buffer.block().channel(1)[0], 0.75F);
}

}  // namespace
}  // namespace talkback::recorder
