#include "tests/engine/graph/graph_support.hpp"

namespace talkback::graph {
namespace {

// Each track plays its own constant, so that the sum tells who is heard.
class RoutingTest : public testing::Test {
 protected:
  ObjectId tone(const std::string& name, float value, ObjectId parent = kRootId) {
    const ObjectId id = builder.track(name, v1::Track::AUDIO, parent);
    builder.clip(id, builder.source(test_constant(2, 1'000, value)), 0, 1'000);
    return id;
  }
  void mute(ObjectId id) {
    builder.change_track(id, [](v1::Track& t) { t.set_mute(true); });
  }
  void solo(ObjectId id) {
    builder.change_track(id, [](v1::Track& t) { t.set_solo(true); });
  }
  float level() { return at(heard(builder), 0, 500); }

  SessionBuilder builder;
};

TEST_F(RoutingTest, FoldersSumTheirTracksAndBusesWhatIsRoutedToThem) {
  const ObjectId folder = builder.track("Drums", v1::Track::FOLDER);
  tone("Kick", 0.1F, folder);
  tone("Snare", 0.01F, folder);
  builder.change_track(folder, [](v1::Track& t) { t.set_fader_db(20.0); });
  const ObjectId bus = builder.track("Bus", v1::Track::BUS);
  builder.change_track(bus, [](v1::Track& t) { t.set_polarity_inverted(true); });
  const ObjectId routed = tone("Bass", 0.5F);
  builder.change_track(routed, [&](v1::Track& t) { t.set_output_id(bus.value); });
  EXPECT_NEAR(level(), 1.1F - 0.5F, 1e-5F);
}

TEST_F(RoutingTest, MuteSilencesTracksTheirSendsAndFolders) {
  const ObjectId bus = builder.track("Echo", v1::Track::BUS);
  const ObjectId kept = tone("Kept", 0.1F);
  const ObjectId muted = tone("Muted", 0.2F);
  builder.send(muted, bus, true);
  const ObjectId folder = builder.track("Folder", v1::Track::FOLDER);
  const ObjectId inside = tone("Inside", 0.4F, folder);
  builder.send(inside, bus, false);
  mute(muted);
  mute(folder);
  EXPECT_NEAR(level(), 0.1F, 1e-6F);
  mute(kept);
  EXPECT_EQ(level(), 0.0F);
}

TEST_F(RoutingTest, PreFaderSendsIgnoreTheFader) {
  const ObjectId bus = builder.track("Cue", v1::Track::BUS);
  const ObjectId pre = tone("Pre", 0.1F);
  builder.send(pre, bus, true);
  builder.change_track(pre, [](v1::Track& t) { t.set_fader_db(-144.0); });
  const ObjectId post = tone("Post", 0.2F);
  builder.send(post, bus, false);
  builder.change_track(post, [](v1::Track& t) { t.set_fader_db(-144.0); });
  EXPECT_NEAR(level(), 0.1F, 1e-6F);
}

TEST_F(RoutingTest, SoloLeavesTheTrackAndWhatItFeeds) {
  const ObjectId bus = builder.track("Echo", v1::Track::BUS);
  const ObjectId soloed = tone("Soloed", 0.1F);
  const ObjectId other = tone("Other", 0.2F);
  builder.send(soloed, bus, false);
  builder.send(other, bus, false);
  solo(soloed);
  EXPECT_NEAR(level(), 0.2F, 1e-6F);
}

TEST_F(RoutingTest, SoloOfABusLeavesWhatFeedsItOnlyThroughIt) {
  const ObjectId bus = builder.track("Echo", v1::Track::BUS);
  const ObjectId track = tone("Track", 0.1F);
  tone("Other", 0.4F);
  builder.send(track, bus, false, -6.0206);
  solo(bus);
  EXPECT_NEAR(level(), 0.05F, 1e-5F);
}

TEST_F(RoutingTest, SoloOfAFolderSolosWhatLiesInIt) {
  const ObjectId folder = builder.track("Drums", v1::Track::FOLDER);
  const ObjectId bus = builder.track("Room", v1::Track::BUS);
  const ObjectId kick = tone("Kick", 0.1F, folder);
  builder.send(kick, bus, false);
  tone("Other", 0.4F);
  solo(folder);
  EXPECT_NEAR(level(), 0.2F, 1e-6F);
}

TEST_F(RoutingTest, KeysNameWhatIsHeardAndNothingElse) {
  const ObjectId first = tone("First", 0.1F);
  const ObjectId second = tone("Second", 0.2F);
  const auto keys = [&] {
    std::vector<Sha256Digest> result;
    const auto graph = compile(builder.session, {}, builder.library);
    for (const GraphEntry& entry : graph->entries) result.push_back(entry.key);
    return result;
  };
  const auto before = keys();
  builder.change_track(first, [](v1::Track& t) { t.set_name("Renamed"); });
  EXPECT_EQ(keys(), before);
  builder.change_track(second, [](v1::Track& t) { t.set_fader_db(-1.0); });
  const auto after = keys();
  ASSERT_EQ(after.size(), before.size());
  int changed = 0;
  for (std::size_t i = 0; i < after.size(); ++i) changed += after[i] != before[i] ? 1 : 0;
  EXPECT_EQ(changed, 3);  // its fader, the sum at the master, the master's fader
}

}  // namespace
}  // namespace talkback::graph
