#include "engine/instruments/soundfont_player.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/temporary_folder.hpp"

namespace talkback::instruments {
namespace {

Result<SoundFontPlayer> player(SoundFontProgram program = {}) {
  TALKBACK_ASSIGN(const auto font, default_soundfont());
  return SoundFontPlayer::create(font, {48'000}, program);
}

#define TALKBACK_NEEDS_SOUNDFONT() \
  if (!default_soundfont()) GTEST_SKIP() << "skipped: no SoundFont installed"

std::vector<float> play(SoundFontPlayer& instrument, int blocks) {
  std::vector<float> result;
  AudioBuffer block(2, SoundFontPlayer::kBlockFrames);
  for (int i = 0; i < blocks; ++i) {
    instrument.render(block.block());
    result.insert(result.end(), block.block().channel(0).begin(), block.block().channel(0).end());
  }
  return result;
}

double power(const std::vector<float>& samples) {
  double sum = 0.0;
  for (const float sample : samples) sum += static_cast<double>(sample) * static_cast<double>(sample);
  return sum / static_cast<double>(samples.size());
}

TEST(SoundFontPlayerTest, NotesSoundAndEndAndReset) {
  TALKBACK_NEEDS_SOUNDFONT();
  auto organ = player({0, 19, false});
  ASSERT_TRUE(organ) << organ.error().message;
  EXPECT_EQ(power(play(*organ, 10)), 0.0);
  organ->note_on(60, 100);
  const auto first = play(*organ, 200);
  EXPECT_GT(power(first), 1e-5);
  organ->note_off(60);
  play(*organ, 3'000);
  EXPECT_LT(power(play(*organ, 100)), 1e-9);
  organ->reset();
  organ->note_on(60, 100);
  EXPECT_EQ(play(*organ, 200), first);
}

TEST(SoundFontPlayerTest, PlayersOfOneProgramAreEqual) {
  TALKBACK_NEEDS_SOUNDFONT();
  auto a = player();
  auto b = player();
  for (SoundFontPlayer* instrument : {&*a, &*b}) {
    for (const int pitch : {60, 64, 67}) instrument->note_on(pitch, 90);
  }
  EXPECT_EQ(play(*a, 500), play(*b, 500));
}

TEST(SoundFontPlayerTest, BendsAndDrumsAreHeard) {
  TALKBACK_NEEDS_SOUNDFONT();
  auto straight = player({0, 19, false});
  auto bent = player({0, 19, false});
  straight->note_on(60, 100);
  bent->pitch_bend(4'096);
  bent->note_on(60, 100);
  EXPECT_NE(play(*straight, 100), play(*bent, 100));
  auto drums = player({0, 0, true});
  ASSERT_TRUE(drums);
  drums->note_on(36, 110);
  EXPECT_GT(power(play(*drums, 100)), 1e-6);
}

TEST(SoundFontPlayerTest, WhatIsNoSoundFontIsRefused) {
  const TemporaryFolder folder;
  EXPECT_EQ(SoundFontPlayer::create(folder / "none.sf2", {48'000}, {}).error().code, ErrorCode::not_found);
  EXPECT_EQ(SoundFontPlayer::create(folder.write("a.sf2", "no font"), {48'000}, {}).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace talkback::instruments
