#include "engine/analysis/tuner.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tests/support/realtime_guard.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback::analysis {
namespace {

// Partials k of a fundamental, each at k f sqrt(1 + B k^2) (H. Fletcher 1964), with a level and a decay of its own.
AudioBuffer partials(double hz, int rate, int count, double inharmonicity, double decay_s, double tilt) {
  AudioBuffer sound(1, rate / 4);
  for (int k = 1; k <= count; ++k) {
    const double frequency = k * hz * std::sqrt(1.0 + inharmonicity * k * k);
    if (frequency > 0.45 * rate) break;
    for (int n = 0; n < sound.frame_count(); ++n) {
      const double seconds = static_cast<double>(n) / rate;
      const double level = 0.3 / std::pow(k, tilt) * std::exp(-seconds * k / decay_s);
      sound.block().channel(0)[static_cast<std::size_t>(n)] +=
          static_cast<float>(level * std::sin(2.0 * std::numbers::pi * frequency * seconds + 0.7 * k));
    }
  }
  return sound;
}

std::optional<TunerReading> tuned(const AudioBuffer& sound, int rate = 48'000, double reference_hz = 440.0) {
  auto tuner = Tuner::create(SampleRate{rate}, reference_hz);
  EXPECT_TRUE(tuner);
  for (int n = 0; n < sound.frame_count(); n += 441) {
    const test::RealtimeGuard guard;
    tuner->process(sound.block().slice(n, std::min(441, sound.frame_count() - n)));
  }
  return tuner->reading();
}

double hz_of(int note, double cents = 0.0) { return 440.0 * std::pow(2.0, (note - 69 + cents / 100.0) / 12.0); }

// Every note of a piano, some cents off.
void expect_notes(int rate, int count, double tilt, double error_cents) {
  for (int note = 21; note <= 108; ++note) {
    const double cents = (note * 37 % 90) - 45.0;
    const auto reading = tuned(partials(hz_of(note, cents), rate, count, 0.0, 1e9, tilt), rate);
    ASSERT_TRUE(reading) << note;
    EXPECT_EQ(reading->note, note);
    EXPECT_NEAR(reading->cents, cents, error_cents) << note;
    EXPECT_GT(reading->confidence, 0.95);
  }
}

TEST(TunerTest, ReadsSinesOfEveryKeyWithinACent) {
  for (const int rate : {44'100, 48'000, 96'000}) expect_notes(rate, 1, 1.0, 1.0);
}

TEST(TunerTest, ReadsSawsOfEveryKeyWithinACent) {
  for (const int rate : {44'100, 48'000}) expect_notes(rate, 60, 1.0, 1.0);
}

// Of a guitar's strings and a piano's middle: sharp by what the partials are stretched, a few cents.
TEST(TunerTest, ReadsPluckedStrings) {
  for (const int note : {28, 33, 40, 45, 50, 55, 59, 64, 69, 76}) {
    const double inharmonicity = note < 50 ? 5e-5 : 2e-4;
    const auto reading = tuned(partials(hz_of(note), 48'000, 20, inharmonicity, 2.0, 0.7));
    ASSERT_TRUE(reading) << note;
    EXPECT_EQ(reading->note, note);
    EXPECT_NEAR(reading->cents, 0.0, 5.0) << note;
  }
}

// The fundamental is weak, as of a bass on small speakers.
TEST(TunerTest, FindsTheFundamentalUnderStrongerPartials) {
  AudioBuffer sound = partials(110.0, 48'000, 8, 0.0, 1e9, 0.0);
  const AudioBuffer first = partials(110.0, 48'000, 1, 0.0, 1e9, 0.0);
  for (std::size_t n = 0; n < sound.block().channel(0).size(); ++n)
    sound.block().channel(0)[n] -= 0.9F * first.block().channel(0)[n];
  const auto reading = tuned(sound);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->note_name(), "A2");
}

TEST(TunerTest, SilenceNoiseAndChordsHaveNoPitch) {
  EXPECT_FALSE(tuned(AudioBuffer(1, 24'000)));
  EXPECT_FALSE(tuned(test_constant(1, 24'000, 0.5F)));
  for (std::uint64_t seed = 1; seed < 6; ++seed) EXPECT_FALSE(tuned(test_noise(1, 24'000, 0.5F, seed)));
  AudioBuffer chord = partials(hz_of(60), 48'000, 6, 0.0, 1e9, 1.0);
  for (const int note : {64, 66, 71}) {
    const AudioBuffer more = partials(hz_of(note), 48'000, 6, 0.0, 1e9, 1.0);
    for (std::size_t n = 0; n < chord.block().channel(0).size(); ++n)
      chord.block().channel(0)[n] += more.block().channel(0)[n];
  }
  EXPECT_FALSE(tuned(chord));
}

TEST(TunerTest, AToneInNoiseIsStillRead) {
  AudioBuffer sound = partials(196.0, 48'000, 10, 0.0, 1e9, 1.0);
  const AudioBuffer noise = test_noise(1, sound.frame_count(), 0.02F);
  for (std::size_t n = 0; n < sound.block().channel(0).size(); ++n)
    sound.block().channel(0)[n] += noise.block().channel(0)[n];
  const auto reading = tuned(sound);
  ASSERT_TRUE(reading);
  EXPECT_NEAR(reading->frequency_hz, 196.0, 0.2);
}

TEST(TunerTest, FollowsTheReference) {
  const AudioBuffer a = partials(442.0, 48'000, 3, 0.0, 1e9, 1.0);
  const auto sharp = tuned(a);
  ASSERT_TRUE(sharp);
  EXPECT_NEAR(sharp->cents, 7.85, 0.2);
  EXPECT_NEAR(tuned(a, 48'000, 442.0)->cents, 0.0, 0.2);
  EXPECT_NEAR(tuned(partials(400.0, 48'000, 3, 0.0, 1e9, 1.0), 48'000, 400.0)->cents, 0.0, 0.2);
  EXPECT_EQ(tuned(partials(25.0, 48'000, 3, 0.0, 1e9, 1.0), 48'000, 400.0)->note, 21);
  EXPECT_FALSE(Tuner::create({48'000}, 399.0));
  EXPECT_FALSE(Tuner::create({48'000}, 481.0));
  EXPECT_FALSE(Tuner::create({48'000}, std::nan("")));
}

TEST(TunerTest, NamesNotes) {
  EXPECT_EQ(TunerReading{.note = 69}.note_name(), "A4");
  EXPECT_EQ(TunerReading{.note = 60}.note_name(), "C4");
  EXPECT_EQ(TunerReading{.note = 21}.note_name(), "A0");
  EXPECT_EQ(TunerReading{.note = 106}.note_name(), "A#7");
}

}  // namespace
}  // namespace talkback::analysis
