// A member takes a project home in one file, from a server that is running, and it goes into another one whole.
#include "engine/base/sha256.hpp"
#include "tests/integration/client_fixture.hpp"

namespace talkback::test {
namespace {

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class ClientArchiveTest : public ClientTest {
 protected:
  void SetUp() override {
    create_song();
    anna.succeed({"import", "Song", write_wav("Vocal.wav", noise(48'000))});
    anna.succeed({"edit", "Song", "Vocal.fader_db=-3"});
    anna.succeed({"branch", "create", "Song", "dark"});
    anna.succeed({"edit", "Song@dark", "Vocal.fader_db=-20"});
    guest.succeed({"join", anna.ask({"link", "create", "Song", "--role", "mentor", "--name", "Ann"})["url"]});
    guest.succeed({"suggest", "create", "Song", "Softer", "Vocal.fader_db=-9"});
    anna.succeed({"version", "create", "Song", "Rough 1"});
    anna.succeed({"version", "render", "Song", "Rough 1", "--out", (folder / "mix").string()});
  }
  // The archive on a server of its own, where anna has an account.
  void restore_elsewhere(const std::filesystem::path& file) {
    add_user(elsewhere, "anna");
    const CommandResult restored = run_talkbackd({"archive", "restore", file.string(), "--data", elsewhere.string()});
    ASSERT_EQ(restored.code, 0) << restored.output;
    EXPECT_EQ(run_talkbackd({"verify", "--data", elsewhere.string()}).code, 0);
    there.emplace(elsewhere);
  }
  // Where a machine keeps a sound.
  static std::filesystem::path blob_at(const Member& member, const std::string& sha256) {
    return member.home() / "blobs" / sha256.substr(0, 2) / sha256;
  }

  Member guest{folder, "guest"};
  std::filesystem::path elsewhere = folder / "elsewhere";
  std::optional<ServerProcess> there;
};

TEST_F(ClientArchiveTest, WhatAMemberWroteIsTheProjectElsewhere) {
  const std::filesystem::path file = folder / "song.tar";
  add_bert("producer");
  const auto written = bert.ask({"archive", "create", "Song", file.string()});
  EXPECT_EQ(written["blobs"], 2) << "the recording and the mix";
  EXPECT_GT(written["edits"], 3);
  const std::string here = digest(anna);
  restore_elsewhere(file);
  Member anna_there{folder, "anna"};
  anna_there.environment["TALKBACK_HOME"] = (folder / "home-there").string();
  anna_there.sign_in(there->port());
  EXPECT_EQ(anna_there.ask({"session", "show", "Song"})["digest"], here);
  EXPECT_EQ(anna_there.ask({"session", "show", "Song@dark"})["digest"],
            anna.ask({"session", "show", "Song@dark"})["digest"]);
  EXPECT_EQ(anna_there.ask({"suggest", "list", "Song"})[0]["author"], "Ann (link)");
  anna_there.succeed({"version", "render", "Song", "Rough 1", "--out", (folder / "there").string()});
  EXPECT_EQ(bytes_of(folder / "there" / "mix.wav"), bytes_of(folder / "mix" / "mix.wav"));
  EXPECT_TRUE(anna_there.ask({"link", "list", "Song"}).empty()) << "links stay behind";
}

TEST_F(ClientArchiveTest, WhatAnEarlierTryHasFetchedIsTakenUpAndChecked) {
  const std::string mix = bytes_of(folder / "mix" / "mix.wav");
  const std::string name = to_hex(sha256(std::string_view(mix)));
  add_bert("producer");
  const std::filesystem::path part = blob_at(bert, name).string() + ".part";
  std::filesystem::create_directories(part.parent_path());
  int number = 0;
  // Half of it, all of it, half of something else, more than there is.
  for (const std::string& left : {mix.substr(0, mix.size() / 2), mix, std::string(mix.size() / 2, 'x'), mix + "x"}) {
    std::filesystem::remove(blob_at(bert, name));
    std::ofstream(part, std::ios::binary) << left;
    const std::filesystem::path file = folder / ("song-" + std::to_string(++number) + ".tar");
    bert.succeed({"archive", "create", "Song", file.string()});
    EXPECT_EQ(bytes_of(blob_at(bert, name)), mix) << number;
    EXPECT_FALSE(std::filesystem::exists(part)) << number;
  }
  // A sound that was damaged on this machine is not passed on.
  std::string damaged = mix;
  damaged[damaged.size() / 2] ^= 1;
  std::ofstream(blob_at(bert, name), std::ios::binary) << damaged;
  const std::filesystem::path file = folder / "song.tar";
  EXPECT_EQ(bert.run({"archive", "create", "Song", file.string()}).code, 8);
  EXPECT_FALSE(std::filesystem::exists(file));
  bert.succeed({"archive", "create", "Song", file.string()});
  EXPECT_EQ(bert.run({"archive", "create", "Song", file.string()}).code, 5) << "nothing is written over";
}

TEST_F(ClientArchiveTest, OnlyOwnersAndProducersTakeAProjectHome) {
  const std::filesystem::path file = folder / "song.tar";
  add_bert("performer");
  EXPECT_EQ(bert.run({"archive", "create", "Song", file.string()}).code, 6);
  EXPECT_EQ(guest.run({"archive", "create", "Song", file.string()}).code, 6);
  EXPECT_FALSE(std::filesystem::exists(file));
}

}  // namespace
}  // namespace talkback::test
