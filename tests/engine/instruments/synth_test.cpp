#include "engine/instruments/synth.hpp"

#include <numbers>

#include "engine/dsp/fft.hpp"
#include "tests/engine/instruments/instrument_support.hpp"

namespace talkback::instruments {
namespace {

enum Wave { saw = 1, square, triangle, sine };

Synth plain_synth(int wave = saw) {
  Synth synth;
  set(synth, "oscillator_1.wave", wave);
  set(synth, "oscillator_1_percent", 100);
  set(synth, "cutoff_hz", 20'000);
  set(synth, "amplitude_envelope.attack_ms", 0.5);
  set(synth, "amplitude_envelope.sustain_percent", 100);
  synth.prepare({kRate});
  return synth;
}

// The strongest sound between the partials of hz, up to 20 kHz, against the strongest of all.
double alias_db(const std::vector<float>& sound, double hz) {
  const std::size_t size = sound.size();
  std::vector<float> re(size), im(size), scratch_re(size), scratch_im(size);
  for (std::size_t n = 0; n < size; ++n) {
    // Blackman and Harris's window: its side lobes lie below -92 dB.
    const double x = 2.0 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(size);
    const double window = 0.35875 - 0.48829 * std::cos(x) + 0.14128 * std::cos(2 * x) - 0.01168 * std::cos(3 * x);
    re[n] = sound[n] * static_cast<float>(window);
  }
  dsp::Fft(static_cast<int>(size)).forward(re.data(), im.data(), scratch_re.data(), scratch_im.data());
  double loudest = 0.0;
  double alias = 0.0;
  const double bin_hz = static_cast<double>(kRate) / static_cast<double>(size);
  for (std::size_t bin = 8; static_cast<double>(bin) * bin_hz < 20'000.0; ++bin) {
    const double frequency = static_cast<double>(bin) * bin_hz;
    const auto power = static_cast<double>(re[bin] * re[bin] + im[bin] * im[bin]);
    const double partial = std::max(1.0, std::round(frequency / hz));
    loudest = std::max(loudest, power);
    if (std::abs(frequency - partial * hz) > 8.0 * bin_hz) alias = std::max(alias, power);
  }
  return 10.0 * std::log10(alias / loudest);
}

double hz_of(int pitch) { return 440.0 * std::exp2((pitch - 69) / 12.0); }

TEST(SynthTest, WavesHaveNoAliases) {
  double worst = -200.0;
  for (const int wave : {saw, square, triangle, sine}) {
    for (const int pitch : {33, 69, 90, 97, 101, 105, 108, 120}) {
      Synth synth = plain_synth(wave);
      set(synth, "oscillator_1.pulse_width_percent", 30);
      synth.reset();
      synth.note_on(pitch, 127);
      play(synth, 4'096);
      const double db = alias_db(play(synth, 32'768), hz_of(pitch));
      EXPECT_LT(db, -80.0) << "wave " << wave << ", pitch " << pitch;
      worst = std::max(worst, db);
    }
  }
  RecordProperty("alias_db_max", std::to_string(worst));
}

TEST(SynthTest, NotesAreInTune) {
  for (const int wave : {saw, square, triangle, sine}) {
    for (const int pitch : {36, 60, 69, 84}) {
      Synth synth = plain_synth(wave);
      synth.note_on(pitch, 100);
      play(synth, 4'800);
      const double cents = 1'200.0 * std::log2(pitch_hz(play(synth, 48'000)) / hz_of(pitch));
      EXPECT_NEAR(cents, 0.0, 0.2) << wave << " " << pitch;
    }
  }
}

// How long until the sound's peaks, in stretches of 1 ms, get over (or below) a level.
double time_ms(std::span<const float> sound, float level, bool rises) {
  constexpr int kStretch = 48;
  for (std::size_t n = 0; n + kStretch <= sound.size(); n += kStretch / 4) {
    const float peak = peak_of(sound.subspan(n, kStretch));
    if (rises ? peak >= level : peak < level) return 1e3 * static_cast<double>(n + (rises ? kStretch : 0)) / kRate;
  }
  return -1.0;
}

TEST(SynthTest, EnvelopeTimesAreThoseThatAreSet) {
  Synth synth = plain_synth(sine);
  set(synth, "amplitude_envelope.attack_ms", 300);
  set(synth, "amplitude_envelope.decay_ms", 500);
  set(synth, "amplitude_envelope.sustain_percent", 50);
  set(synth, "amplitude_envelope.release_ms", 400);
  synth.reset();
  synth.note_on(96, 127);
  const auto held = play(synth, 2 * kRate);
  synth.note_off(96);
  const auto released = play(synth, kRate);
  const float top = 0.25F;
  EXPECT_NEAR(time_ms(held, 0.5F * top, true), 150.0, 150.0 * 0.05);
  EXPECT_NEAR(time_ms(held, 0.99F * top, true), 297.0, 297.0 * 0.05);
  // A tenth of the way to the sustain level is left after a third of the decay.
  const auto decay = std::span(held).subspan(300 * 48 + 96);
  EXPECT_NEAR(time_ms(decay, 0.55F * top, false), 500.0 / 3.0, 500.0 / 3.0 * 0.05);
  EXPECT_NEAR(peak_of(std::span(held).last(4'800)), 0.5F * top, 0.002F);
  EXPECT_NEAR(time_ms(released, 0.5F * top * 0.001F, false), 400.0, 400.0 * 0.05);
  EXPECT_EQ(peak_of(std::span(released).last(4'800)), 0.0F);
}

// The level of a steady noteless sine through the filter, against the one without.
double response_db(int kind, double cutoff, int pitch, double resonance = 0.0) {
  const auto level = [&](double cutoff_hz, int filter, double percent) {
    Synth synth = plain_synth(sine);
    set(synth, "filter", filter);
    set(synth, "cutoff_hz", cutoff_hz);
    set(synth, "resonance_percent", percent);
    synth.reset();
    synth.note_on(pitch, 127);
    play(synth, 24'000);
    return static_cast<double>(peak_of(play(synth, 24'000)));
  };
  return 20.0 * std::log10(level(cutoff, kind, resonance) / level(20'000, 1, 0.0));
}

TEST(SynthTest, FilterCutsWhereItSays) {
  enum { low_pass = 1, high_pass, band_pass };
  const double hz = hz_of(69);
  EXPECT_NEAR(response_db(low_pass, hz, 69), -3.0, 0.2);
  EXPECT_NEAR(response_db(high_pass, hz, 69), -3.0, 0.2);
  EXPECT_NEAR(response_db(band_pass, hz, 69), 0.0, 0.2);
  // 12 dB an octave.
  EXPECT_NEAR(response_db(low_pass, hz, 69 + 36), -36.1, 0.7);
  EXPECT_NEAR(response_db(high_pass, hz, 69 - 36), -36.1, 0.7);
  // Q of 50.
  EXPECT_NEAR(response_db(low_pass, hz, 69, 100), 34.0, 0.5);
}

TEST(SynthTest, KeyTrackingKeepsTheTimbre) {
  const auto level = [](int pitch) {
    Synth synth = plain_synth(sine);
    set(synth, "cutoff_hz", hz_of(60) / 2);
    set(synth, "key_tracking_percent", 100);
    synth.reset();
    synth.note_on(pitch, 127);
    play(synth, 24'000);
    return static_cast<double>(peak_of(play(synth, 24'000)));
  };
  EXPECT_NEAR(level(84) / level(60), 1.0, 0.01);
}

TEST(SynthTest, BendsGlidesAndPedal) {
  Synth synth = plain_synth(sine);
  synth.pitch_bend(8'191);
  synth.note_on(69, 100);
  play(synth, 4'800);
  EXPECT_NEAR(pitch_hz(play(synth, 24'000)), hz_of(71), 0.2);
  synth.control_change(64, 127);
  synth.note_off(69);
  play(synth, 48'000);
  EXPECT_EQ(synth.voice_count(), 1);
  synth.control_change(64, 0);
  play(synth, 48'000);
  EXPECT_EQ(synth.voice_count(), 0);

  Synth glide = plain_synth(sine);
  set(glide, "glide_ms", 1'000);
  set(glide, "mono", 1);
  glide.reset();
  glide.note_on(57, 100);
  play(glide, 4'800);
  glide.note_on(69, 100);
  // The way of an octave takes a second: half of it is gone halfway.
  play(glide, 24'000 - 1'200);
  EXPECT_NEAR(12.0 * std::log2(pitch_hz(play(glide, 2'400)) / hz_of(63)), 0.0, 0.2);
  EXPECT_EQ(glide.voice_count(), 1);
  play(glide, 48'000);
  EXPECT_NEAR(pitch_hz(play(glide, 24'000)), 440.0, 0.1);
}

TEST(SynthTest, TheOldestGivesWay) {
  Synth synth = plain_synth(sine);
  for (int i = 0; i < Synth::kVoicesMax; ++i) synth.note_on(40 + i, 100);
  play(synth, 480);
  synth.note_off(50);
  synth.note_on(100, 100);
  EXPECT_EQ(synth.voice_count(), Synth::kVoicesMax);
  synth.note_off(100);
  // That was the released one: all others still sound.
  play(synth, 48'000);
  EXPECT_EQ(synth.voice_count(), Synth::kVoicesMax - 1);
  for (int i = 0; i < 200; ++i) synth.note_on(i % 128, 100);
  EXPECT_EQ(synth.voice_count(), Synth::kVoicesMax);
  synth.all_notes_off();
  play(synth, 48'000);
  EXPECT_EQ(synth.voice_count(), 0);
}

TEST(SynthTest, UnisonSpreadsOverTheStereoField) {
  Synth synth = plain_synth(saw);
  set(synth, "unison_voices", 7);
  synth.reset();
  synth.note_on(57, 100);
  AudioBuffer buffer(2, 4'800);
  synth.render(buffer.block());
  EXPECT_FALSE(std::ranges::equal(buffer.block().channel(0), buffer.block().channel(1)));
  Synth one = plain_synth(saw);
  one.note_on(57, 100);
  one.render(buffer.block());
  EXPECT_TRUE(std::ranges::equal(buffer.block().channel(0), buffer.block().channel(1)));
}

TEST(SynthTest, MovesWithoutClicks) {
  // A step of the cutoff's parameter while a low sine sounds: nothing but the sine below 1 kHz.
  Synth synth = plain_synth(sine);
  synth.note_on(45, 127);
  std::vector<float> sound;
  play_on(synth, 16'384, sound);
  set(synth, "oscillator_1_percent", 20);
  play_on(synth, 16'384, sound);
  float jump = 0.0F;
  for (std::size_t n = 2; n < sound.size(); ++n)
    jump = std::max(jump, std::abs(sound[n] - 2.0F * sound[n - 1] + sound[n - 2]));
  EXPECT_LT(jump, 0.25F * 0.8F / 32.0F + 0.001F);
}

}  // namespace
}  // namespace talkback::instruments
