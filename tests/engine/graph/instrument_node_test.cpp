// Instruments on their tracks: events at their frames, the click with the tempo, parameters that move.
#include "engine/dsp/denormals.hpp"
#include "engine/graph/sum_node.hpp"
#include "engine/instruments/soundfont_player.hpp"
#include "tests/engine/graph/graph_support.hpp"

namespace talkback::graph {
namespace {

ObjectId instrument_track(SessionBuilder& builder, const std::function<void(v1::Instrument&)>& fill,
                          ObjectId* instrument = nullptr) {
  const ObjectId track = builder.track("Keys", v1::Track::INSTRUMENT);
  const ObjectId id = builder.add(track, [&](v1::Object& o) { fill(*o.mutable_instrument()); });
  if (instrument != nullptr) *instrument = id;
  return track;
}

ObjectId midi_clip(SessionBuilder& builder, ObjectId track, std::int64_t frames) {
  return builder.add(track, [&](v1::Object& o) { o.mutable_midi_clip()->set_length_ticks(builder.ticks(frames)); });
}

void note(SessionBuilder& builder, ObjectId clip, std::int64_t frame, std::int64_t length, std::uint32_t pitch) {
  builder.add(clip, [&](v1::Object& o) {
    o.mutable_note()->set_position_ticks(builder.ticks(frame));
    o.mutable_note()->set_length_ticks(builder.ticks(length));
    o.mutable_note()->set_pitch(pitch);
    o.mutable_note()->set_velocity(100);
  });
}

int first_sound(const AudioBuffer& sound, int from = 0) {
  for (int n = from; n < sound.frame_count(); ++n) {
    if (at(sound, 0, n) != 0.0F) return n;
  }
  return -1;
}

// What was kept for another program's sake is not played, and no segment of a cache misses it.
TEST(InstrumentNodeTest, SystemExclusiveMessagesChangeNoSound) {
  SessionBuilder builder;
  const ObjectId track = instrument_track(builder, [](v1::Instrument& i) { i.mutable_synth(); });
  const ObjectId clip = midi_clip(builder, track, 24'000);
  note(builder, clip, 1'000, 9'000, 60);
  const AudioBuffer without = heard(builder);
  const auto key_of = [&] {
    const auto graph = compile(builder.session, {}, builder.library);
    return graph->entries[static_cast<std::size_t>(graph->master.entry)].key;
  };
  const ContentKey key = key_of();
  builder.add(clip, [&](v1::Object& o) {
    o.mutable_system_exclusive()->set_position_ticks(builder.ticks(2'000));
    o.mutable_system_exclusive()->set_data("F07E7F0901F7");
  });
  EXPECT_TRUE(same(heard(builder), without));
  EXPECT_EQ(key_of(), key);
}

// What a player gives that is asked block by block, with the events at the nearest borders.
TEST(InstrumentNodeTest, SoundFontsSoundAsTheirPlayerDoes) {
  const auto font = instruments::default_soundfont();
  if (!font) GTEST_SKIP() << "skipped: no SoundFont installed";
  SessionBuilder builder;
  const ObjectId track = instrument_track(builder, [](v1::Instrument& i) { i.mutable_soundfont()->set_program(19); });
  const ObjectId clip = midi_clip(builder, track, 24'000);
  note(builder, clip, 1'000, 9'000, 60);
  note(builder, clip, 5'005, 9'000, 64);
  auto player = instruments::SoundFontPlayer::create(*font, {48'000}, {0, 19, false});
  ASSERT_TRUE(player);
  AudioBuffer expected(2, 24'000);
  const dsp::DenormalsOff no_denormals;
  for (int start = 0; start + 64 <= 24'000; start += 64) {
    for (const auto& [frame, pitch, is_on] :
         {std::tuple(1'000, 60, true), {5'005, 64, true}, {10'000, 60, false}, {14'005, 64, false}}) {
      if (frame < start - 32 || frame >= start + 32) continue;
      is_on ? player->note_on(pitch, 100) : player->note_off(pitch);
    }
    player->render(expected.block().slice(start, 64));
  }
  const AudioBuffer sound = heard(builder);
  EXPECT_TRUE(same(heard(builder, 0, render::MixTap::mix, {.threads = 1, .block_frames = 77}), sound));
  // The master's sum rounds to kSumUnit; nothing else may differ.
  float difference = 0.0F;
  for (int n = 0; n < 24'000; ++n) difference = std::max(difference, std::abs(at(sound, 0, n) - at(expected, 0, n)));
  EXPECT_LE(static_cast<double>(difference), kSumUnit / 2);
}

TEST(InstrumentNodeTest, NotesBeginAtTheirFrame) {
  for (const int frame : {0, 1, 63, 1'001, 4'095}) {
    SessionBuilder builder;
    const ObjectId track = instrument_track(builder, [](v1::Instrument& i) { i.mutable_synth(); });
    note(builder, midi_clip(builder, track, 24'000), frame, 4'000, 69);
    const AudioBuffer whole = heard(builder);
    // The first sample of a saw that rises from its begin may be 0.
    EXPECT_NEAR(first_sound(whole), frame, 1);
    EXPECT_TRUE(same(heard(builder, 0, render::MixTap::mix, {.threads = 1, .block_frames = 37}), whole));
  }
}

TEST(InstrumentNodeTest, ClicksFollowTempoAndSignature) {
  SessionBuilder builder;
  instrument_track(builder, [](v1::Instrument& i) { i.mutable_click()->set_clicks_per_beat(2); });
  builder.sounding_track("Silence", test_constant(2, 144'000, 0.0F));
  // 120 bpm in 4/4 for a bar, then 3/8 at 60.
  const std::int64_t bar = 4 * kTicksPerQuarter;
  builder.add(kRootId, [&](v1::Object& o) {
    o.mutable_signature()->set_position_ticks(bar);
    o.mutable_signature()->set_numerator(3);
    o.mutable_signature()->set_denominator(8);
  });
  builder.add(kRootId, [&](v1::Object& o) {
    o.mutable_tempo()->set_position_ticks(bar);
    o.mutable_tempo()->set_bpm(60);
  });
  const AudioBuffer sound = heard(builder);
  std::vector<int> clicks;
  for (int n = 0; n >= 0 && n < sound.frame_count();) {
    n = first_sound(sound, n);
    if (n < 0) break;
    clicks.push_back(n - 1);
    // Past its end.
    n += 3'000;
  }
  EXPECT_EQ(clicks, (std::vector<int>{0, 12'000, 24'000, 36'000, 48'000, 60'000, 72'000, 84'000, 96'000, 108'000,
                                      120'000, 132'000}));
  // Levels of velocities 127, 100 and 64; a crest of the tone lies somewhere in the fall of its envelope.
  const auto peak = [&](int frame) { return peak_db(sound.block().slice(frame, 2'000)); };
  EXPECT_NEAR(peak(0) - peak(24'000), 2.08, 1.0);
  EXPECT_NEAR(peak(24'000) - peak(12'000), 3.88, 1.0);
  EXPECT_NEAR(peak(96'000) - peak(120'000), 2.08, 1.0);
}

TEST(InstrumentNodeTest, ParametersAreAutomatedWhateverTheBlocks) {
  SessionBuilder builder;
  ObjectId instrument;
  const ObjectId track = instrument_track(
      builder, [](v1::Instrument& i) { i.mutable_synth(); }, &instrument);
  note(builder, midi_clip(builder, track, 24'000), 100, 20'000, 45);
  const AudioBuffer open = heard(builder);
  builder.automate(instrument, "synth.cutoff_hz", {{0, 8'000}, {12'000, 100}});
  const AudioBuffer moved = heard(builder);
  EXPECT_LT(peak_db(moved.block().slice(15'000, 4'000)), peak_db(open.block().slice(15'000, 4'000)) - 3.0);
  EXPECT_TRUE(same(heard(builder, 0, render::MixTap::mix, {.threads = 1, .block_frames = 37}), moved));
  EXPECT_TRUE(same(heard(builder, 0, render::MixTap::mix, {.threads = 1, .block_frames = 1'000}), moved));
}

TEST(InstrumentNodeTest, APedalIsLiftedWhereItsClipEnds) {
  SessionBuilder builder;
  const ObjectId track = instrument_track(builder, [](v1::Instrument& i) { i.mutable_synth(); });
  const ObjectId clip = midi_clip(builder, track, 12'000);
  note(builder, clip, 0, 4'000, 60);
  builder.add(clip, [](v1::Object& o) {
    o.mutable_controller()->set_kind(v1::Controller::CONTROL_CHANGE);
    o.mutable_controller()->set_number(64);
    o.mutable_controller()->set_value(127);
  });
  builder.sounding_track("Silence", test_constant(2, 48'000, 0.0F));
  const AudioBuffer sound = heard(builder);
  EXPECT_GT(peak_db(sound.block().slice(10'000, 2'000)), -40.0);
  EXPECT_LT(peak_db(sound.block().slice(40'000, 8'000)), -90.0);
}

}  // namespace
}  // namespace talkback::graph
