#include "engine/instruments/electric_piano.hpp"

#include "tests/engine/instruments/spectrum.hpp"

namespace talkback::instruments {
namespace {

// The body alone, as a plain sine unless set otherwise.
ElectricPiano plain_piano() {
  ElectricPiano piano;
  for (const char* name : {"body_index", "tine_percent", "hammer_percent"}) set(piano, name, 0);
  set(piano, "body_decay_ms", 60'000);
  piano.prepare({kRate});
  return piano;
}

TEST(ElectricPianoTest, NotesAreInTune) {
  for (const int pitch : {28, 45, 60, 69, 84, 96}) {
    ElectricPiano piano;
    piano.prepare({kRate});
    piano.note_on(pitch, 90);
    play(piano, 4'800);
    const Spectrum spectrum(play(piano, 65'536));
    EXPECT_NEAR(cents(spectrum.strongest_hz(hz_of(pitch) * 0.97, hz_of(pitch) * 1.03), hz_of(pitch)), 0.0, 1.0)
        << pitch;
  }
}

// Chowning's law: the partials n r + 1 and n r - 1 have Bessel's J_n of the index.
TEST(ElectricPianoTest, PartialsHaveTheLevelsOfBesselsFunctions) {
  for (const double index : {0.5, 1.0, 2.0}) {
    ElectricPiano piano = plain_piano();
    set(piano, "body_ratio", 3);
    set(piano, "body_index", index);
    set(piano, "body_index_decay_ms", 30'000);
    piano.reset();
    piano.note_on(60, 127);
    play(piano, 240);
    const Spectrum spectrum(play(piano, 4'096));
    const double hz = hz_of(60);
    const double carrier = spectrum.level_db(hz);
    // What it has become in the middle of the sound.
    const double now = index * std::pow(10.0, -3.0 * (240.0 + 2'048.0) / kRate / 30.0);
    for (int n = 1; n <= 3; ++n) {
      const double expected = 20.0 * std::log10(std::cyl_bessel_j(n, now) / std::cyl_bessel_j(0, now));
      EXPECT_NEAR(spectrum.level_db((3 * n + 1) * hz) - carrier, expected, 0.2) << index << " " << n;
      EXPECT_NEAR(spectrum.level_db((3 * n - 1) * hz) - carrier, expected, 0.2) << index << " " << n;
    }
  }
}

TEST(ElectricPianoTest, HighNotesDoNotFoldBack) {
  double worst = -200.0;
  for (const int pitch : {60, 72, 80, 84, 90, 96, 102, 108}) {
    ElectricPiano piano;
    for (const auto& [name, value] : {std::pair("hammer_percent", 0.0),
                                      {"tine_index", 10.0},
                                      {"body_index", 10.0},
                                      {"index_scaling_percent", 0.0},
                                      {"detune_cents", 0.0}})
      set(piano, name, value);
    piano.prepare({kRate});
    piano.note_on(pitch, 127);
    play(piano, 256);
    const double db = Spectrum(play(piano, 32'768)).between_partials_db(hz_of(pitch));
    EXPECT_LT(db, -60.0) << pitch;
    worst = std::max(worst, db);
  }
  RecordProperty("alias_db_max", std::to_string(worst));
}

TEST(ElectricPianoTest, DecayAndReleaseTakeTheirTimes) {
  ElectricPiano piano = plain_piano();
  set(piano, "body_decay_ms", 2'000);
  set(piano, "decay_scaling_percent", 100);
  set(piano, "release_ms", 300);
  piano.reset();
  // An octave above middle C: half the time.
  piano.note_on(72, 127);
  const auto held = play(piano, 24'000);
  EXPECT_NEAR(peak_db(std::span(held).last(480)) - peak_db(std::span(held).first(960)), -29.0, 1.0);
  piano.reset();
  set(piano, "body_decay_ms", 60'000);
  piano.reset();
  piano.note_on(60, 127);
  const auto sounding = play(piano, 9'600);
  piano.note_off(60);
  const auto released = play(piano, 48'000);
  EXPECT_NEAR(peak_db(std::span(released).subspan(7'200, 480)) - peak_db(std::span(sounding).last(960)), -31.0, 1.0);
  EXPECT_EQ(peak_of(std::span(released).last(4'800)), 0.0F);
}

TEST(ElectricPianoTest, VelocityMakesLouderAndBrighter) {
  const auto spectrum = [](int velocity) {
    ElectricPiano piano;
    set(piano, "hammer_percent", 0);
    piano.prepare({kRate});
    piano.note_on(60, velocity);
    play(piano, 480);
    return Spectrum(play(piano, 16'384));
  };
  const Spectrum soft = spectrum(30);
  const Spectrum loud = spectrum(120);
  const double hz = hz_of(60);
  EXPECT_GT(loud.level_db(hz), soft.level_db(hz) + 6.0);
  for (const double partial : {2.0, 3.0, 13.0, 15.0})
    EXPECT_GT(loud.level_db(partial * hz) - loud.level_db(hz), soft.level_db(partial * hz) - soft.level_db(hz) + 6.0)
        << partial;
}

TEST(ElectricPianoTest, PedalBendAndAllNotesOff) {
  ElectricPiano piano = plain_piano();
  piano.control_change(64, 127);
  piano.note_on(69, 100);
  piano.pitch_bend(8'191);
  piano.note_off(69);
  play(piano, 24'000);
  EXPECT_NEAR(cents(pitch_hz(play(piano, 24'000)), hz_of(71)), 0.0, 1.0);
  EXPECT_EQ(piano.voice_count(), 1);
  piano.control_change(64, 0);
  play(piano, 48'000);
  EXPECT_EQ(piano.voice_count(), 0);
  piano.control_change(64, 127);
  for (int pitch = 40; pitch < 60; ++pitch) piano.note_on(pitch, 100);
  piano.all_notes_off();
  play(piano, 48'000);
  EXPECT_EQ(piano.voice_count(), 0);
}

TEST(ElectricPianoTest, TheOldestGivesWay) {
  ElectricPiano piano = plain_piano();
  for (int i = 0; i < ElectricPiano::kVoicesMax; ++i) piano.note_on(40 + i, 100);
  play(piano, 480);
  piano.note_off(50);
  piano.note_on(100, 100);
  EXPECT_EQ(piano.voice_count(), ElectricPiano::kVoicesMax);
  piano.note_off(100);
  // That was the released one: all others still sound.
  play(piano, 48'000);
  EXPECT_EQ(piano.voice_count(), ElectricPiano::kVoicesMax - 1);
  for (int i = 0; i < 200; ++i) piano.note_on(i % 128, 100);
  EXPECT_EQ(piano.voice_count(), ElectricPiano::kVoicesMax);
}

TEST(ElectricPianoTest, TremoloGoesFromSideToSide) {
  ElectricPiano piano = plain_piano();
  set(piano, "tremolo_percent", 80);
  set(piano, "tremolo_rate_hz", 2);
  piano.reset();
  piano.note_on(72, 127);
  AudioBuffer buffer(2, 48'000);
  piano.render(buffer.block());
  const auto peak = [&](int channel, int frame) {
    return static_cast<double>(peak_of(buffer.block().slice(frame - 240, 480).channel(channel)));
  };
  // A quarter of a turn in: left at its loudest, right at its softest, and half a turn later the other way round.
  for (const auto& [frame, loud] : {std::pair(30'000, 0), {42'000, 1}}) {
    EXPECT_NEAR(peak(1 - loud, frame) / peak(loud, frame), 0.2, 0.02);
    EXPECT_NEAR(peak(loud, frame), 0.265, 0.02);
  }
}

}  // namespace
}  // namespace talkback::instruments
