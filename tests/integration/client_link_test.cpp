// A project opened by a link, from the command line of somebody who has no account.
#include "tests/integration/client_fixture.hpp"

namespace talkback::test {
namespace {

class ClientLinkTest : public ClientTest {
 protected:
  void SetUp() override {
    create_song();
    anna.succeed({"import", "Song", write_wav("Vocal.wav", noise(48'000))});
  }
  std::string link(const std::vector<std::string>& more) {
    std::vector<std::string> words{"link", "create", "Song"};
    words.insert(words.end(), more.begin(), more.end());
    return anna.ask(words)["url"];
  }

  Member guest{folder, "guest"};
};

TEST_F(ClientLinkTest, AMentorsLinkListensAndSuggestsUnderItsName) {
  const std::string url = link({"--role", "mentor", "--name", "Ann", "--expires", "7d"});
  EXPECT_NE(url.find("/join#tb_link_"), std::string::npos);
  const auto joined = guest.ask({"join", url});
  EXPECT_EQ(joined["user"], "Ann (link)");
  EXPECT_EQ(joined["project"], "Song");
  EXPECT_EQ(joined["role"], "mentor");
  EXPECT_EQ(digest(guest), digest(anna));
  EXPECT_NE(guest.ask({"log", "Song"}).dump().find("anna"), std::string::npos);
  EXPECT_EQ(guest.run({"edit", "Song", "Vocal.fader_db=-3"}).code, 6) << "denied";

  guest.succeed({"suggest", "create", "Song", "Softer", "Vocal.fader_db=-3"});
  EXPECT_EQ(anna.ask({"suggest", "list", "Song"})[0]["author"], "Ann (link)");
  EXPECT_EQ(guest.run({"suggest", "accept", "Song", "1"}).code, 6);

  EXPECT_EQ(anna.ask({"link", "list", "Song"})[0]["state"], "open");
  anna.succeed({"link", "revoke", "Song", "1"});
  EXPECT_EQ(anna.ask({"link", "list", "Song"})[0]["state"], "revoked");
  const Outcome shut = guest.run({"log", "Song"});
  EXPECT_EQ(shut.code, 6) << shut.err;
  EXPECT_EQ(anna.ask({"suggest", "accept", "Song", "1"})["state"], "accepted") << "what was suggested stays";
  EXPECT_NE(anna.ask({"log", "Song"}).dump().find("Ann (link)"), std::string::npos);
  EXPECT_EQ(server->log().find("tb_link_"), std::string::npos) << "secrets are not logged";
}

TEST_F(ClientLinkTest, ALinkToAVersionGetsItsMixAndNothingElse) {
  anna.succeed({"version", "create", "Song", "Rough 1"});
  anna.succeed({"version", "render", "Song", "Rough 1", "--out", (folder / "anna").string()});
  anna.succeed({"version", "create", "Song", "Rough 2", "--no-render"});
  guest.ask({"join", link({"--version", "Rough 1"})});
  const auto versions = guest.ask({"version", "list", "Song"});
  ASSERT_EQ(versions.size(), 1U);
  EXPECT_EQ(versions[0]["name"], "Rough 1");
  guest.succeed({"version", "render", "Song", "Rough 1", "--out", (folder / "guest").string()});
  const auto bytes = [](const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  EXPECT_FALSE(bytes(folder / "guest" / "mix.wav").empty());
  EXPECT_EQ(bytes(folder / "guest" / "mix.wav"), bytes(folder / "anna" / "mix.wav"));
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"suggest", "list", "Song"}, {"link", "list", "Song"}, {"archive", "create", "Song", "x.tar"}}) {
    const Outcome refused = guest.run(words);
    EXPECT_EQ(refused.code, 6) << words[0] << refused.out << refused.err;
    EXPECT_FALSE(refused.err.empty());
  }
  EXPECT_EQ(guest.run({"log", "Song"}).code, 6);
  EXPECT_EQ(guest.run({"session", "show", "Song"}).code, 6);
  const Outcome at_the_door = guest.run({"watch", "Song"});
  EXPECT_EQ(at_the_door.code, 6);
  EXPECT_NE(at_the_door.err.find("version \"Rough 1\" alone"), std::string::npos) << at_the_door.err;
  EXPECT_NE(at_the_door.err.find("ask for a link to the project"), std::string::npos) << at_the_door.err;
}

TEST_F(ClientLinkTest, JoiningGivesUpNoSignInAndSaysWhatIsWrong) {
  const std::string url = link({});
  bert.sign_in(server->port());
  const Outcome refused = bert.run({"join", url});
  EXPECT_EQ(refused.code, 5);
  EXPECT_NE(refused.err.find("talkback logout"), std::string::npos) << refused.err;
  EXPECT_EQ(bert.ask({"project", "list"}).size(), 0U) << "bert is bert still";

  EXPECT_EQ(guest.run({"join", url.substr(0, url.size() - 1)}).code, 6);
  const Outcome mangled = guest.run({"join", "https://studio.example/join"});
  EXPECT_NE(mangled.err.find("no link"), std::string::npos) << mangled.err;
  guest.succeed({"join", url});
  guest.succeed({"join", link({"--name", "Eve"})});
  guest.succeed({"logout"});
  EXPECT_EQ(guest.run({"log", "Song"}).code, 6);
  guest.succeed({"join", url});
  EXPECT_EQ(anna.run({"link", "create", "Song", "--role", "producer"}).code, 4);
  EXPECT_EQ(anna.run({"link", "create", "Song", "--expires", "never"}).code, 4);
  EXPECT_EQ(anna.run({"link", "create", "Song", "--expires", "366d"}).code, 4);
}

}  // namespace
}  // namespace talkback::test
