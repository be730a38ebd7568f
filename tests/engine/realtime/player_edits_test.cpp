// Edits while the player plays: nothing clicks, nothing waits, and it ends as the render of what was edited.
#include <cmath>
#include <numbers>
#include <thread>

#include "engine/realtime/meters.hpp"
#include "tests/engine/realtime/player_support.hpp"
#include "tests/engine/render/random_song.hpp"

namespace talkback::realtime {
namespace {

constexpr int kSeconds = 6;
constexpr int kFrames = kSeconds * 48'000;
constexpr double kLevel = 0.25;

AudioBuffer sine(double hz, int frames = kFrames) {
  AudioBuffer sound(2, frames);
  for (int n = 0; n < frames; ++n) {
    const auto value = static_cast<float>(kLevel * std::sin(2.0 * std::numbers::pi * hz * n / 48'000.0));
    for (int c = 0; c < 2; ++c) sound.block().channel(c)[static_cast<std::size_t>(n)] = value;
  }
  return sound;
}

// A tone through an equaliser, a compressor and a delay, behind a bus with a limiter.
struct Song {
  Song() {
    bus = builder.track("Bus", v1::Track::BUS);
    limiter = builder.insert(bus, [](v1::Insert& i) { i.mutable_limiter()->set_drive_db(0.0); });
    tone = builder.sounding_track("Tone", sine(200.0));
    builder.change_track(tone, [&](v1::Track& t) { t.set_output_id(bus.value); });
    equaliser = builder.insert(tone, [](v1::Insert& i) {
      v1::EqualiserBand& band = *i.mutable_equaliser()->mutable_band_1();
      band.set_shape(v1::EqualiserBand::BELL);
      band.set_frequency_hz(200.0);
      v1::EqualiserBand& low_cut = *i.mutable_equaliser()->mutable_band_2();
      low_cut.set_shape(v1::EqualiserBand::HIGH_PASS);
      low_cut.set_frequency_hz(90.0);
    });
    compressor = builder.insert(tone, [](v1::Insert& i) { i.mutable_compressor()->set_threshold_db(-30.0); });
  }
  void change_insert(ObjectId id, const std::function<void(v1::Insert&)>& fill) {
    builder.change(id, [&](v1::Object& o) { fill(*o.mutable_insert()); });
  }

  SessionBuilder builder;
  ObjectId bus, limiter, tone, equaliser, compressor;
};

struct Edit {
  const char* name;
  std::function<void(Song&)> apply;
  // A detector's mean square is of single precision and does not settle: the last bits may stay apart.
  bool settles = true;
};

const Edit kEdits[] = {
    {"fader", [](Song& s) { s.builder.change_track(s.tone, [](v1::Track& t) { t.set_fader_db(-12.0); }); }},
    {"pan", [](Song& s) { s.builder.change_track(s.tone, [](v1::Track& t) { t.set_pan(-0.8); }); }},
    {"bell",
     [](Song& s) {
       s.change_insert(s.equaliser, [](v1::Insert& i) { i.mutable_equaliser()->mutable_band_1()->set_gain_db(12.0); });
     }},
    {"slope",
     [](Song& s) {
       s.change_insert(s.equaliser,
                       [](v1::Insert& i) { i.mutable_equaliser()->mutable_band_2()->set_slope_db_per_octave(48.0); });
     }},
    {"shape",
     [](Song& s) {
       s.change_insert(s.equaliser, [](v1::Insert& i) {
         v1::EqualiserBand& band = *i.mutable_equaliser()->mutable_band_1();
         band.set_shape(v1::EqualiserBand::LOW_SHELF);
         band.set_gain_db(-9.0);
       });
     }},
    {"threshold",
     [](Song& s) {
       s.change_insert(s.compressor, [](v1::Insert& i) { i.mutable_compressor()->set_threshold_db(-12.0); });
     }},
    {"detector",
     [](Song& s) {
       s.change_insert(s.compressor, [](v1::Insert& i) { i.mutable_compressor()->set_detector(v1::Compressor::RMS); });
     },
     false},
    {"drive",
     [](Song& s) { s.change_insert(s.limiter, [](v1::Insert& i) { i.mutable_limiter()->set_drive_db(9.0); }); }},
    {"clip gain",
     [](Song& s) {
       const ObjectId clip = session::id_of(*s.builder.session.children(s.tone, v1::Object::kAudioClip).front());
       s.builder.change(clip, [](v1::Object& o) { o.mutable_audio_clip()->set_gain_db(-9.0); });
     }},
    {"insert added",
     [](Song& s) { s.builder.insert(s.tone, [](v1::Insert& i) { i.mutable_limiter()->set_drive_db(6.0); }); }},
    {"insert bypassed", [](Song& s) { s.change_insert(s.compressor, [](v1::Insert& i) { i.set_bypassed(true); }); }},
    {"mute", [](Song& s) { s.builder.change_track(s.tone, [](v1::Track& t) { t.set_mute(true); }); }},
    {"track added", [](Song& s) { s.builder.sounding_track("More", sine(200.0)); }},
};

class PlayerEditTest : public ::testing::TestWithParam<Edit> {};

TEST_P(PlayerEditTest, DoesNotClickAndEndsAsTheRenderOfTheEditedSession) {
  Song song;
  const AudioBuffer before = rendered(song.builder, kFrames);
  auto player = make_player(song.builder);
  player->play();
  AudioBuffer heard(2, kFrames);
  bool is_edited = false;
  for (int done = 0; done < kFrames; done += 128) {
    if (done >= 48'000 && !is_edited) {
      GetParam().apply(song);
      player->update(song.builder.session);
      is_edited = true;
    }
    ASSERT_TRUE(player->service());
    process(*player, heard.block().slice(done, std::min(128, kFrames - done)));
  }
  ASSERT_TRUE(player->service());
  EXPECT_EQ(player->state().revision, 1U);
  const AudioBuffer after = rendered(song.builder, kFrames);
  EXPECT_EQ(first_difference(before, heard), first_difference(before, heard, 47'000)) << "nothing changes early";
  EXPECT_LT(std::abs(first_difference(before, heard) - 49'000), 48'000) << "the edit is heard within a second";
  // A step of the level would be ten times as steep. What is raised comes through until the compressor's attack is
  // over.
  const float steady = std::max(greatest_step(before, 24'000), greatest_step(after, 24'000));
  EXPECT_LT(greatest_step(heard, 24'000), steady * 2.0F);
  // Filters have forgotten behind the third place where memories settle.
  const int settled = 4 * PlayerGraph::kSettleFrames;
  if (GetParam().settles) {
    EXPECT_EQ(first_difference(heard, after, settled), -1);
  }
  for (int n = settled; n < kFrames; ++n) {
    for (int c = 0; c < 2; ++c) {
      const auto k = static_cast<std::size_t>(n);
      ASSERT_NEAR(heard.block().channel(c)[k], after.block().channel(c)[k], 1e-6F) << n;
    }
  }
}

std::string name_of(const ::testing::TestParamInfo<Edit>& edit) {
  std::string name = edit.param.name;
  std::erase(name, ' ');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Edits, PlayerEditTest, ::testing::ValuesIn(kEdits), name_of);

// A room cannot glide to another size: the player plays both for a moment and crosses over, also where the edit is one
// that only the next reset() would have heard.
TEST(PlayerEditsTest, AnEffectThatJumpsCrossesOver) {
  const std::function<void(v1::Reverb&)> changes[] = {[](v1::Reverb& r) { r.set_size_percent(90.0); },
                                                      [](v1::Reverb& r) { r.set_pre_delay_ms(0.0); },
                                                      [](v1::Reverb& r) { r.set_modulation_depth_ms(2.0); }};
  for (const auto& change : changes) {
    SessionBuilder builder;
    const ObjectId track = builder.sounding_track("Tone", sine(200.0));
    const ObjectId insert = builder.insert(track, [](v1::Insert& i) {
      v1::Reverb& reverb = *i.mutable_reverb();
      reverb.set_size_percent(20.0);
      reverb.set_decay_s(0.2);
      reverb.set_mix_percent(100.0);
    });
    const AudioBuffer before = rendered(builder, kFrames);
    auto player = make_player(builder);
    player->play();
    AudioBuffer heard(2, kFrames);
    const auto play_on = [&](int from, int to) {
      for (int done = from; done < to; done += 128) {
        ASSERT_TRUE(player->service());
        process(*player, heard.block().slice(done, std::min(128, to - done)));
      }
    };
    play_on(0, 48'000);
    builder.change(insert, [&](v1::Object& o) { change(*o.mutable_insert()->mutable_reverb()); });
    player->update(builder.session);
    play_on(48'000, kFrames);
    EXPECT_EQ(player->state().revision, 1U);
    const AudioBuffer after = rendered(builder, kFrames);
    const float steady = std::max(greatest_step(before, 24'000), greatest_step(after, 24'000));
    EXPECT_LT(greatest_step(heard, 24'000), steady * 1.5F);
    // Resonances that wander do so from the edit on; their level is the render's.
    double power_heard = 0.0;
    double power_after = 0.0;
    for (std::size_t n = 96'000; n < kFrames; ++n) {
      power_heard += std::pow(static_cast<double>(heard.block().channel(0)[n]), 2.0);
      power_after += std::pow(static_cast<double>(after.block().channel(0)[n]), 2.0);
    }
    EXPECT_NEAR(10.0 * std::log10(power_heard / power_after), 0.0, 1.0);
  }
}

// A note is held while its instrument is turned: it goes on sounding.
TEST(PlayerEditsTest, HeldNotesGoOn) {
  SessionBuilder builder;
  const ObjectId keys = builder.track("Keys", v1::Track::INSTRUMENT);
  const ObjectId synth = builder.add(keys, [](v1::Object& o) { o.mutable_instrument()->mutable_synth(); });
  const ObjectId clip =
      builder.add(keys, [&](v1::Object& o) { o.mutable_midi_clip()->set_length_ticks(builder.ticks(192'000)); });
  builder.add(clip, [&](v1::Object& o) {
    o.mutable_note()->set_length_ticks(builder.ticks(180'000));
    o.mutable_note()->set_pitch(57);
    o.mutable_note()->set_velocity(100);
  });
  auto player = make_player(builder);
  player->play();
  play_frames(*player, 24'000);
  builder.change(synth, [](v1::Object& o) { o.mutable_instrument()->mutable_synth()->set_cutoff_hz(900.0); });
  player->update(builder.session);
  AudioBuffer heard = play_frames(*player, 96'000);
  EXPECT_EQ(player->state().revision, 1U);
  const AudioBuffer after = rendered(builder, 120'000);
  for (int from = 0; from + 2'400 <= 96'000; from += 2'400) {
    float peak = 0.0F;
    for (const float sample : heard.block().slice(from, 2'400).channel(0)) peak = std::max(peak, std::abs(sample));
    EXPECT_GT(peak, 0.005F) << from;
  }
  for (int n = 48'000; n < 96'000; ++n) {
    const auto k = static_cast<std::size_t>(n);
    ASSERT_NEAR(heard.block().channel(0)[k], after.block().channel(0)[k + 24'000], 1e-4F) << n;
  }
}

// A storm: edits, locates, stops and loops while it plays, watched by the guard; then a start at 0 gives the render.
TEST(PlayerEditsTest, AStormOfRequestsLeavesTheBytesOfTheRender) {
  for (std::uint64_t seed = 21; seed < 29; ++seed) {
    render::RandomSong song(seed);
    auto player = make_player(song.builder);
    player->play();
    for (int turn = 0; turn < 60; ++turn) {
      switch (song.number(8)) {
        case 0:
          ASSERT_TRUE(player->locate(FramePosition{static_cast<std::int64_t>(song.number(14'000))}));
          player->play();
          break;
        case 1:
          player->stop();
          break;
        case 2:
          ASSERT_TRUE(player->set_loop(LoopRange{FramePosition{2'000}, FramePosition{6'000}}));
          break;
        case 3:
          ASSERT_TRUE(player->set_loop(std::nullopt));
          break;
        default:
          song.edit();
          player->update(song.builder.session);
          player->play();
      }
      play_frames(*player, 400 + static_cast<int>(song.number(2'000)), 64);
    }
    ASSERT_TRUE(player->set_loop(std::nullopt));
    player->stop();
    play_frames(*player, 4'000, 64);
    ASSERT_TRUE(player->locate({}));
    play_frames(*player, 128);
    player->play();
    const auto length = static_cast<int>(player->length().count);
    EXPECT_EQ(first_difference(play_frames(*player, length), rendered(song.builder, length)), -1) << seed;
  }
}

// Audio, control and read-ahead as threads of their own, for the thread sanitizer above all.
TEST(PlayerEditsTest, ThreeThreadsMeet) {
  render::RandomSong song(31);
  const auto created = GraphPlayer::create(song.builder.session, {}, song.builder.library);
  ASSERT_TRUE(created);
  GraphPlayer& player = **created;
  player.play();
  const std::jthread audio([&](std::stop_token stop) {
    AudioBuffer block(2, 64);
    while (!stop.stop_requested()) {
      process(player, block.block());
      std::this_thread::yield();
    }
  });
  for (std::uint64_t turn = 1; turn <= 40; ++turn) {
    const auto meters = subscribe(player, {}, {.spectrum = true});
    ASSERT_TRUE(meters);
    if (turn % 4 == 0) {
      ASSERT_TRUE(player.locate(FramePosition{static_cast<std::int64_t>(song.number(10'000))}));
      player.play();
    }
    song.edit();
    player.update(song.builder.session);
    while (player.state().revision != turn) {
      const auto serviced = player.service();
      ASSERT_TRUE(serviced) << serviced.error().message;
      (*meters)->update();
      std::this_thread::yield();
    }
  }
}

}  // namespace
}  // namespace talkback::realtime
