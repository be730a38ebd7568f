// What goes wrong has its exit code, a sentence, and leaves the project as it was.
#include <map>

#include "tests/integration/client_fixture.hpp"

namespace talkback::test {
namespace {

class ClientErrorsTest : public ClientTest {
 protected:
  void expect_error(Member& member, const std::vector<std::string>& arguments, int code, const std::string& words) {
    const Outcome outcome = member.run(arguments);
    EXPECT_EQ(outcome.code, code) << ::testing::PrintToString(arguments) << outcome.out << outcome.err;
    EXPECT_NE(outcome.err.find(words), std::string::npos) << ::testing::PrintToString(arguments) << outcome.err;
  }
};

TEST_F(ClientErrorsTest, SigningInTellsWhatIsMissing) {
  expect_error(anna, {"project", "list"}, 6, "talkback login");
  anna.environment["TALKBACK_PASSWORD"] = "wrong horse battery";
  expect_error(anna, {"login", "127.0.0.1:" + std::to_string(server->port()), "--user", "anna"}, 6, "");
  expect_error(anna, {"login", "ftp://studio", "--user", "anna"}, 4, "https://studio.example");
  expect_error(anna, {"no-such-command"}, 2, "");
}

TEST_F(ClientErrorsTest, WhatIsNotThereIsNamed) {
  create_song();
  expect_error(anna, {"session", "show", "Nowhere"}, 3, "Nowhere");
  expect_error(anna, {"edit", "Song", "Vocal.fader_db=-3"}, 3, "Vocal");
  expect_error(anna, {"import", "Song", (folder / "missing.wav").string()}, 3, "missing.wav");
  expect_error(anna, {"render", "mix", "Nowhere"}, 3, "Nowhere");
  const Outcome json = anna.run({"session", "show", "Nowhere", "--json"});
  EXPECT_EQ(json.json()["error"]["code"], "not_found");
}

TEST_F(ClientErrorsTest, ARoutingCycleIsRefused) {
  create_song();
  anna.succeed({"edit", "Song", "+session.track name=A kind=bus", "+session.track name=B kind=bus", "A.output_id=B"});
  expect_error(anna, {"edit", "Song", "B.output_id=A"}, 4, "");
  EXPECT_EQ(revision(anna), "1");
}

TEST_F(ClientErrorsTest, APerformerDoesNotEditTheTracksOfOthers) {
  create_song();
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio performer=anna"});
  add_bert("performer");
  expect_error(bert, {"edit", "Song", "Vocal.fader_db=-3"}, 6, "");
  EXPECT_EQ(revision(anna), "1");
  EXPECT_EQ(bert.ask({"sync", "Song"})["sent"], 0) << "a refused edit does not wait";
}

TEST_F(ClientErrorsTest, BadFilesLeaveTheProjectAsItWas) {
  create_song();
  const std::string good = float_wav(noise(4'800));
  folder.write("good.wav", good);
  for (const auto& [name, bytes] : std::map<std::string, std::string>{{"empty.wav", ""},
                                                                      {"cut.wav", good.substr(0, 30)},
                                                                      {"text.wav", "no sound at all"},
                                                                      {"noise.mid", "MThd and no more"}}) {
    folder.write(name, bytes);
    const Outcome outcome = anna.run({"import", "Song", (folder / "good.wav").string(), (folder / name).string()});
    EXPECT_TRUE(outcome.code == 8 || outcome.code == 4) << name << outcome.code;
    EXPECT_NE(outcome.err.find(name), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(revision(anna), "0");
}

TEST_F(ClientErrorsTest, TextThatIsNoUtf8IsRefusedAndDoesNotWait) {
  create_song();
  const Outcome outcome = anna.run({"edit", "Song", "+session.track name=Gitarre\xFC kind=audio"});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  anna.succeed({"edit", "Song", "+session.track name=Bass kind=audio"});
  EXPECT_EQ(revision(anna), "1");
}

TEST_F(ClientErrorsTest, WithoutAServerTheExitCodeSaysSo) {
  create_song();
  server->kill();
  expect_error(anna, {"project", "list"}, 9, "");
}

}  // namespace
}  // namespace talkback::test
