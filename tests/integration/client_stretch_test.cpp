// Clips stretched and transposed by the command line, and what is heard of them.
#include "tests/integration/client_fixture.hpp"

namespace talkback::test {
namespace {

class StretchTest : public ClientTest {
 protected:
  // Two bars of 96 bpm, five seconds, on Drums in a song of 120 bpm.
  void import_loop() {
    create_song();
    anna.succeed({"import", "Song", write_wav("Drums.wav", noise(240'000))});
    anna.succeed({"edit", "Song", "session.tail_s=0"});
  }
  int heard_frames() {
    const auto rendered = anna.ask({"render", "mix", "Song", "--local", "--out", (folder / "out").string()});
    return read_sound(rendered["artifacts"][0]["file"].get<std::string>()).frame_count();
  }
};

TEST_F(StretchTest, ALoopFitsTheSongAndGoesBack) {
  import_loop();
  EXPECT_EQ(heard_frames(), 240'000);
  const auto stretched = anna.ask({"stretch", "Song", "--track", "Drums", "--from-bpm", "96"});
  EXPECT_EQ(stretched["clips"][0]["stretch"], 0.8);
  EXPECT_TRUE(stretched["changed"]);
  EXPECT_EQ(heard_frames(), 192'000);
  EXPECT_FALSE(anna.ask({"stretch", "Song", "--track", "Drums", "--by", "0.8"})["changed"]);
  anna.succeed({"stretch", "Song", "--track", "Drums", "--clip", "1", "--to", "4", "--transpose", "3"});
  EXPECT_EQ(heard_frames(), 288'000);
  EXPECT_EQ(session_objects("audio_clip")[0]["transpose_st"], 3.0);
  anna.succeed({"undo", "Song", "--count", "2"});
  EXPECT_EQ(heard_frames(), 240'000);
}

TEST_F(StretchTest, ServerAndMachineRenderTheSame) {
  import_loop();
  anna.succeed({"edit", "Song", "Drums.audio_clip[1].stretch=1.25", "Drums.audio_clip[1].transpose=-2"});
  const auto sha256 = [&](const std::vector<std::string>& where) {
    std::vector<std::string> words = {"render", "mix", "Song", "--out", (folder / "out").string()};
    words.insert(words.end(), where.begin(), where.end());
    return anna.ask(words)["artifacts"][0]["sha256"].get<std::string>();
  };
  EXPECT_EQ(sha256({}), sha256({"--local"}));
}

TEST_F(StretchTest, WhatCannotBeDoneSaysWhy) {
  import_loop();
  const auto fails = [&](std::vector<std::string> words, const std::string& why) {
    words.insert(words.begin(), {"stretch", "Song", "--track"});
    const auto outcome = anna.run(words);
    EXPECT_NE(outcome.code, 0);
    EXPECT_NE((outcome.out + outcome.err).find(why), std::string::npos) << outcome.out << outcome.err;
  };
  fails({"Drums"}, "--from-bpm");
  fails({"Vocal", "--by", "2"}, "there are Drums");
  fails({"Drums", "--clip", "intro", "--by", "2"}, "there is no clip \"intro\"");
  fails({"Drums", "--by", "9"}, "from 0.25 to 4");
  fails({"Drums", "--to", "1"}, "behind its start");
  fails({"Drums", "--by", "2", "--from-bpm", "96"}, "--");
}

}  // namespace
}  // namespace talkback::test
