#include "engine/instruments/drum_machine.hpp"

#include "tests/engine/instruments/spectrum.hpp"

namespace talkback::instruments {
namespace {

enum Key : int {
  kick = 36,
  rim = 37,
  snare = 38,
  clap = 39,
  closed = 42,
  low_tom = 41,
  open = 46,
  high_tom = 50,
  crash = 49,
  ride = 51,
  cowbell = 56,
  shaker = 82
};

std::vector<float> hit(int pitch, const std::vector<std::pair<const char*, double>>& settings = {}, int velocity = 127,
                       int frames = 65'536) {
  DrumMachine machine;
  for (const auto& [name, value] : settings) set(machine, name, value);
  machine.prepare({kRate});
  machine.note_on(pitch, velocity);
  return play(machine, frames);
}

// The level of a sound from a time on, in the 10 ms that follow.
double db_at(const std::vector<float>& sound, double ms) {
  return peak_db(std::span(sound).subspan(static_cast<std::size_t>(ms * 48), 480));
}

TEST(DrumMachineTest, EveryKeyOfTheKitSoundsAndEnds) {
  for (const int key : {Key::kick, rim, snare, clap, closed, low_tom, open, high_tom, crash, ride, cowbell, shaker}) {
    const auto sound = hit(key, {{"crash.decay_ms", 1'000}, {"ride.decay_ms", 1'000}}, 80, 4 * kRate);
    EXPECT_GT(peak_db(sound), -24.0) << key;
    EXPECT_LT(peak_db(sound), -3.0) << key;
    EXPECT_EQ(peak_of(std::span(sound).last(4'800)), 0.0F) << key;
    double mean = 0.0;
    for (const float sample : sound) mean += static_cast<double>(sample);
    EXPECT_LT(std::abs(mean) / static_cast<double>(sound.size()), 2e-4) << key;
  }
  EXPECT_EQ(peak_of(hit(34)), 0.0F);
  EXPECT_EQ(peak_of(hit(83)), 0.0F);
}

TEST(DrumMachineTest, AllOfGeneralMidisPercussionHasADrum) {
  // But whistles, long guiro, cuicas.
  for (int key = 35; key <= 82; ++key) {
    const bool has_none = key == 71 || key == 72 || key == 78 || key == 79;
    EXPECT_EQ(peak_of(hit(key, {}, 100, 9'600)) == 0.0F, has_none) << key;
  }
}

TEST(DrumMachineTest, KickFallsToItsTuneInItsTime) {
  const std::vector<std::pair<const char*, double>> settings = {{"kick.tune_hz", 60},
                                                                {"kick.decay_ms", 1'000},
                                                                {"kick.bend_octaves", 2},
                                                                {"kick.bend_ms", 30},
                                                                {"kick.click_percent", 0}};
  const auto sound = hit(kick, settings);
  EXPECT_NEAR(cents(pitch_hz(std::span(sound).subspan(9'600, 24'000)), 60.0), 0.0, 5.0);
  // From four times as high, by a tenth of that in bend_ms: 149 Hz on average in the first half of it.
  auto slow = settings;
  slow[3].second = 100;
  EXPECT_NEAR(pitch_hz(std::span<const float>(hit(kick, slow)).first(2'400)), 149.0, 15.0);
  EXPECT_NEAR(db_at(sound, 800) - db_at(sound, 300), -30.0, 1.5);
  auto dry = settings;
  auto clicking = settings;
  clicking.back().second = 100;
  const auto first_ms = [](const std::vector<float>& s) { return std::vector<float>(s.begin(), s.begin() + 256); };
  EXPECT_GT(Spectrum(first_ms(hit(kick, clicking))).band_db(2'000, 5'000),
            Spectrum(first_ms(hit(kick, dry))).band_db(2'000, 5'000) + 12.0);
}

TEST(DrumMachineTest, SnareHasItsModesAndWires) {
  const Spectrum modes(hit(
      snare,
      {{"snare.snappy_percent", 0}, {"snare.tune_hz", 200}, {"snare.tone_percent", 50}, {"snare.tone_decay_ms", 800}}));
  EXPECT_NEAR(cents(modes.strongest_hz(190, 210), 200), 0.0, 10.0);
  EXPECT_NEAR(cents(modes.strongest_hz(350, 380), 366), 0.0, 10.0);
  EXPECT_NEAR(modes.level_db(200) - modes.level_db(366), 0.0, 1.0);
  const Spectrum wires(hit(snare, {{"snare.snappy_percent", 100}, {"snare.noise_hz", 4'000}}));
  const Spectrum plain(hit(snare, {{"snare.snappy_percent", 0}, {"snare.noise_hz", 4'000}}));
  EXPECT_GT(wires.band_db(3'000, 5'000), plain.band_db(3'000, 5'000) + 20.0);
  EXPECT_NEAR(db_at(hit(snare, {{"snare.decay_ms", 500}, {"snare.tone_decay_ms", 10}}), 350) -
                  db_at(hit(snare, {{"snare.decay_ms", 500}, {"snare.tone_decay_ms", 10}}), 100),
              -30.0, 3.0);
}

TEST(DrumMachineTest, HatsDecayAndHaveATone) {
  for (const auto& [key, name] : {std::pair(closed, "hat.closed_decay_ms"), {open, "hat.open_decay_ms"}}) {
    const auto sound = hit(key, {{name, 400}});
    EXPECT_NEAR(db_at(sound, 240) - db_at(sound, 40), -30.0, 3.0) << name;
  }
  const Spectrum spectrum(hit(open, {{"hat.tone_hz", 8'000}}));
  EXPECT_GT(spectrum.band_db(8'000, 16'000), spectrum.band_db(200, 3'000) + 25.0);
}

TEST(DrumMachineTest, ClosedHatEndsTheOpenOne) {
  for (const int key : {42, 44}) {
    DrumMachine machine;
    set(machine, "hat.open_decay_ms", 6'000);
    set(machine, "hat.closed_decay_ms", 20);
    machine.prepare({kRate});
    machine.note_on(open, 127);
    EXPECT_GT(peak_db(play(machine, 9'600)), -12.0);
    machine.note_on(key, 10);
    EXPECT_EQ(machine.voice_count(), 1);
    play(machine, 960);
    EXPECT_LT(peak_db(play(machine, 4'800)), -55.0);
  }
}

TEST(DrumMachineTest, TomsLieInTheirRange) {
  const std::vector<std::pair<const char*, double>> settings = {
      {"tom.tune_hz", 80}, {"tom.range_st", 12}, {"tom.noise_percent", 0}, {"tom.decay_ms", 3'000}};
  const auto tail = [&](int key) {
    const auto sound = hit(key, settings);
    return pitch_hz(std::span(sound).subspan(12'000, 24'000));
  };
  EXPECT_NEAR(cents(tail(low_tom), 80.0), 0.0, 10.0);
  EXPECT_NEAR(cents(tail(high_tom), 160.0), 0.0, 10.0);
}

TEST(DrumMachineTest, ClapHasFourBursts) {
  const auto sound = hit(clap, {{"clap.spread_ms", 20}, {"clap.decay_ms", 200}});
  for (int burst = 1; burst < 4; ++burst)
    EXPECT_GT(db_at(sound, 20.0 * burst + 1), db_at(sound, 20.0 * burst - 12) + 3.0) << burst;
  EXPECT_LT(db_at(sound, 180), db_at(sound, 62) - 20.0);
}

TEST(DrumMachineTest, CowbellAndRimAreTuned) {
  const Spectrum bell(hit(cowbell, {{"cowbell.tune_hz", 500}, {"cowbell.decay_ms", 2'000}}));
  EXPECT_NEAR(cents(bell.strongest_hz(480, 520), 500), 0.0, 5.0);
  EXPECT_NEAR(cents(bell.strongest_hz(720, 760), 740.5), 0.0, 5.0);
  const Spectrum wood(hit(rim, {{"rim.tune_hz", 1'000}, {"rim.decay_ms", 400}}));
  EXPECT_NEAR(cents(wood.strongest_hz(1'900, 2'150), 2'030), 0.0, 10.0);
}

TEST(DrumMachineTest, SettingsArePannedAndVelocityCounts) {
  DrumMachine machine;
  set(machine, "kick.pan", -1);
  set(machine, "velocity_percent", 100);
  machine.prepare({kRate});
  machine.note_on(kick, 127);
  AudioBuffer buffer(2, 4'800);
  machine.render(buffer.block());
  const double loud = peak_db(buffer.block().channel(0));
  EXPECT_LT(peak_db(buffer.block().channel(1)), -100.0);
  machine.reset();
  machine.note_on(kick, 64);
  machine.render(buffer.block());
  EXPECT_NEAR(peak_db(buffer.block().channel(0)) - loud, 40.0 * std::log10(64.0 / 127.0), 0.5);
}

TEST(DrumMachineTest, PolyphonyIsBoundedAndEverythingStops) {
  DrumMachine machine;
  machine.prepare({kRate});
  for (int round = 0; round < 10; ++round) {
    for (int key = 35; key <= 82; ++key) machine.note_on(key, 100);
    EXPECT_LE(machine.voice_count(), DrumMachine::kVoicesMax);
    play(machine, 100);
  }
  machine.all_notes_off();
  play(machine, 9'600);
  EXPECT_EQ(machine.voice_count(), 0);
  EXPECT_EQ(peak_of(play(machine, 4'800)), 0.0F);
}

TEST(DrumMachineTest, EqualHitsSoundEqual) {
  DrumMachine machine;
  machine.prepare({kRate});
  machine.note_on(snare, 100);
  const auto first = play(machine, 48'000);
  machine.note_on(snare, 100);
  EXPECT_EQ(play(machine, 48'000), first);
}

}  // namespace
}  // namespace talkback::instruments
