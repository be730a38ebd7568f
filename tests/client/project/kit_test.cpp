#include "client/project/kit.hpp"

#include <gtest/gtest.h>

#include "engine/session/apply.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback::project {
namespace {

TEST(KitNameTest, SaysWhatTheFileIs) {
  const auto note = [](const char* name) { return read_kit_name(name).note; };
  const auto drum = [](const char* name) { return read_kit_name(name).drum; };
  const auto velocity = [](const char* name) { return read_kit_name(name).velocity; };
  const auto layer = [](const char* name) { return read_kit_name(name).layer; };
  EXPECT_EQ(note("Piano C#3 v2"), 61);
  EXPECT_EQ(note("Rhodes_A3_mf"), 69);
  EXPECT_EQ(note("Celesta-Bb2"), 58);
  EXPECT_EQ(note("Bass C-1"), 12);
  EXPECT_EQ(note("flute c#4"), 73);
  EXPECT_EQ(note("E Piano soft"), std::nullopt);
  EXPECT_EQ(note("snare_a1"), std::nullopt);
  EXPECT_EQ(read_kit_name("Piano C4", 4).note, 60);
  EXPECT_EQ(drum("snare_01"), 38);
  EXPECT_EQ(drum("808 Kick"), 36);
  EXPECT_EQ(drum("BD01"), 36);
  EXPECT_EQ(drum("OpenHat 2"), 46);
  EXPECT_EQ(drum("Closed-Hi-Hat"), 42);
  EXPECT_EQ(drum("my hat"), 42);
  EXPECT_EQ(drum("Floor Tom vel90"), 41);
  EXPECT_EQ(drum("vox chop"), std::nullopt);
  EXPECT_EQ(velocity("kick_vel80"), 80);
  EXPECT_EQ(velocity("kick velocity 33"), 33);
  EXPECT_EQ(velocity("kick_v100"), 100);
  EXPECT_EQ(velocity("Snare ff"), 112);
  EXPECT_EQ(velocity("Snare_p"), 49);
  EXPECT_EQ(velocity("Snare"), std::nullopt);
  EXPECT_EQ(layer("Piano C#3 v2"), 2);
  EXPECT_EQ(layer("snare layer3"), 3);
  EXPECT_TRUE(read_kit_name("snare_rr2").takes_turns);
  EXPECT_FALSE(read_kit_name("snare_2").takes_turns);
}

std::vector<KitZone> mapped(const std::vector<KitFile>& files) {
  const auto zones = map_kit(files);
  EXPECT_TRUE(zones);
  return zones ? *zones : std::vector<KitZone>();
}

TEST(KitTest, NotesAreSpreadToTheMidpoints) {
  EXPECT_EQ(mapped({{"Piano C3"}, {"Piano G3"}, {"Piano C2"}}),
            (std::vector<KitZone>{{2, 48, 0, 54}, {0, 60, 55, 63}, {1, 67, 64, 127}}));
}

TEST(KitTest, DrumsLieOnTheirKeysAndHatsEndEachOther) {
  const auto zones = mapped({{"kick"}, {"open hat"}, {"closed hat"}});
  EXPECT_EQ(zones,
            (std::vector<KitZone>{
                {0, 36, 36, 36, 1, 127, true}, {2, 42, 42, 42, 1, 127, true, 1}, {1, 46, 46, 46, 1, 127, true, 1}}));
}

TEST(KitTest, OthersTakeFreeKeys) {
  const auto zones = mapped({{"vox"}, {"kick"}, {"riser"}, {"stab"}});
  ASSERT_EQ(zones.size(), 4U);
  EXPECT_EQ(zones[0].file, 1U);
  for (int i = 1; i < 4; ++i) EXPECT_EQ(zones[static_cast<std::size_t>(i)].root_pitch, 36 + i);
  EXPECT_FALSE(map_kit(std::vector<KitFile>(93, KitFile{"noise"})));
}

TEST(KitTest, LayersByVelocityNumberAndLevel) {
  const auto velocities = [](const std::vector<KitZone>& zones) {
    std::vector<std::array<int, 3>> result;
    for (const KitZone& zone : zones)
      result.push_back({static_cast<int>(zone.file), zone.low_velocity, zone.high_velocity});
    return result;
  };
  using Layers = std::vector<std::array<int, 3>>;
  EXPECT_EQ(velocities(mapped({{"snare vel120"}, {"snare vel40"}, {"snare vel80"}})),
            (Layers{{1, 1, 60}, {2, 61, 100}, {0, 101, 127}}));
  EXPECT_EQ(velocities(mapped({{"snare f"}, {"snare p"}})), (Layers{{1, 1, 72}, {0, 73, 127}}));
  EXPECT_EQ(velocities(mapped({{"Piano C3 v3"}, {"Piano C3 v1"}, {"Piano C3 v2"}})),
            (Layers{{1, 1, 42}, {2, 43, 84}, {0, 85, 127}}));
  EXPECT_EQ(velocities(mapped({{"snare_01", -10.0}, {"snare_02", -20.0}})), (Layers{{1, 1, 63}, {0, 64, 127}}));
}

TEST(KitTest, EquallyLoudOnesTakeTurns) {
  for (const auto& files : {std::vector<KitFile>{{"snare_01", -10.0}, {"snare_02", -10.5}},
                            std::vector<KitFile>{{"snare_rr1", -10.0}, {"snare_rr2", -20.0}}}) {
    const auto zones = mapped(files);
    ASSERT_EQ(zones.size(), 2U);
    EXPECT_EQ(zones[0].high_velocity, 127);
    EXPECT_EQ(zones[0].round_robin_group, zones[1].round_robin_group);
    EXPECT_GT(zones[0].round_robin_group, 0);
  }
}

TEST(KitTest, ZonesAreTakenByTheSessionAndShareSources) {
  SessionBuilder builder;
  const ObjectId track = builder.track("Kit", v1::Track::INSTRUMENT);
  const ObjectId sampler = builder.add(track, [](v1::Object& o) { o.mutable_instrument()->mutable_sampler(); });
  std::vector<ImportedAudio> files(2);
  for (std::size_t i = 0; i < files.size(); ++i) {
    files[i].name = i == 0 ? "kick" : "snare";
    files[i].blob.sha256 = std::string(64, i == 0 ? 'a' : 'b');
    files[i].sample_rate_hz = 44'100;
    files[i].channels = 1;
    files[i].length = Frames{100};
  }
  const auto zones = map_kit({{"kick"}, {"snare"}});
  ASSERT_TRUE(zones);
  for (int times = 0; times < 2; ++times) {
    v1::Edit edit;
    add_zones(edit, builder.session, sampler, files, *zones);
    const auto applied = session::apply(builder.session, edit);
    ASSERT_TRUE(applied) << applied.error().message;
  }
  EXPECT_EQ(builder.session.count_children(kRootId, v1::Object::kSource), 2U);
  EXPECT_EQ(builder.session.count_children(sampler, v1::Object::kSamplerZone), 4U);
}

TEST(KitTest, LevelIsThatOfTheLoudestPart) {
  TemporaryFolder folder;
  AudioBuffer sound(1, 48'000);
  for (int n = 20'000; n < 24'000; ++n) sound.block().channel(0)[static_cast<std::size_t>(n)] = 0.1F;
  auto writer = media::AudioWriter::create(folder / "a.wav", {.rate = {48'000}, .channels = 1});
  ASSERT_TRUE(writer && writer->write(sound.block()) && writer->finish());
  const auto level = level_of(folder / "a.wav");
  ASSERT_TRUE(level);
  EXPECT_NEAR(*level, -20.0, 2.5);
}

}  // namespace
}  // namespace talkback::project
