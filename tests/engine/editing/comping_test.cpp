#include "engine/editing/comping.hpp"

#include <gtest/gtest.h>

#include <random>

#include "engine/session/apply.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/merge.hpp"
#include "engine/session/tempo.hpp"
#include "engine/session/undo.hpp"

namespace talkback::editing {
namespace {

using session::Session;

constexpr ObjectId kVocal{100};
constexpr ObjectId kBass{101};
constexpr int kBars = 16;
constexpr std::int64_t kBar = 4 * kTicksPerQuarter;
// 120 bpm in 4/4: two seconds a bar.
constexpr std::int64_t kBarFrames = 96'000;

TickPosition bar(double number) { return TickPosition{static_cast<std::int64_t>((number - 1.0) * kBar)}; }

// Takes 1 to 3 of the whole song on one track, the clips of the first two as the recorder leaves them.
class Studio {
 public:
  Studio() : now(Session::create({.title = "Song", .sample_rate_hz = 48'000})) {
    for (const ObjectId track : {kVocal, kBass})
      add(track, kRootId, [&](v1::Object& o) {
        o.mutable_track()->set_kind(v1::Track::AUDIO);
        o.mutable_track()->set_name(track == kVocal ? "Vocal" : "Bass");
      });
    for (int number = 1; number <= 3; ++number) add_take(number, 1, kBars);
    for (int number = 1; number <= 2; ++number) add_clip(number);
  }

  static ObjectId take(int number) { return ObjectId{200 + static_cast<std::uint64_t>(number)}; }
  static ObjectId source(int number) { return ObjectId{300 + static_cast<std::uint64_t>(number)}; }
  static ObjectId clip(int number) { return ObjectId{400 + static_cast<std::uint64_t>(number)}; }

  void add_take(int number, int first_bar, int bars) {
    add(source(number), kRootId, [&](v1::Object& o) {
      o.mutable_source()->set_blob_sha256(std::string(64, 'a'));
      o.mutable_source()->set_sample_rate_hz(48'000);
      o.mutable_source()->set_channels(1);
      o.mutable_source()->set_length_frames(bars * kBarFrames + 1'000);
    });
    add(take(number), kVocal, [&](v1::Object& o) {
      o.mutable_take()->set_name("Vocal take " + std::to_string(number));
      o.mutable_take()->set_source_id(source(number).value);
      o.mutable_take()->set_position_ticks(bar(first_bar).count);
      o.mutable_take()->set_offset_frames(1'000);
      o.mutable_take()->set_length_frames(bars * kBarFrames);
    });
  }
  void add_clip(int number, const std::function<void(v1::AudioClip&)>& fill = {}) {
    add(clip(number), kVocal, [&](v1::Object& o) {
      const v1::Take& of = now.find(take(number))->take();
      o.mutable_audio_clip()->set_name(of.name());
      o.mutable_audio_clip()->set_source_id(of.source_id());
      o.mutable_audio_clip()->set_take_id(take(number).value);
      o.mutable_audio_clip()->set_position_ticks(of.position_ticks());
      o.mutable_audio_clip()->set_offset_frames(of.offset_frames());
      o.mutable_audio_clip()->set_length_frames(of.length_frames());
      if (fill) fill(*o.mutable_audio_clip());
    });
  }
  void add(ObjectId id, ObjectId parent, const std::function<void(v1::Object&)>& fill) {
    v1::Edit edit;
    v1::Object& object = *edit.add_operations()->mutable_create();
    object.set_id(id.value);
    object.set_parent_id(parent.value);
    object.set_order("V");
    fill(object);
    apply(edit);
  }
  std::vector<session::Change> apply(const v1::Edit& edit) {
    auto report = session::apply(now, edit);
    EXPECT_TRUE(report) << report.error().message;
    return report ? report->changes : std::vector<session::Change>();
  }

  Session now;
};

class Musician {
 public:
  explicit Musician(std::uint64_t first_id) : last_id_(first_id) {}

  Result<CompEdit> pick(const Session& session, int take, double from, double to) {
    return editing::pick(session, session::tempo_map(session), kVocal, {Studio::take(take), bar(from), bar(to)}, ids());
  }
  Result<CompEdit> clear(const Session& session, double from, double to) {
    return editing::clear(session, session::tempo_map(session), kVocal, bar(from), bar(to), ids());
  }
  NewId ids() {
    return [this] { return ObjectId{++last_id_}; };
  }

 private:
  std::uint64_t last_id_;
};

// Which take sounds in each quarter of a bar, 0 for none: what a person expects of the comp.
using Cells = std::array<int, kBars * 4>;

void choose(Cells& cells, int take, double from, double to) {
  for (auto i = static_cast<std::size_t>((from - 1.0) * 4.0); i < static_cast<std::size_t>((to - 1.0) * 4.0); ++i)
    cells[i] = take;
}

// What the session says. Fails the test where stretches overlap, meet their own kind, or end within a quarter.
Cells cells_of(const Session& session) {
  Cells cells{};
  TickPosition last{0};
  ObjectId last_take{};
  for (const session::CompStretch& stretch : session::comp_of(session, kVocal)) {
    EXPECT_LE(last, stretch.from) << "two takes at once";
    EXPECT_LT(stretch.from, stretch.to);
    EXPECT_FALSE(last == stretch.from && last_take == stretch.take) << "a cut within one take";
    EXPECT_EQ(stretch.from.count % kTicksPerQuarter, 0);
    EXPECT_EQ(stretch.to.count % kTicksPerQuarter, 0);
    for (std::int64_t q = stretch.from.count / kTicksPerQuarter; q < stretch.to.count / kTicksPerQuarter; ++q)
      cells[static_cast<std::size_t>(q)] = static_cast<int>(stretch.take.value - 200);
    last = stretch.to;
    last_take = stretch.take;
  }
  return cells;
}

std::string text_of(const Cells& cells) {
  std::string text;
  for (const int cell : cells) text += static_cast<char>('0' + cell);
  return text;
}

TEST(CompingTest, TheFirstPickTurnsTheClipsOfTakesIntoSegments) {
  Studio studio;
  Musician anna(1'000);
  const auto edit = anna.pick(studio.now, 3, 5, 9);
  ASSERT_TRUE(edit);
  EXPECT_EQ(edit->converted, 2);
  EXPECT_FALSE(edit->is_clipped);
  studio.apply(edit->edit);
  EXPECT_EQ(studio.now.count_children(kVocal, v1::Object::kAudioClip), 0U) << "nothing sounds twice";
  Cells expected{};
  choose(expected, 2, 1, 17);  // the later clip lay over the first
  choose(expected, 3, 5, 9);
  EXPECT_EQ(text_of(cells_of(studio.now)), text_of(expected));
}

TEST(CompingTest, APickChangesNothingButWhatItCovers) {
  Studio studio;
  Musician anna(1'000);
  studio.apply(anna.pick(studio.now, 3, 5, 9)->edit);
  const auto above = anna.pick(studio.now, 1, 6, 8);
  ASSERT_EQ(above->edit.operations_size(), 1);
  EXPECT_TRUE(above->edit.operations(0).has_create());
  studio.apply(above->edit);
  const auto over = anna.pick(studio.now, 2, 4, 10);
  ASSERT_EQ(over->edit.operations_size(), 3) << "the two picks that it covers go";
  studio.apply(over->edit);
  EXPECT_EQ(text_of(cells_of(studio.now)), std::string(64, '2'));
}

TEST(CompingTest, APickThatIsThereAlreadyChangesNothing) {
  Studio studio;
  Musician anna(1'000);
  studio.apply(anna.pick(studio.now, 3, 5, 9)->edit);
  EXPECT_EQ(anna.pick(studio.now, 3, 6, 8)->edit.operations_size(), 0);
}

TEST(CompingTest, PicksAndClearsOfAnyOrderAreHonoured) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    Studio studio;
    Musician anna(1'000);
    Cells expected{};
    choose(expected, 2, 1, 17);
    for (int step = 0; step < 60; ++step) {
      const auto from = static_cast<int>(random() % (kBars * 4));
      const auto to = from + 1 + static_cast<int>(random() % static_cast<unsigned>(kBars * 4 - from));
      const double first = 1.0 + from / 4.0;
      const double last = 1.0 + to / 4.0;
      const int take = 1 + static_cast<int>(random() % 3);
      const bool clears = random() % 5 == 0;
      const auto edit = clears ? anna.clear(studio.now, first, last) : anna.pick(studio.now, take, first, last);
      ASSERT_TRUE(edit) << edit.error().message;
      const Session before = studio.now;
      const auto changes = studio.apply(edit->edit);
      choose(expected, clears ? 0 : take, first, last);
      ASSERT_EQ(text_of(cells_of(studio.now)), text_of(expected)) << "seed " << seed << ", step " << step;

      // And back.
      const auto undo = session::undo_of(studio.now, changes);
      ASSERT_TRUE(undo) << undo.error().message;
      EXPECT_TRUE(undo->left.empty());
      Session undone = studio.now;
      ASSERT_TRUE(session::apply(undone, undo->edit));
      EXPECT_EQ(session::digest(undone), session::digest(before)) << "seed " << seed << ", step " << step;
    }
    EXPECT_LT(studio.now.count_children(kVocal, v1::Object::kComp), 100U);
  }
}

// Anna works on the first half, Bert on the second, neither hears of the other; the very first pick included.
TEST(CompingTest, TwoWhoCompDifferentPhrasesAtOnceBothGetWhatTheyPicked) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    Studio studio;
    const Session base = studio.now;
    Cells expected{};
    choose(expected, 2, 1, 17);
    std::array<std::vector<v1::Edit>, 2> edits;
    std::array<Session, 2> sides{base, base};
    for (std::size_t side = 0; side < 2; ++side) {
      Musician musician(1'000 * (side + 1));
      for (int step = 0; step < 10; ++step) {
        const auto from = static_cast<int>(random() % (kBars * 2));
        const auto to = from + 1 + static_cast<int>(random() % static_cast<unsigned>(kBars * 2 - from));
        const double half = side == 0 ? 0.0 : kBars / 2.0;
        const int take = 1 + static_cast<int>(random() % 3);
        const auto edit = musician.pick(sides[side], take, 1.0 + half + from / 4.0, 1.0 + half + to / 4.0);
        ASSERT_TRUE(edit);
        ASSERT_TRUE(session::apply(sides[side], edit->edit));
        edits[side].push_back(edit->edit);
        choose(expected, take, 1.0 + half + from / 4.0, 1.0 + half + to / 4.0);
      }
    }
    // As the server puts them in one order: any interleaving will do.
    for (int turn = 0; turn < 4; ++turn) {
      Session both = base;
      std::array<std::size_t, 2> next{};
      while (next[0] < edits[0].size() || next[1] < edits[1].size()) {
        std::size_t side = random() % 2;
        if (next[side] == edits[side].size()) side = 1 - side;
        const auto report = session::apply(both, edits[side][next[side]++]);
        ASSERT_TRUE(report) << report.error().message;
      }
      EXPECT_EQ(text_of(cells_of(both)), text_of(expected)) << "seed " << seed;
      EXPECT_EQ(both.count_children(kVocal, v1::Object::kAudioClip), 0U);
    }
    // As two branches.
    const session::Merge merge(base, sides[0], sides[1]);
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < merge.items().size(); ++i) {
      EXPECT_FALSE(merge.items()[i].is_conflict) << "seed " << seed;
      all.push_back(i);
    }
    const auto merged = merge.edit_of(all);
    ASSERT_TRUE(merged) << merged.error().message;
    Session both = sides[0];
    ASSERT_TRUE(session::apply(both, *merged));
    EXPECT_EQ(text_of(cells_of(both)), text_of(expected)) << "seed " << seed;
  }
}

TEST(CompingTest, UndoOfAPickLeavesWhatOthersPickedSince) {
  Studio studio;
  Musician anna(1'000);
  Musician bert(2'000);
  studio.apply(anna.pick(studio.now, 1, 1, 17)->edit);
  const auto changes = studio.apply(anna.pick(studio.now, 3, 5, 9)->edit);
  studio.apply(bert.pick(studio.now, 2, 8, 12)->edit);
  const auto undo = session::undo_of(studio.now, changes);
  ASSERT_TRUE(undo);
  EXPECT_TRUE(undo->left.empty());
  studio.apply(undo->edit);
  Cells expected{};
  choose(expected, 1, 1, 17);
  choose(expected, 2, 8, 12);
  EXPECT_EQ(text_of(cells_of(studio.now)), text_of(expected));
}

TEST(CompingTest, ARangeOutsideTheTakeIsClippedOrRefused) {
  Studio studio;
  studio.add_take(4, 5, 4);
  Musician anna(1'000);
  const auto clipped = anna.pick(studio.now, 4, 3, 7);
  ASSERT_TRUE(clipped);
  EXPECT_TRUE(clipped->is_clipped);
  EXPECT_EQ(clipped->from, bar(5));
  EXPECT_EQ(clipped->to, bar(7));
  const auto whole = anna.pick(studio.now, 4, 5, 9);
  ASSERT_TRUE(whole);
  EXPECT_FALSE(whole->is_clipped);
  EXPECT_EQ(whole->to, bar(9));
  const auto refused = anna.pick(studio.now, 4, 9, 11);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "\"Vocal take 4\" has nothing there: it was recorded from 5 to 9");
  EXPECT_EQ(anna.pick(studio.now, 1, 9, 9).error().code, ErrorCode::invalid);
  EXPECT_EQ(anna.clear(studio.now, 9, 8).error().code, ErrorCode::invalid);
}

TEST(CompingTest, TrashedAndForeignTakesAreNotPicked) {
  Studio studio;
  v1::Edit trash;
  v1::Update& update = *trash.add_operations()->mutable_update();
  update.mutable_values()->set_id(Studio::take(3).value);
  update.mutable_values()->mutable_take()->set_trashed(true);
  update.mutable_fields()->add_paths("take.trashed");
  studio.apply(trash);
  Musician anna(1'000);
  EXPECT_EQ(anna.pick(studio.now, 3, 5, 9).error().message, "\"Vocal take 3\" is in the trash; restore it first");
  const auto foreign =
      editing::pick(studio.now, session::tempo_map(studio.now), kBass, {Studio::take(1), bar(1), bar(2)}, anna.ids());
  EXPECT_EQ(foreign.error().code, ErrorCode::invalid);
}

TEST(CompingTest, ClipsThatASegmentCannotSayStayAndAreNamed) {
  Studio studio;
  studio.add_clip(3, [](v1::AudioClip& clip) { clip.set_gain_db(-6.0); });
  Musician anna(1'000);
  const auto edit = anna.pick(studio.now, 1, 5, 9);
  ASSERT_TRUE(edit);
  EXPECT_EQ(edit->converted, 2);
  EXPECT_EQ(edit->beside, std::vector<std::string>{"Vocal take 3"});
  studio.apply(edit->edit);
  EXPECT_NE(studio.now.find(Studio::clip(3)), nullptr);
}

TEST(CompingTest, MeetingStretchesShareTheCrossfadeOfThePickOnTop) {
  Studio studio;
  Musician anna(1'000);
  studio.apply(anna.pick(studio.now, 1, 1, 17)->edit);
  const auto with = [&](int take, double from, double to, double crossfade_ms) {
    const auto edit = editing::pick(studio.now, session::tempo_map(studio.now), kVocal,
                                    {Studio::take(take), bar(from), bar(to), crossfade_ms}, anna.ids());
    ASSERT_TRUE(edit);
    studio.apply(edit->edit);
  };
  with(3, 5, 9, 30.0);
  with(2, 7, 8, 4.0);
  const auto comp = session::comp_of(studio.now, kVocal);
  ASSERT_EQ(comp.size(), 5U);
  EXPECT_EQ(comp[0].crossfade_in_ms, 10.0);
  for (const auto& [index, edge] : {std::pair{0U, 30.0}, {1U, 4.0}, {2U, 4.0}, {3U, 30.0}}) {
    EXPECT_EQ(comp[index].crossfade_out_ms, edge) << index;
    EXPECT_EQ(comp[index + 1].crossfade_in_ms, edge) << index;
  }
}

TEST(CompingTest, TheUsesOfATakeAreTold) {
  Studio studio;
  Musician anna(1'000);
  studio.apply(anna.pick(studio.now, 3, 5, 9)->edit);
  const auto uses = uses_of(studio.now, kVocal, Studio::take(3));
  ASSERT_EQ(uses.size(), 1U);
  EXPECT_EQ(uses[0].from, bar(5));
  EXPECT_EQ(uses_of(studio.now, kVocal, Studio::take(2)).size(), 2U);
  EXPECT_TRUE(uses_of(studio.now, kVocal, Studio::take(1)).empty()) << "it lies under take 2";
}

}  // namespace
}  // namespace talkback::editing
