#include "engine/analysis/true_peak_meter.hpp"

#include <gtest/gtest.h>

#include "engine/dsp/dither.hpp"

namespace talkback::analysis {
namespace {

constexpr int kSegmentFrames = 65'536;

// Louder and softer by turns.
AudioBuffer make_sound(int frames, std::uint64_t seed) {
  AudioBuffer sound(2, frames);
  const dsp::TpdfDither source(seed);
  for (int c = 0; c < 2; ++c) {
    for (int n = 0; n < frames; ++n) {
      const float gain = 0.1F + 0.8F * static_cast<float>((n / 3'000 * 7) % 11) / 11.0F;
      sound.block().channel(c)[static_cast<std::size_t>(n)] = gain * static_cast<float>(source.noise(c, {n}));
    }
  }
  return sound;
}

TruePeakMeter make_meter() {
  TruePeakMeter meter;
  meter.prepare(2);
  return meter;
}

std::vector<std::byte> saved(TruePeakMeter& meter) {
  std::vector<std::byte> bytes;
  auto archive = dsp::StateArchive::saving(bytes);
  meter.archive(archive);
  return bytes;
}

TEST(TruePeakMeterTest, WhatSegmentsHadIsTheSameHoweverSoundIsCut) {
  const AudioBuffer sound = make_sound(4 * kSegmentFrames + 777, 1);
  const auto takes = [&](int block_frames) {
    TruePeakMeter meter = make_meter();
    std::vector<float> taken;
    for (int done = 0; done < sound.frame_count();) {
      const int to_segment = kSegmentFrames - done % kSegmentFrames;
      const int frames = std::min({block_frames, to_segment, sound.frame_count() - done});
      meter.process(sound.block().slice(done, frames));
      done += frames;
      if (done % kSegmentFrames == 0) taken.push_back(meter.take_greatest());
    }
    taken.push_back(meter.finished());
    return taken;
  };
  const std::vector<float> expected = takes(kSegmentFrames);
  EXPECT_EQ(takes(4'096), expected);
  EXPECT_EQ(takes(331), expected);

  TruePeakMeter whole = make_meter();
  whole.process(sound.block());
  EXPECT_EQ(*std::ranges::max_element(expected), whole.finished());
}

TEST(TruePeakMeterTest, GoesOnFromItsArchive) {
  const AudioBuffer sound = make_sound(40'000, 2);
  TruePeakMeter first = make_meter();
  first.process(sound.block().slice(0, 12'345));
  TruePeakMeter second = make_meter();
  const auto bytes = saved(first);
  auto archive = dsp::StateArchive::loading(bytes);
  second.archive(archive);
  ASSERT_TRUE(archive.is_complete());
  for (TruePeakMeter* meter : {&first, &second}) meter->process(sound.block().slice(12'345, 27'655));
  EXPECT_EQ(first.finished(), second.finished());
  EXPECT_EQ(saved(first), saved(second));

  TruePeakMeter whole = make_meter();
  whole.process(sound.block());
  EXPECT_EQ(first.finished(), whole.finished());
}

TEST(TruePeakMeterTest, ForgetsThePastToTheLastBitOnceTaken) {
  const AudioBuffer present = make_sound(kSegmentFrames, 3);
  std::vector<std::vector<std::byte>> archives;
  for (const std::uint64_t seed : {0U, 4U, 5U}) {
    TruePeakMeter meter = make_meter();
    const AudioBuffer past = seed == 0 ? AudioBuffer(2, kSegmentFrames) : make_sound(kSegmentFrames, seed);
    meter.process(past.block());
    meter.take_greatest();
    meter.process(present.block());
    meter.take_greatest();
    archives.push_back(saved(meter));
  }
  EXPECT_EQ(archives[1], archives[0]);
  EXPECT_EQ(archives[2], archives[0]);
}

TEST(TruePeakMeterTest, NothingIsTakenTwice) {
  TruePeakMeter meter = make_meter();
  const AudioBuffer sound = make_sound(kSegmentFrames, 6);
  const AudioBuffer silence(2, kSegmentFrames);
  meter.process(sound.block());
  EXPECT_GT(meter.take_greatest(), 0.5F);
  meter.process(silence.block());
  meter.take_greatest();  // what the detector still held
  meter.process(silence.block());
  EXPECT_EQ(meter.take_greatest(), 0.0F);
  EXPECT_EQ(meter.finished(), 0.0F);
}

}  // namespace
}  // namespace talkback::analysis
