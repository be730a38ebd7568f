#include "engine/instruments/sampler.hpp"

#include "tests/engine/instruments/sampler_support.hpp"
#include "tests/engine/instruments/spectrum.hpp"

namespace talkback::instruments {
namespace {

Sampler ready(std::vector<SamplerZone> zones, const std::vector<std::pair<const char*, double>>& settings = {}) {
  for (SamplerZone& zone : zones) zone.settle();
  Sampler sampler(std::move(zones));
  for (const auto& [name, value] : settings) set(sampler, name, value);
  sampler.prepare({kRate});
  return sampler;
}

SamplerZone constant_zone(double level, std::int64_t frames = 48'000) {
  return zone_of(make_sound(frames, 1, [=](std::int64_t, int) { return level; }));
}

std::vector<float> play_note(std::vector<SamplerZone> zones, int pitch, int frames, int velocity = 127) {
  Sampler sampler = ready(std::move(zones));
  sampler.note_on(pitch, velocity);
  return play(sampler, frames);
}

TEST(SamplerTest, TheRootKeySoundsAsTheSource) {
  const auto sound = sine_sound(1'234.5, 10'000);
  const auto heard = play_note({zone_of(sound)}, 60, 9'000);
  for (std::size_t n = 0; n < heard.size(); ++n) ASSERT_EQ(heard[n], sound->samples[n]) << n;
}

TEST(SamplerTest, OtherKeysAreInTune) {
  for (const int pitch : {24, 48, 59, 61, 67, 72, 84, 96}) {
    const double hz = 220.0;
    const auto heard = play_note({zone_of(sine_sound(hz, 4'000'000))}, pitch, 72'000);
    const double wanted = hz * std::exp2((pitch - 60) / 12.0);
    EXPECT_NEAR(cents(pitch_hz(std::span(heard).subspan(2'000)), wanted), 0.0, 0.1) << pitch;
  }
  SamplerZone zone = zone_of(sine_sound(220.0, 480'000));
  zone.tune_cents = 50.0;
  Sampler sampler = ready({zone});
  sampler.pitch_bend(8'191);
  sampler.note_on(60, 127);
  play(sampler, 2'400);
  EXPECT_NEAR(cents(pitch_hz(play(sampler, 48'000)), 220.0 * std::exp2(2.5 / 12.0)), 0.0, 0.2);
}

// The strongest sound up to to_hz that is not at heard_hz, against the source's sine.
double beside_db(int semitones, double source_hz, double heard_hz, double to_hz) {
  const auto heard = play_note({zone_of(sine_sound(source_hz, 4'000'000, 0.5))}, 60 + semitones, 4'096 + 32'768);
  const Spectrum spectrum(std::vector<float>(heard.begin() + 4'096, heard.end()));
  double worst = -200.0;
  for (double hz = 60.0; hz < to_hz; hz += 5.0) {
    if (std::abs(hz - heard_hz) > 100.0) worst = std::max(worst, spectrum.level_db(hz));
  }
  return worst - 20.0 * std::log10(0.5);
}

TEST(SamplerTest, NeitherImagesNorAliases) {
  double worst = -200.0;
  // Down: the image of the source's highest sound lies above it.
  for (const int semitones : {-24, -12, -7, -1}) {
    const double ratio = std::exp2(semitones / 12.0);
    worst = std::max(worst, beside_db(semitones, 0.41 * kRate, 0.41 * kRate * ratio, 23'900.0));
  }
  // Up: what would lie above the rate's half, and fold below 0.41 of it, is gone.
  for (const int semitones : {1, 2, 5, 12, 19, 24, 36}) {
    const double ratio = std::exp2(semitones / 12.0);
    if (ratio > 1.3) worst = std::max(worst, beside_db(semitones, 0.6 * kRate / ratio, 1e9, 0.4 * kRate));
    worst = std::max(worst, beside_db(semitones, 0.35 * kRate / ratio, 0.35 * kRate, 23'900.0));
  }
  EXPECT_LT(worst, -85.0);
  RecordProperty("worst_db", std::to_string(worst));
}

TEST(SamplerTest, PassesHighsEvenly) {
  for (const int semitones : {-12, -1, 1}) {
    const double ratio = std::exp2(semitones / 12.0);
    for (const double source_hz : {1'000.0, 10'000.0, 17'000.0}) {
      const auto heard = play_note({zone_of(sine_sound(source_hz, 400'000))}, 60 + semitones, 4'096 + 32'768);
      const Spectrum spectrum(std::vector<float>(heard.begin() + 4'096, heard.end()));
      const auto low = play_note({zone_of(sine_sound(500.0, 400'000))}, 60 + semitones, 4'096 + 32'768);
      const Spectrum reference(std::vector<float>(low.begin() + 4'096, low.end()));
      EXPECT_NEAR(spectrum.level_db(source_hz * ratio), reference.level_db(500.0 * ratio), 0.1)
          << semitones << " " << source_hz;
    }
  }
}

TEST(SamplerTest, ALoopOfWholeTurnsGoesOnWithoutASeam) {
  // 480 Hz: a hundred frames a turn.
  SamplerZone zone = zone_of(sine_sound(480.0, 5'000));
  zone.loop = SampleLoop::forward;
  zone.loop_start = 1'000;
  zone.loop_end = 2'700;
  for (const int pitch : {60, 55, 67}) {
    const auto heard = play_note({zone}, pitch, 48'000);
    const auto endless = play_note({zone_of(sine_sound(480.0, 200'000))}, pitch, 48'000);
    float difference = 0.0F;
    for (std::size_t n = 0; n < heard.size(); ++n) difference = std::max(difference, std::abs(heard[n] - endless[n]));
    EXPECT_LT(difference, 2e-5F) << pitch;
  }
}

// How far the sound bends within three frames: of a sine at most level * (2 pi f / rate)^2.
float bend_of(std::span<const float> sound) {
  float bend = 0.0F;
  for (std::size_t n = 2; n < sound.size(); ++n)
    bend = std::max(bend, std::abs(sound[n] - 2.0F * sound[n - 1] + sound[n - 2]));
  return bend;
}

TEST(SamplerTest, ACrossfadeTakesTheClickFromALoop) {
  SamplerZone zone = zone_of(sine_sound(200.0, 20'000));
  zone.loop = SampleLoop::forward;
  // A half turn does not fit.
  zone.loop_start = 5'000;
  zone.loop_end = 5'000 + 240 * 20 + 120;
  const float clicking = bend_of(play_note({zone}, 60, 48'000));
  zone.crossfade = 2'000;
  const auto faded = play_note({zone}, 60, 48'000);
  const float clean = bend_of(std::span(faded).first(4'000));
  EXPECT_GT(clicking, 20.0F * clean);
  EXPECT_LT(bend_of(faded), 2.0F * clean);
}

TEST(SamplerTest, PingPongGoesBackAndForth) {
  SamplerZone zone = zone_of(make_sound(1'000, 1, [](std::int64_t n, int) { return static_cast<double>(n) / 1'000; }));
  zone.loop = SampleLoop::ping_pong;
  zone.loop_start = 100;
  zone.loop_end = 200;
  const auto heard = play_note({zone}, 60, 600);
  EXPECT_FLOAT_EQ(heard[199], 0.199F);
  EXPECT_FLOAT_EQ(heard[200], 0.199F);
  EXPECT_FLOAT_EQ(heard[299], 0.1F);
  EXPECT_FLOAT_EQ(heard[300], 0.1F);
  EXPECT_FLOAT_EQ(heard[350], 0.15F);
}

TEST(SamplerTest, ALoopUntilReleaseGoesOnToTheEnd) {
  for (const std::int64_t crossfade : {0, 200}) {
    SamplerZone zone = zone_of(make_sound(6'000, 1, [](std::int64_t n, int) {
      return 0.25 + 1e-4 * static_cast<double>(std::max<std::int64_t>(n - 3'000, 0));
    }));
    zone.loop = SampleLoop::until_release;
    zone.loop_start = 1'000;
    zone.loop_end = 2'000;
    zone.crossfade = crossfade;
    Sampler sampler = ready({zone}, {{"amplitude_envelope.release_ms", 60'000}});
    sampler.note_on(60, 127);
    EXPECT_NEAR(peak_of(play(sampler, 30'500)), 0.25F, 1e-6F);
    sampler.note_off(60);
    const auto released = play(sampler, 8'000);
    // To the end of this pass, and on through 2'000 to 6'000.
    EXPECT_NEAR(released[400], 0.25F, 0.001F);
    EXPECT_NEAR(released[500 + 3'900], 0.25F + 0.29F, 0.03F);
    EXPECT_EQ(peak_of(std::span(released).subspan(500 + 4'100)), 0.0F);
    EXPECT_LT(bend_of(std::span(released).first(4'300)), 0.001F);
  }
}

TEST(SamplerTest, VelocityAndKeyChooseTheZone) {
  std::vector<SamplerZone> zones(3, constant_zone(0.1));
  zones[0].high_velocity = 63;
  zones[1] = constant_zone(0.2);
  zones[1].low_velocity = 64;
  zones[2] = constant_zone(0.4);
  zones[2].low_pitch = 61;
  for (int i = 0; i < 2; ++i) zones[static_cast<std::size_t>(i)].high_pitch = 60;
  const auto level = [&](int pitch, int velocity) {
    Sampler sampler = ready(zones, {{"velocity_percent", 0}});
    sampler.note_on(pitch, velocity);
    return peak_of(play(sampler, 100));
  };
  EXPECT_FLOAT_EQ(level(60, 63), 0.1F);
  EXPECT_FLOAT_EQ(level(60, 64), 0.2F);
  EXPECT_NEAR(level(61, 1), 0.4F, 0.01F);
  EXPECT_FLOAT_EQ(play_note({constant_zone(0.4)}, 60, 10, 64)[5], 0.4F * 64.0F * 64.0F / 127.0F / 127.0F);
}

TEST(SamplerTest, RoundRobinsTakeTurns) {
  std::vector<SamplerZone> zones;
  for (int i = 0; i < 3; ++i) {
    zones.push_back(constant_zone(0.1 * (i + 1), 200));
    zones.back().round_robin_group = 7;
  }
  Sampler sampler = ready(zones);
  for (int hit = 0; hit < 7; ++hit) {
    sampler.note_on(60, 127);
    EXPECT_FLOAT_EQ(play(sampler, 1'000)[10], 0.1F * static_cast<float>(hit % 3 + 1)) << hit;
    EXPECT_LE(sampler.voice_count(), 1);
  }
}

TEST(SamplerTest, ChokeGroupsEndEachOther) {
  std::vector<SamplerZone> zones(3, constant_zone(0.2));
  for (int i = 0; i < 3; ++i) {
    SamplerZone& zone = zones[static_cast<std::size_t>(i)];
    zone.low_pitch = zone.high_pitch = zone.root_pitch = 42 + 2 * i;
    zone.is_one_shot = true;
    zone.choke_group = i < 2 ? 1 : 0;
  }
  Sampler sampler = ready(zones);
  sampler.note_on(46, 127);
  sampler.note_on(44, 127);
  play(sampler, 480);
  sampler.note_on(42, 127);
  EXPECT_EQ(sampler.voice_count(), 2);
  play(sampler, 2'000);
  EXPECT_FLOAT_EQ(peak_of(play(sampler, 100)), 0.4F);
}

TEST(SamplerTest, OneShotsPlayToTheirEnd) {
  SamplerZone zone = constant_zone(0.5, 10'000);
  zone.is_one_shot = true;
  Sampler sampler = ready({zone});
  sampler.note_on(60, 127);
  play(sampler, 100);
  sampler.note_off(60);
  EXPECT_FLOAT_EQ(peak_of(std::span<const float>(play(sampler, 9'000)).last(100)), 0.5F);
  play(sampler, 2'000);
  EXPECT_EQ(sampler.voice_count(), 0);
  // But all notes off ends them.
  sampler.note_on(60, 127);
  play(sampler, 100);
  sampler.all_notes_off();
  EXPECT_LT(peak_of(std::span<const float>(play(sampler, 9'000)).last(100)), 0.001F);
}

TEST(SamplerTest, EnvelopeTakesItsTimes) {
  SamplerZone zone = constant_zone(0.5, 480'000);
  Sampler sampler = ready({zone}, {{"amplitude_envelope.attack_ms", 100},
                                   {"amplitude_envelope.hold_ms", 200},
                                   {"amplitude_envelope.decay_ms", 300},
                                   {"amplitude_envelope.sustain_percent", 50},
                                   {"amplitude_envelope.release_ms", 400}});
  sampler.note_on(60, 127);
  const auto held = play(sampler, kRate);
  EXPECT_NEAR(held[2'400], 0.25F, 0.002F);
  EXPECT_FLOAT_EQ(held[4'800], 0.5F);
  EXPECT_FLOAT_EQ(held[4'800 + 9'599], 0.5F);
  // A tenth of the way to the sustain level is left after a third of the decay.
  EXPECT_NEAR(held[14'400 + 4'800], 0.275F, 0.002F);
  EXPECT_NEAR(held.back(), 0.25F, 0.001F);
  sampler.note_off(60);
  const auto released = play(sampler, kRate);
  EXPECT_NEAR(released[6'400], 0.025F, 0.001F);
  EXPECT_EQ(released.back(), 0.0F);
}

TEST(SamplerTest, FilterCutsWhereItSays) {
  const auto level = [](int kind, double cutoff) {
    Sampler sampler = ready({zone_of(sine_sound(1'000.0, 480'000))}, {{"filter", kind}, {"cutoff_hz", cutoff}});
    sampler.note_on(60, 127);
    play(sampler, 9'600);
    return peak_db(play(sampler, 9'600));
  };
  const double open = level(0, 20'000);
  EXPECT_NEAR(level(1, 1'000) - open, -3.0, 0.2);
  EXPECT_NEAR(level(2, 1'000) - open, -3.0, 0.2);
  EXPECT_NEAR(level(3, 1'000) - open, 0.0, 0.2);
  EXPECT_NEAR(level(1, 125) - open, -36.1, 0.7);
  EXPECT_NEAR(level(2, 4'000) - open, -24.3, 0.4);
}

TEST(SamplerTest, StereoStaysStereoAndMonoIsSpread) {
  const auto sound = make_sound(1'000, 2, [](std::int64_t, int c) { return c == 0 ? 0.5 : -0.25; });
  Sampler sampler = ready({zone_of(sound)});
  AudioBuffer buffer(2, 64);
  sampler.note_on(60, 127);
  sampler.render(buffer.block());
  EXPECT_FLOAT_EQ(buffer.block().channel(0)[10], 0.5F);
  EXPECT_FLOAT_EQ(buffer.block().channel(1)[10], -0.25F);
  sampler.reset();
  sampler.note_on(61, 127);
  sampler.render(buffer.block());
  EXPECT_NEAR(buffer.block().channel(0)[50], 0.5F, 1e-4F);
  EXPECT_NEAR(buffer.block().channel(1)[50], -0.25F, 1e-4F);
}

TEST(SamplerTest, PolyphonyIsBounded) {
  SamplerZone zone = constant_zone(0.01, 480'000);
  Sampler sampler = ready({zone, zone}, {{"polyphony", 10}});
  for (int i = 0; i < 100; ++i) {
    sampler.note_on(i, 100);
    EXPECT_LE(sampler.voice_count(), 10);
  }
  set(sampler, "polyphony", 64);
  for (int i = 0; i < 100; ++i) sampler.note_on(i, 100);
  play(sampler, 100);
  for (int i = 0; i < 100; ++i) sampler.note_on(i, 100);
  EXPECT_EQ(sampler.voice_count(), Sampler::kVoicesMax);
  sampler.all_notes_off();
  play(sampler, 48'000);
  EXPECT_EQ(sampler.voice_count(), 0);
}

TEST(SamplerTest, DamagedZonesAreBroughtInside) {
  SamplerZone zone = constant_zone(0.5, 100);
  zone.start = 90;
  zone.end = 5'000;
  zone.loop = SampleLoop::forward;
  zone.loop_start = 10;
  zone.loop_end = 95;
  zone.crossfade = 1'000'000;
  zone.settle();
  EXPECT_EQ(zone.end, 100);
  EXPECT_EQ(zone.loop_start, 90);
  EXPECT_EQ(zone.crossfade, 0);
  play_note({zone}, 127, 10'000);
  zone.start = 200;
  EXPECT_EQ(peak_of(play_note({zone}, 60, 100)), 0.0F);
}

}  // namespace
}  // namespace talkback::instruments
