// What every instrument promises.
#include "tests/engine/instruments/sampler_support.hpp"

namespace talkback::instruments {
namespace {

class InstrumentTest : public ::testing::TestWithParam<std::string_view> {
 protected:
  static std::unique_ptr<Instrument> make() {
    auto result = GetParam() == "sampler" ? test_sampler() : make_instrument(GetParam());
    result->prepare({kRate});
    return result;
  }
  // Keys of the click among them.
  static void play_phrase(Instrument& instrument, std::vector<float>& sound, int block_frames) {
    instrument.note_on(76, 100);
    play_on(instrument, 777, sound, block_frames);
    instrument.note_on(60, 64);
    instrument.pitch_bend(3'000);
    instrument.control_change(1, 90);
    play_on(instrument, 1'250, sound, block_frames);
    instrument.note_off(76);
    instrument.note_on(77, 127);
    play_on(instrument, 5'000, sound, block_frames);
    instrument.note_off(60);
    play_on(instrument, 3'001, sound, block_frames);
  }
};

TEST_P(InstrumentTest, AnyBlockLengthGivesTheSameSamples) {
  std::vector<float> whole;
  const auto instrument = make();
  play_phrase(*instrument, whole, 100'000);
  EXPECT_GT(peak_of(whole), 0.01F);
  for (const int block_frames : {1, 7, 64, 333}) {
    std::vector<float> parts;
    play_phrase(*make(), parts, block_frames);
    EXPECT_EQ(parts, whole) << block_frames;
  }
}

TEST_P(InstrumentTest, SilentBeforeAndAlikeAfterReset) {
  const auto instrument = make();
  EXPECT_EQ(peak_of(play(*instrument, 1'000)), 0.0F);
  instrument->reset();
  std::vector<float> first;
  play_phrase(*instrument, first, 512);
  instrument->reset();
  EXPECT_EQ(peak_of(play(*instrument, 1'000)), 0.0F);
  instrument->reset();
  std::vector<float> second;
  play_phrase(*instrument, second, 512);
  EXPECT_EQ(second, first);
}

TEST_P(InstrumentTest, SavedStateGoesOnBitForBit) {
  const auto instrument = make();
  std::vector<float> ignored;
  instrument->note_on(76, 100);
  play_on(*instrument, 777, ignored);
  std::vector<std::byte> bytes;
  auto saving = dsp::StateArchive::saving(bytes);
  instrument->archive(saving);
  const auto other = make();
  other->note_on(77, 50);
  play_on(*other, 100, ignored);
  auto loading = dsp::StateArchive::loading(bytes);
  other->archive(loading);
  ASSERT_TRUE(loading.is_complete());
  std::vector<float> one;
  std::vector<float> two;
  play_phrase(*instrument, one, 512);
  play_phrase(*other, two, 100);
  EXPECT_EQ(two, one);
}

TEST_P(InstrumentTest, WhatHasEndedLeavesNoTrace) {
  const auto state_after = [](bool plays) {
    const auto instrument = make();
    std::vector<float> ignored;
    // The pitch of the last note stays, for glides.
    if (plays) {
      for (int i = 0; i < 3; ++i) instrument->note_on(76, 100);
    }
    instrument->note_on(76, 100);
    instrument->note_off(76);
    play_on(*instrument, 3 * kRate, ignored);
    std::vector<std::byte> bytes;
    auto saving = dsp::StateArchive::saving(bytes);
    instrument->archive(saving);
    return bytes;
  };
  EXPECT_EQ(state_after(true), state_after(false));
}

TEST_P(InstrumentTest, DamagedStateStaysInBounds) {
  for (unsigned fill = 0; fill < 256; fill += 51) {
    const auto instrument = make();
    std::vector<std::byte> bytes;
    instrument->note_on(76, 100);
    auto saving = dsp::StateArchive::saving(bytes);
    instrument->archive(saving);
    std::ranges::fill(bytes, static_cast<std::byte>(fill));
    auto loading = dsp::StateArchive::loading(bytes);
    instrument->archive(loading);
    play(*instrument, 1'000);
    instrument->note_on(60, 100);
    play(*instrument, 1'000);
  }
}

INSTANTIATE_TEST_SUITE_P(All, InstrumentTest, ::testing::ValuesIn(instrument_names()),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace talkback::instruments
