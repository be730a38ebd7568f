#include "engine/effects/convolution.hpp"

#include <gtest/gtest.h>

#include "tests/engine/effects/effect_support.hpp"

namespace talkback::effects {
namespace {

std::shared_ptr<const AudioBuffer> response(int channels, int frames) {
  return std::make_shared<AudioBuffer>(noise(channels, frames));
}

std::unique_ptr<Convolution> made(std::shared_ptr<const AudioBuffer> impulse_response,
                                  const std::vector<Setting>& settings, int channels = 2) {
  auto effect = std::make_unique<Convolution>(std::move(impulse_response));
  for (const Setting& setting : settings)
    effect->set(parameter_index(effect->parameters(), setting.name), setting.value);
  effect->prepare({48'000}, channels);
  return effect;
}

const std::vector<Setting> kWet = {{"mix_percent", 100}, {"as_recorded", 1}};

std::vector<Setting> wet_and(std::vector<Setting> more) {
  more.insert(more.end(), kWet.begin(), kWet.end());
  return more;
}

AudioBuffer impulse(int channel, int frames) {
  AudioBuffer sound(2, frames);
  sound.block().channel(channel)[0] = 1.0F;
  return sound;
}

void expect_near(std::span<const float> result, std::span<const float> expected, float tolerance = 2e-6F) {
  ASSERT_GE(result.size(), expected.size());
  for (std::size_t n = 0; n < expected.size(); ++n) ASSERT_NEAR(result[n], expected[n], tolerance) << n;
}

TEST(ConvolutionTest, AnImpulseBringsTheResponse) {
  for (const int channels : {1, 2}) {
    const auto room = response(channels, 5'000);
    for (const int side : {0, 1}) {
      AudioBuffer sound = impulse(side, 6'000);
      made(room, kWet)->process(sound.block());
      expect_near(sound.block().channel(side), room->block().channel(channels == 2 ? side : 0));
      EXPECT_LT(peak_of(sound.block().slice(5'000, 1'000)), 1e-6);
      EXPECT_EQ(std::abs(sound.block().channel(1 - side)[100]), 0.0F);
    }
  }
}

TEST(ConvolutionTest, FourChannelsAreTrueStereo) {
  const auto room = response(4, 3'000);
  for (const int side : {0, 1}) {
    AudioBuffer sound = impulse(side, 4'000);
    made(room, kWet)->process(sound.block());
    expect_near(sound.block().channel(0), room->block().channel(2 * side));
    expect_near(sound.block().channel(1), room->block().channel(2 * side + 1));
  }
}

TEST(ConvolutionTest, WhiteNoiseKeepsItsLevelUnlessTheResponseStaysAsRecorded) {
  const auto rms_db = [](ConstAudioBlock block) {
    double sum = 0.0;
    for (const float sample : block.channel(0)) sum += static_cast<double>(sample) * static_cast<double>(sample);
    return 10.0 * std::log10(sum / block.frame_count());
  };
  AudioBuffer sound = noise(2, 100'000);
  const double before = rms_db(sound.block());
  made(response(1, 4'801), {{"mix_percent", 100}})->process(sound.block());
  EXPECT_NEAR(rms_db(sound.block().slice(20'000, 80'000)), before, 0.2);
}

TEST(ConvolutionTest, PreDelayAndLengthShapeTheResponse) {
  const auto room = response(2, 4'000);
  AudioBuffer sound = impulse(0, 10'000);
  made(room, wet_and({{"pre_delay_ms", 100}, {"length_percent", 50}}))->process(sound.block());
  EXPECT_LT(peak_of(sound.block().slice(0, 4'800)), 1e-6);
  expect_near(sound.block().channel(0).subspan(4'800), room->block().channel(0).first(1'800));
  // Half way down the fade of 200 frames.
  EXPECT_NEAR(sound.block().channel(0)[4'800 + 1'900], 0.5F * room->block().channel(0)[1'900], 0.01F);
  EXPECT_LT(peak_of(sound.block().slice(4'800 + 2'000, 3'000)), 1e-6);
}

TEST(ConvolutionTest, CutsAreButterworthAndGainIsInDecibels) {
  const auto level = [](const std::vector<Setting>& settings, double hz) {
    auto effect = made(nullptr, wet_and(settings));
    AudioBuffer sound = tone(2, 48'000, hz / 48'000.0, 0.5);
    effect->process(sound.block());
    return 20.0 * std::log10(peak_of(sound.block().slice(24'000, 24'000)) / 0.5);
  };
  EXPECT_NEAR(level({}, 1'000), 0.0, 0.01);
  EXPECT_NEAR(level({{"gain_db", -7}}, 1'000), -7.0, 0.01);
  EXPECT_NEAR(level({{"low_cut_hz", 1'000}}, 1'000), -3.01, 0.02);
  EXPECT_NEAR(level({{"low_cut_hz", 1'000}}, 250), -24.1, 0.1);
  EXPECT_NEAR(level({{"high_cut_hz", 1'000}}, 1'000), -3.01, 0.02);
  EXPECT_LT(level({{"high_cut_hz", 1'000}}, 4'000), -24.0);
  EXPECT_EQ(level({{"gain_db", -144}}, 1'000), -std::numeric_limits<double>::infinity());
}

TEST(ConvolutionTest, MixOfZeroIsTheInput) {
  AudioBuffer sound = noise(2, 5'000);
  made(response(2, 3'000), {{"mix_percent", 0}})->process(sound.block());
  EXPECT_TRUE(std::ranges::equal(sound.block().channel(1), noise(2, 5'000).block().channel(1)));
}

TEST(ConvolutionTest, AMonoResponseLeavesAMonoTrackMonoAndLongerOnesSpread) {
  EXPECT_FALSE(made(response(1, 100), {}, 1)->spreads());
  EXPECT_TRUE(made(response(2, 100), {}, 2)->spreads());
  AudioBuffer sound(1, 200);
  sound.block().channel(0)[0] = 1.0F;
  const auto room = response(1, 100);
  made(room, kWet, 1)->process(sound.block());
  expect_near(sound.block().channel(0), room->block().channel(0));
}

// With a response long enough for several levels; ProcessorTest asks the same of the effect without one.
TEST(ConvolutionTest, AnyBlockSizeGivesTheSameSamplesAndAnotherObjectGoesOn) {
  const auto room = response(2, 20'000);
  const auto fresh = [&] { return made(room, {{"low_cut_hz", 100}}); };
  AudioBuffer expected = noise(2, 30'000);
  fresh()->process(expected.block());
  for (const int block : {1, 441}) {
    auto effect = fresh();
    AudioBuffer sound = noise(2, 30'000);
    for (int n = 0; n < 30'000; n += block) effect->process(sound.block().slice(n, std::min(block, 30'000 - n)));
    EXPECT_TRUE(std::ranges::equal(sound.block().channel(1), expected.block().channel(1))) << block;
  }
  auto first = fresh();
  AudioBuffer sound = noise(2, 30'000);
  first->process(sound.block().slice(0, 17'001));
  std::vector<std::byte> bytes;
  dsp::StateArchive saving = dsp::StateArchive::saving(bytes);
  first->archive(saving);
  auto second = fresh();
  dsp::StateArchive loading = dsp::StateArchive::loading(bytes);
  second->archive(loading);
  EXPECT_TRUE(loading.is_complete());
  second->process(sound.block().slice(17'001, 12'999));
  EXPECT_TRUE(std::ranges::equal(sound.block().channel(1), expected.block().channel(1)));
}

}  // namespace
}  // namespace talkback::effects
