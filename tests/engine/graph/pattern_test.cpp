#include "engine/graph/pattern.hpp"

#include "engine/instruments/instrument.hpp"
#include "engine/session/tempo.hpp"
#include "tests/engine/graph/graph_support.hpp"

namespace talkback::graph {
namespace {

constexpr std::int64_t kSixteenth = kTicksPerQuarter / 4;

// At 120 bpm and 48 kHz a sixteenth lasts 6,000 frames.
class PatternTest : public ::testing::Test {
 protected:
  ObjectId pattern(std::int64_t length_sixteenths, const std::function<void(v1::PatternClip&)>& fill = {}) {
    return builder.add(track, [&](v1::Object& o) {
      o.mutable_pattern_clip()->set_length_ticks(length_sixteenths * kSixteenth);
      if (fill) fill(*o.mutable_pattern_clip());
    });
  }
  void step(ObjectId clip, std::uint32_t number, const std::function<void(v1::PatternStep&)>& fill = {}) {
    builder.add(clip, [&](v1::Object& o) {
      o.mutable_pattern_step()->set_step(number);
      o.mutable_pattern_step()->set_pitch(36);
      o.mutable_pattern_step()->set_velocity(100);
      if (fill) fill(*o.mutable_pattern_step());
    });
  }
  Result<std::vector<InstrumentEvent>> events(std::int64_t end = 1'000'000'000) {
    const timeline::TempoMap tempo = session::tempo_map(builder.session);
    return place_events({builder.session, tempo}, *builder.session.find(track), instrument, Frames{end});
  }
  // Where notes begin, or where they end.
  std::vector<std::int64_t> frames(InstrumentEventKind kind = InstrumentEventKind::note_on) {
    std::vector<std::int64_t> result;
    const auto all = events();
    EXPECT_TRUE(all);
    for (const InstrumentEvent& event : *all) {
      if (event.kind == kind) result.push_back(event.frame);
    }
    std::ranges::sort(result);
    return result;
  }

  static v1::Object drum_machine() {
    v1::Object object;
    object.mutable_instrument()->mutable_drum_machine();
    return object;
  }

  using Places = std::vector<std::int64_t>;
  SessionBuilder builder;
  ObjectId track = builder.track("Drums", v1::Track::INSTRUMENT);
  v1::Object instrument = drum_machine();
};

TEST_F(PatternTest, RepeatsForAsLongAsTheClipLasts) {
  const ObjectId clip = pattern(20, [](v1::PatternClip& c) {
    c.set_steps(8);
    c.set_position_ticks(4 * kSixteenth);
  });
  step(clip, 1);
  step(clip, 4);
  EXPECT_EQ(frames(), (Places{24'000, 42'000, 72'000, 90'000, 120'000, 138'000}));
  EXPECT_EQ(frames(InstrumentEventKind::note_off), (Places{30'000, 48'000, 78'000, 96'000, 126'000, 144'000}));
}

TEST_F(PatternTest, StepsBeyondThePatternAreSilent) {
  const ObjectId clip = pattern(16, [](v1::PatternClip& c) { c.set_steps(8); });
  step(clip, 9);
  EXPECT_TRUE(frames().empty());
}

TEST_F(PatternTest, SwingMovesEverySecondStep) {
  const ObjectId clip = pattern(4, [](v1::PatternClip& c) {
    c.set_steps(4);
    c.set_swing_percent(75);
  });
  for (std::uint32_t i = 1; i <= 4; ++i) step(clip, i);
  EXPECT_EQ(frames(), (Places{0, 9'000, 12'000, 21'000}));
  EXPECT_EQ(frames(InstrumentEventKind::note_off), (Places{9'000, 12'000, 21'000, 24'000}));
}

// Pairs count from the clip's start: with an odd number of steps the swing stays with the beat.
TEST_F(PatternTest, SwingStaysWithTheBeat) {
  const ObjectId clip = pattern(6, [](v1::PatternClip& c) {
    c.set_steps(3);
    c.set_swing_percent(75);
  });
  step(clip, 1);
  EXPECT_EQ(frames(), (Places{0, 21'000}));
}

TEST_F(PatternTest, RepeatsDivideTheirStep) {
  const ObjectId clip = pattern(16);
  step(clip, 3, [](v1::PatternStep& s) { s.set_repeats(3); });
  EXPECT_EQ(frames(), (Places{12'000, 14'000, 16'000}));
  EXPECT_EQ(frames(InstrumentEventKind::note_off), (Places{14'000, 16'000, 18'000}));
}

TEST_F(PatternTest, NotesHaveTheirLengthAndEndWithTheClip) {
  const ObjectId clip = pattern(16);
  step(clip, 1, [](v1::PatternStep& s) { s.set_length_steps(2.5); });
  step(clip, 15, [](v1::PatternStep& s) { s.set_length_steps(8); });
  step(clip, 5, [](v1::PatternStep& s) { s.set_length_steps(0.25); });
  EXPECT_EQ(frames(InstrumentEventKind::note_off), (Places{15'000, 25'500, 96'000}));
}

TEST_F(PatternTest, ANoteEndsWithTheNextOfItsPitch) {
  const ObjectId clip = pattern(16);
  step(clip, 1, [](v1::PatternStep& s) { s.set_length_steps(4); });
  step(clip, 3, [](v1::PatternStep& s) { s.set_length_steps(4); });
  step(clip, 3, [](v1::PatternStep& s) { s.set_velocity(120); });
  EXPECT_EQ(frames(), (Places{0, 12'000}));
  EXPECT_EQ(frames(InstrumentEventKind::note_off), (Places{12'000, 18'000}));
  EXPECT_EQ((*events())[2].value, 120);
}

TEST_F(PatternTest, StepsAreAsLongAsTheySay) {
  const ObjectId clip = pattern(16, [](v1::PatternClip& c) {
    c.set_steps(3);
    c.set_step_ticks(kTicksPerQuarter / 3);
  });
  for (std::uint32_t i = 1; i <= 3; ++i) step(clip, i);
  EXPECT_EQ(frames(),
            (Places{0, 8'000, 16'000, 24'000, 32'000, 40'000, 48'000, 56'000, 64'000, 72'000, 80'000, 88'000}));
}

TEST_F(PatternTest, MutedIsSilentAndTransposedMoves) {
  const ObjectId clip = pattern(16);
  step(clip, 1);
  instrument.mutable_instrument()->mutable_synth()->set_transpose_st(12);
  EXPECT_EQ(events()->front().number, 48);
  builder.change(clip, [](v1::Object& o) { o.mutable_pattern_clip()->set_mute(true); });
  EXPECT_TRUE(events()->empty());
}

TEST_F(PatternTest, NothingIsPlacedBeyondTheSong) {
  const ObjectId clip = pattern(1'000'000'000);
  step(clip, 1);
  const auto placed = events(96'000 * 10);
  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->size(), 2U * 10U);
}

TEST_F(PatternTest, TooManyNotesAreRefused) {
  const ObjectId clip = pattern(1'000'000'000);
  for (std::uint32_t i = 1; i <= 16; ++i) step(clip, i, [](v1::PatternStep& s) { s.set_repeats(8); });
  const auto placed = events(Frames{std::int64_t{48'000} * 3'600 * 24 * 7}.count);
  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().code, ErrorCode::exhausted);
  EXPECT_NE(placed.error().message.find("notes; shorten it"), std::string::npos);
}

TEST_F(PatternTest, AreHeardAtTheirFrame) {
  builder.add(track, [](v1::Object& o) {
    o.mutable_instrument()->mutable_drum_machine()->mutable_kick()->set_click_percent(100);
  });
  const ObjectId clip = pattern(16);
  step(clip, 2);
  const AudioBuffer sound = heard(builder);
  EXPECT_EQ(sound.frame_count(), 96'000);
  int first = 0;
  while (first < sound.frame_count() && at(sound, 0, first) == 0.0F) ++first;
  EXPECT_NEAR(first, 6'000, 1);
  EXPECT_TRUE(same(heard(builder, 0, render::MixTap::mix, {.threads = 1, .block_frames = 37}), sound));
}

}  // namespace
}  // namespace talkback::graph
