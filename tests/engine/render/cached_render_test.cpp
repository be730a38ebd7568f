// Renders of files with a cache: the bytes of renders without one.
#include <fstream>
#include <set>

#include "engine/render/render.hpp"
#include "engine/render/session_before.hpp"
#include "tests/engine/render/render_support.hpp"

namespace talkback::render {
namespace {

class CachedRenderTest : public testing::TestWithParam<RenderKind> {
 protected:
  CachedRenderTest() { fill_song(builder); }

  RenderResult render_to(const TemporaryFolder& output, bool is_cached) {
    RenderOptions options;
    options.kind = GetParam();
    options.threads = 2;
    options.explain = true;
    if (is_cached) options.segments.folder = builder.folder / "segments";
    auto result = render(builder.session, options, builder.library, output.path());
    if (!result) {
      ADD_FAILURE() << result.error().message;
      return {};
    }
    return std::move(*result);
  }

  // With a cache and without; the cached one is returned.
  RenderResult compare() {
    const TemporaryFolder cached;
    const TemporaryFolder plain;
    RenderResult result = render_to(cached, true);
    const RenderResult whole = render_to(plain, false);
    EXPECT_EQ(result.artifacts.size(), whole.artifacts.size());
    for (std::size_t i = 0; i < std::min(result.artifacts.size(), whole.artifacts.size()); ++i) {
      EXPECT_EQ(result.artifacts[i].sha256, whole.artifacts[i].sha256) << whole.artifacts[i].name;
      EXPECT_EQ(to_hex(*sha256_of_file(result.artifacts[i].path)), whole.artifacts[i].sha256);
      EXPECT_EQ(result.artifacts[i].loudness, whole.artifacts[i].loudness);
    }
    EXPECT_EQ(result.warnings, whole.warnings);
    return result;
  }

  ObjectId first_track() { return session::id_of(*builder.session.children(kRootId, v1::Object::kTrack).front()); }

  SessionBuilder builder;
};

TEST_P(CachedRenderTest, EditsGiveTheBytesOfARenderWithoutACache) {
  compare();
  const RenderEffort again = compare().effort;
  // Of stems, whose files are not kept, the last steps are computed again.
  EXPECT_LT(again.segments_computed, GetParam() == RenderKind::stems ? again.segments / 4 : 1) << "nothing changed";
  builder.change_track(first_track(), [](v1::Track& t) { t.set_fader_db(-7.0); });
  compare();
  builder.change_track(session::kMasterId, [](v1::Track& t) { t.set_gain_db(-1.0); });
  const RenderResult after = compare();
  EXPECT_LT(after.effort.segments_computed, after.effort.segments);
}

TEST_P(CachedRenderTest, WhatWasChangedIsNamedWithItsReason) {
  compare();
  builder.change_track(session::kMasterId, [](v1::Track& t) { t.set_gain_db(-3.0); });
  const RenderResult after = compare();
  if (GetParam() != RenderKind::master) return;
  bool is_named = false;
  for (const ComputedStep& step : after.effort.steps)
    is_named =
        is_named || (step.track == "Master" && step.what == "gain" && step.reason == "its settings or clips changed");
  EXPECT_TRUE(is_named);
}

// Edits of a few faders start from the same sums; after some more, later ones no longer pay for the first.
TEST_P(CachedRenderTest, WhatWasEditedBeforeIsTakenOffTheSumsNoLongerThanItHasTo) {
  if (GetParam() == RenderKind::stems) return;
  std::vector<ObjectId> tracks;
  for (const char* name : {"Vocal", "Bass", "Organ", "Choir", "Harp", "Tuba"}) {
    tracks.push_back(builder.track(name));
    builder.clip(tracks.back(), builder.source(test_noise(1, 48'000, 0.1F, tracks.size())), 0, 48'000);
  }
  compare();
  const auto taken_off = [&](std::size_t track, double fader_db) {
    builder.change_track(tracks[track], [&](v1::Track& t) { t.set_fader_db(fader_db); });
    std::set<std::string> names;
    for (const ComputedStep& step : compare().effort.steps) {
      if (step.reason == "as it was before, to be taken off a sum") names.insert(step.track);
    }
    return names;
  };
  using Names = std::set<std::string>;
  EXPECT_EQ(taken_off(0, -3.0), Names{"Vocal"});
  EXPECT_EQ(taken_off(0, -4.0), Names{"Vocal"});
  EXPECT_EQ(taken_off(1, -5.0), (Names{"Vocal", "Bass"}));
  EXPECT_EQ(taken_off(1, -6.0), (Names{"Vocal", "Bass"}));
  EXPECT_EQ(taken_off(2, -6.0), (Names{"Vocal", "Bass", "Organ"}));
  EXPECT_EQ(taken_off(3, -7.0), (Names{"Vocal", "Bass", "Organ", "Choir"}));
  taken_off(4, -7.0);
  EXPECT_EQ(taken_off(4, -8.0), Names{"Harp"}) << "the sums of the edit before were kept";
  EXPECT_EQ(taken_off(0, -8.0), (Names{"Vocal", "Harp"}));
}

TEST_P(CachedRenderTest, ADamagedCacheCostsTimeAndNothingElse) {
  compare();
  for (const auto& file : std::filesystem::directory_iterator(builder.folder / "segments")) {
    if (file.path().filename() == "lock") continue;
    std::fstream damaged(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    for (std::uintmax_t at = 100; at < file.file_size(); at += 5'000) {
      damaged.seekp(static_cast<std::streamoff>(at));
      damaged.put('x');
    }
  }
  compare();
  builder.change_track(first_track(), [](v1::Track& t) { t.set_fader_db(-2.0); });
  compare();
}

TEST_P(CachedRenderTest, AFileThatItsOwnerChangedIsNotTakenForTheRender) {
  const TemporaryFolder output;
  const RenderResult first = render_to(output, true);
  for (const RenderedFile& file : first.artifacts) std::ofstream(file.path, std::ios::in) << "another sound";
  compare();
}

// The sums of which session later renders start from.
class SumBaseTest : public testing::Test {
 protected:
  static constexpr int kTracks = 24;

  SumBaseTest() {
    for (int i = 0; i < kTracks; ++i)
      tracks.push_back(builder.sounding_track("Track " + std::to_string(i),
                                              test_noise(2, 9'600, 0.01F, static_cast<std::uint64_t>(i) + 1)));
    render_it();
  }

  // Whether the base became this session.
  bool moves_base(int track, double fader_db) {
    builder.change_track(tracks[static_cast<std::size_t>(track)], [&](v1::Track& t) { t.set_fader_db(fader_db); });
    return render_it();
  }

  bool render_it() {
    const TemporaryFolder output;
    RenderOptions options;
    options.kind = RenderKind::mix;
    options.threads = 2;
    options.segments.folder = builder.folder / "segments";
    const auto result = render(builder.session, options, builder.library, output.path());
    EXPECT_TRUE(result) << result.error().message;
    const auto base = load_session_before(options.segments.folder);
    return base && is_now(*base);
  }

  SessionBuilder builder;
  std::vector<ObjectId> tracks;

 private:
  bool is_now(const session::Session& base) const {
    return std::ranges::all_of(tracks, [&](ObjectId id) {
      return base.find(id)->track().fader_db() == builder.session.find(id)->track().fader_db();
    });
  }
};

TEST_F(SumBaseTest, StaysWhileAFewThingsAreEditedAndMovesAtTheFifth) {
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(moves_base(i, -1.0)) << i;
    EXPECT_FALSE(moves_base(i, -2.0)) << i << ": the same again";
  }
  EXPECT_TRUE(moves_base(4, -1.0));
  EXPECT_FALSE(moves_base(5, -1.0)) << "counted from the new base";
}

TEST_F(SumBaseTest, WhatIsEditedTogetherIsOneStepHoweverOftenItIsRepeated) {
  for (int round = 1; round <= 3; ++round) {
    for (int i = 0; i < 6; ++i)
      builder.change_track(tracks[static_cast<std::size_t>(i)], [&](v1::Track& t) { t.set_fader_db(-round); });
    EXPECT_FALSE(render_it()) << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, CachedRenderTest,
                         testing::Values(RenderKind::mix, RenderKind::master, RenderKind::stems));

}  // namespace
}  // namespace talkback::render
