// Takes and comps by the command line: two members at once, rights, the trash, undo, and what is heard.
#include <thread>

#include "tests/integration/client_fixture.hpp"

namespace talkback::test {
namespace {

class CompTest : public ClientTest {
 protected:
  // Three takes of eight bars at 120 bpm on Vocal, as a recorder leaves them, and a Bass track with one.
  void record_song() {
    create_song();
    anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio", "+session.track name=Bass kind=audio",
                  "session.tail_s=0"});
    for (int take = 1; take <= 3; ++take) add_take("Vocal", take);
    add_take("Bass", 1);
  }
  // The sound is imported, so that it is on the server; the take and its clip play it.
  void add_take(const std::string& track, int number) {
    const std::string name = track + " take " + std::to_string(number);
    const std::string imported = track + std::to_string(number);
    sounds.push_back(noise(8 * 96'000, static_cast<unsigned>(sounds.size() + 1)));
    anna.succeed({"import", "Song", write_wav(imported + ".wav", sounds.back())});
    anna.succeed({"edit", "Song", "-" + imported});
    anna.succeed({"edit", "Song",
                  "+" + track + ".take name=\"" + name + "\" source=" + imported + " position=1 length_frames=768000",
                  "+" + track + ".audio_clip name=\"" + name + "\" source=" + imported + " take=\"" + name +
                      "\" position=1 length_frames=768000"});
  }
  // "1-5:2 5-9:3"
  std::string comp(Member& member, const std::string& track = "Vocal") {
    std::string text;
    const auto shown = member.ask({"comp", "Song", "--track", track, "show"});
    for (const auto& stretch : shown["comp"])
      text += (text.empty() ? "" : " ") + stretch["from"].get<std::string>() + "-" + stretch["to"].get<std::string>() +
              ":" + std::to_string(stretch["number"].get<int>());
    return text;
  }
  static std::vector<std::string> pick(int take, const std::string& from, const std::string& to) {
    return {"comp", "Song", "--track", "Vocal", "pick", std::to_string(take), "--from", from, "--to", to};
  }

  std::vector<std::vector<float>> sounds;
};

TEST_F(CompTest, PicksAreHeardWhereTheyWereMade) {
  record_song();
  const auto picked = anna.ask(pick(2, "3", "5"));
  EXPECT_EQ(picked["converted_clips"], 3);
  anna.succeed(pick(1, "4.3", "6"));
  EXPECT_EQ(comp(anna), "1-3:3 3-4.3:2 4.3-6:1 6-9:3");
  anna.succeed({"edit", "Song", "Vocal.solo=on"});
  const auto rendered = anna.ask({"render", "mix", "Song", "--local", "--out", (folder / "out").string()});
  const AudioBuffer sound = read_sound(rendered["artifacts"][0]["file"].get<std::string>());
  ASSERT_EQ(sound.frame_count(), 8 * 96'000);
  // Frames in the middle of each stretch; a mono take in the centre of a stereo mix has one gain for all.
  const auto heard = sound.block().channel(0);
  const auto expect_take = [&](std::size_t number, int from_frame) {
    for (int f = from_frame; f < from_frame + 1'000; ++f)
      ASSERT_NEAR(heard[static_cast<std::size_t>(f)],
                  static_cast<float>(std::sqrt(0.5)) * sounds[number - 1][static_cast<std::size_t>(f)], 1e-6F)
          << f;
  };
  expect_take(3, 96'000);
  expect_take(2, 2 * 96'000 + 48'000);
  expect_take(1, 4 * 96'000);
  expect_take(3, 6 * 96'000);

  anna.succeed({"undo", "Song", "--count", "2"});
  EXPECT_EQ(comp(anna), "1-3:3 3-5:2 5-9:3") << "the solo and the second pick are taken back";
}

TEST_F(CompTest, TwoMembersCompDifferentPhrasesAtOnce) {
  record_song();
  add_bert("producer");
  // The first picks of the track, at the same moment.
  for (int round = 0; round < 4; ++round) {
    const std::string left = std::to_string(1 + round % 2);
    const std::string right = std::to_string(2 + round % 2);
    Program one = anna.start(
        {"comp", "Song", "--track", "Vocal", "pick", left, "--from", "2." + std::to_string(1 + round), "--to", "4"});
    Program other = bert.start(
        {"comp", "Song", "--track", "Vocal", "pick", right, "--from", "6." + std::to_string(1 + round), "--to", "8"});
    const Outcome first = one.wait();
    const Outcome second = other.wait();
    EXPECT_EQ(first.code, 0) << first.err;
    EXPECT_EQ(second.code, 0) << second.err;
  }
  EXPECT_EQ(comp(anna), "1-2:3 2-2.2:1 2.2-2.3:2 2.3-2.4:1 2.4-4:2 4-6:3 6-6.2:2 6.2-6.3:3 6.3-6.4:2 6.4-9:3");
  EXPECT_EQ(comp(bert), comp(anna));
  EXPECT_EQ(digest(bert), digest(anna));
}

TEST_F(CompTest, PerformersCompTheirOwnTrackAndListenersNone) {
  record_song();
  anna.succeed({"edit", "Song", "Vocal.performer=bert"});
  add_bert("performer");
  bert.succeed(pick(2, "3", "5"));
  bert.succeed({"take", "rate", "Song", "2", "5", "--track", "Vocal"});
  const Outcome foreign = bert.run({"comp", "Song", "--track", "Bass", "pick", "1", "--from", "1", "--to", "2"});
  EXPECT_EQ(foreign.code, 6) << foreign.err;
  EXPECT_EQ(bert.run({"take", "rate", "Song", "1", "1", "--track", "Bass"}).code, 6);

  anna.succeed({"project", "members", "Song", "--add", "bert", "--role", "listener"});
  EXPECT_EQ(bert.run(pick(1, "3", "5")).code, 6);
  EXPECT_EQ(bert.run({"take", "delete", "Song", "1", "--track", "Vocal"}).code, 6);
  EXPECT_EQ(comp(bert), "1-3:3 3-5:2 5-9:3") << "who listens may look";
}

TEST_F(CompTest, TakesAreRatedNamedColouredDeletedAndRestored) {
  record_song();
  anna.succeed({"take", "rate", "Song", "Vocal take 2", "4"});
  anna.succeed({"take", "name", "Song", "2", "--track", "Vocal", "the good one"});
  anna.succeed({"take", "color", "Song", "the good one", "#ff8800"});
  auto takes = anna.ask({"take", "list", "Song", "--track", "Vocal"});
  ASSERT_EQ(takes.size(), 3U);
  EXPECT_EQ(takes[1]["name"], "the good one");
  EXPECT_EQ(takes[1]["rating"], 4);
  EXPECT_EQ(takes[1]["color"], "#ff8800");
  EXPECT_EQ(takes[1]["from"], "1");
  EXPECT_EQ(takes[1]["to"], "9");
  EXPECT_EQ(takes[1]["seconds"], 16.0);

  anna.succeed(pick(2, "3", "5"));
  const Outcome used = anna.run({"take", "delete", "Song", "the good one"});
  EXPECT_EQ(used.code, 5);
  EXPECT_NE(used.err.find("bars 3 to 5"), std::string::npos) << used.err;
  anna.succeed({"take", "delete", "Song", "1", "--track", "Vocal"});
  EXPECT_EQ(anna.ask({"take", "list", "Song", "--track", "Vocal"}).size(), 2U);
  const auto trash = anna.ask({"take", "list", "Song", "--trash"});
  ASSERT_EQ(trash.size(), 1U);
  EXPECT_EQ(trash[0]["number"], 1) << "numbers stay";
  const Outcome trashed = anna.run(pick(1, "3", "5"));
  EXPECT_EQ(trashed.code, 4);
  EXPECT_NE(trashed.err.find("is in the trash"), std::string::npos) << trashed.err;
  anna.succeed({"take", "restore", "Song", "1", "--track", "Vocal"});
  anna.succeed(pick(1, "3", "5"));
  EXPECT_EQ(comp(anna), "1-3:3 3-5:1 5-9:3");
}

TEST_F(CompTest, WhatCannotBePickedIsSaid) {
  record_song();
  const Outcome beyond = anna.run(pick(2, "9", "12"));
  EXPECT_EQ(beyond.code, 4);
  EXPECT_NE(beyond.err.find("it was recorded from 1 to 9"), std::string::npos) << beyond.err;
  EXPECT_EQ(anna.run(pick(2, "5", "3")).code, 4);
  EXPECT_EQ(anna.run(pick(2, "five", "6")).code, 4);
  EXPECT_EQ(anna.run(pick(7, "5", "6")).code, 3);
  EXPECT_EQ(anna.run({"take", "rate", "Song", "1", "3"}).code, 5) << "Vocal or Bass?";
  const auto clipped = anna.ask(pick(2, "7", "12"));
  EXPECT_EQ(clipped["to"], "9");
  EXPECT_EQ(clipped["clipped"], true);
  EXPECT_EQ(anna.ask(pick(2, "8", "9"))["changed"], false);
  anna.succeed({"comp", "Song", "--track", "Vocal", "clear", "--from", "4", "--to", "8"});
  EXPECT_EQ(comp(anna), "1-4:3 8-9:2");
}

}  // namespace
}  // namespace talkback::test
