#include "engine/realtime/meters.hpp"

#include <cmath>
#include <numbers>

#include "tests/engine/realtime/player_support.hpp"

namespace talkback::realtime {
namespace {

// 997 Hz at -12 dBFS on both channels, for five seconds.
AudioBuffer tone() {
  AudioBuffer sound(2, 240'000);
  for (int n = 0; n < sound.frame_count(); ++n) {
    const auto value = static_cast<float>(0.251189 * std::sin(2.0 * std::numbers::pi * 997.0 * n / 48'000.0));
    for (int c = 0; c < 2; ++c) sound.block().channel(c)[static_cast<std::size_t>(n)] = value;
  }
  return sound;
}

struct MeteredSong {
  MeteredSong() {
    track = builder.sounding_track("Tone", tone());
    compressor = builder.insert(track, [](v1::Insert& i) {
      i.mutable_compressor()->set_threshold_db(-30.0);
      i.mutable_compressor()->set_ratio(4.0);
      i.mutable_compressor()->set_knee_db(0.0);
    });
    builder.change_track(track, [](v1::Track& t) { t.set_fader_db(6.0); });
  }
  SessionBuilder builder;
  ObjectId track, compressor;
};

std::unique_ptr<MeterReader> reader_of(GraphPlayer& player, const MeterPoint& point, const MeterChoice& choice = {}) {
  auto reader = subscribe(player, point, choice);
  EXPECT_TRUE(reader) << reader.error().message;
  return std::move(*reader);
}

void play(GraphPlayer& player, int frames, std::initializer_list<MeterReader*> readers) {
  for (int done = 0; done < frames; done += 4'800) {
    play_frames(player, 4'800);
    for (MeterReader* reader : readers) reader->update();
  }
}

TEST(MetersTest, MeasureAtInsertFaderAndMaster) {
  MeteredSong song;
  auto player = make_player(song.builder);
  const auto insert = reader_of(*player, {"Tone", 0});
  const auto fader = reader_of(*player, {"Tone"}, {.spectrum = true});
  const auto master = reader_of(*player, {}, {.loudness = true, .true_peak = true, .tuner_reference_hz = 440.0});
  player->play();
  play(*player, 192'000, {insert.get(), fader.get(), master.get()});
  // 18 dB above the threshold at 4:1: 13.5 dB are taken, and what is left is -25.5 dBFS.
  EXPECT_NEAR(insert->gain_reduction_db(), 13.5, 0.1);
  EXPECT_NEAR(insert->greatest_gain_reduction_db(), 13.5, 0.1);
  EXPECT_NEAR(insert->peak().level_db(0), -25.5, 0.1);
  EXPECT_NEAR(fader->peak().level_db(1), -19.5, 0.1);
  EXPECT_EQ(fader->gain_reduction_db(), 0.0);
  EXPECT_NEAR(fader->spectrum()->peak()->level_db, -19.5, 0.15);
  EXPECT_NEAR(fader->correlation().value().value_or(0.0), 1.0, 1e-3);
  EXPECT_NEAR(master->rms().level_db(0), -19.5, 0.1);
  // BS.1770: 997 Hz on both channels reads its level in LUFS.
  EXPECT_NEAR(master->loudness()->momentary_lufs().value_or(0.0), -19.5, 0.1);
  EXPECT_NEAR(master->loudness()->short_term_lufs().value_or(0.0), -19.5, 0.1);
  EXPECT_GT(master->loudness()->true_peak_dbtp().value_or(-99.0), -19.6);
  EXPECT_EQ(master->tuner()->reading()->note_name(), "B5");
  EXPECT_EQ(master->position(), FramePosition{192'000});
  EXPECT_EQ(master->lost_frames() + master->lost_levels(), 0);
  EXPECT_EQ(insert->spectrum(), nullptr);
}

TEST(MetersTest, StayThroughEditsLocatesAndLoops) {
  MeteredSong song;
  auto player = make_player(song.builder);
  const auto master = reader_of(*player, {});
  player->play();
  play(*player, 48'000, {master.get()});
  song.builder.change_track(song.track, [](v1::Track& t) { t.set_fader_db(0.0); });
  player->update(song.builder.session);
  play(*player, 48'000, {master.get()});
  EXPECT_NEAR(master->rms().level_db(0), -25.5, 0.3);
  song.builder.insert(song.track, [](v1::Insert& i) { i.mutable_utility()->set_gain_db(-6.0); });
  player->update(song.builder.session);
  play(*player, 96'000, {master.get()});
  EXPECT_NEAR(master->rms().level_db(0), -31.5, 0.3);
  ASSERT_TRUE(player->locate(FramePosition{24'000}));
  play(*player, 4'800, {master.get()});
  // The old sound fades beside the new one, which alone is measured.
  EXPECT_EQ(master->position(), FramePosition{28'800});
  ASSERT_TRUE(player->set_loop(LoopRange{FramePosition{24'000}, FramePosition{48'000}}));
  play(*player, 48'000, {master.get()});
  EXPECT_LT(master->position().count, 48'000);
  EXPECT_GE(master->position().count, 24'000);
}

TEST(MetersTest, AReaderThatIsLateIsToldWhatIsMissing) {
  MeteredSong song;
  auto player = make_player(song.builder);
  const auto master = reader_of(*player, {}, {.loudness = true});
  player->play();
  play_frames(*player, 192'000);
  master->update();
  EXPECT_GT(master->lost_levels(), 900);
  EXPECT_GT(master->lost_frames(), 100'000);
}

TEST(MetersTest, ErrorsNameThePlace) {
  MeteredSong song;
  auto player = make_player(song.builder);
  EXPECT_EQ(subscribe(*player, {"Flute"}).error().code, ErrorCode::not_found);
  EXPECT_NE(subscribe(*player, {"Flute"}).error().message.find("Flute"), std::string::npos);
  EXPECT_EQ(subscribe(*player, {"Tone", 1}).error().code, ErrorCode::not_found);
  EXPECT_EQ(subscribe(*player, {}, {.tuner_reference_hz = 300.0}).error().code, ErrorCode::invalid);
  std::vector<std::string> places;
  for (const NamedMeterPoint& place : player->meter_points()) places.push_back(place.track + " " + place.label);
  EXPECT_EQ(places, (std::vector<std::string>{"Tone compressor", "Tone fader", "Master fader"}));
}

// Readers come and go while it plays, in any order with edits.
TEST(MetersTest, ReadersComeAndGo) {
  MeteredSong song;
  auto player = make_player(song.builder);
  player->play();
  std::vector<std::unique_ptr<MeterReader>> readers;
  for (int turn = 0; turn < 40; ++turn) {
    readers.push_back(
        reader_of(*player, turn % 2 == 0 ? MeterPoint{"Tone"} : MeterPoint{}, {.spectrum = turn % 3 == 0}));
    if (turn % 4 == 3) readers.erase(readers.begin());
    if (turn % 5 == 0) {
      song.builder.change_track(song.track, [&](v1::Track& t) { t.set_fader_db(-turn); });
      player->update(song.builder.session);
    }
    if (turn % 7 == 6) {
      ASSERT_TRUE(player->locate(FramePosition{turn * 1000}));
    }
    play_frames(*player, 1'024, 256);
    for (const auto& reader : readers) reader->update();
  }
  EXPECT_GT(readers.back()->peak().level_db(0), -90.0);
}

}  // namespace
}  // namespace talkback::realtime
