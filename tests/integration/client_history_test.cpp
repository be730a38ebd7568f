// Versions, branches, diffs, suggestions, the log and the trash from the command line.
#include "tests/integration/client_fixture.hpp"

namespace talkback::test {
namespace {

class ClientHistoryTest : public ClientTest {
 protected:
  void SetUp() override {
    create_song();
    add_bert("producer");
    anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio", "+session.track name=Bass kind=audio"});
  }
  std::string fields(Member& member, const std::string& place = "Song") {
    return member.succeed({"session", "show", place, "--fields"}).out;
  }
};

TEST_F(ClientHistoryTest, ABranchIsWorkedOnAndMergedWithItsConflictDecided) {
  anna.succeed({"branch", "create", "Song", "dark chorus"});
  anna.succeed({"edit", "Song@dark chorus", "Vocal.fader_db=-9", "Vocal.pan=-0.5"});
  bert.succeed({"edit", "Song", "Vocal.fader_db=-1"});
  EXPECT_NE(fields(bert, "Song@dark chorus").find("Vocal.fader_db = -9"), std::string::npos);
  EXPECT_NE(fields(bert).find("Vocal.fader_db = -1"), std::string::npos);

  const Outcome refused = bert.run({"branch", "merge", "Song", "dark chorus"});
  EXPECT_EQ(refused.code, 5);
  EXPECT_NE(refused.out.find("CONFLICT"), std::string::npos) << refused.out;
  EXPECT_NE(refused.out.find("but here: Track \"Vocal\": fader 0 dB -> -1 dB"), std::string::npos) << refused.out;
  EXPECT_EQ(revision(bert), "2") << "nothing was merged";

  const auto seen = bert.ask({"branch", "merge", "Song", "dark chorus", "--dry-run"});
  std::string conflict;
  for (const auto& item : seen["items"])
    if (item["conflict"]) conflict = std::to_string(item["number"].get<int>());
  const auto merged = bert.ask({"branch", "merge", "Song", "dark chorus", "--take", conflict + "=theirs"});
  EXPECT_EQ(merged["revision"], 3);
  const std::string after = fields(anna);
  EXPECT_NE(after.find("Vocal.fader_db = -9"), std::string::npos);
  EXPECT_NE(after.find("Vocal.pan = -0.5"), std::string::npos);
  // The next merge begins where this one ended.
  EXPECT_TRUE(anna.ask({"branch", "merge", "Song", "dark chorus"})["items"].empty());
  anna.succeed({"edit", "Song@dark chorus", "Bass.pan=0.25"});
  EXPECT_EQ(anna.ask({"branch", "merge", "Song", "dark chorus"})["items"].size(), 1U);
}

TEST_F(ClientHistoryTest, ADiffTellsWhoDidWhatAndAVersionIsComeBackTo) {
  anna.succeed({"version", "create", "Song", "Rough 1", "--no-render", "--note", "first idea"});
  anna.succeed({"edit", "Song", "Vocal.fader_db=-3"});
  bert.succeed({"edit", "Song", "Vocal.pan=0.5", "-Bass"});
  const auto diff = bert.ask({"diff", "Song", "Rough 1"});
  ASSERT_EQ(diff["authors"].size(), 2U);
  EXPECT_EQ(diff["authors"][0]["author"], "anna");
  EXPECT_NE(diff["authors"][0].dump().find("fader 0 dB -> -3 dB"), std::string::npos) << diff.dump(2);
  EXPECT_EQ(diff["authors"][1]["author"], "bert");
  EXPECT_NE(diff["authors"][1].dump().find("deleted"), std::string::npos);

  EXPECT_EQ(bert.ask({"version", "list", "Song"})[0]["moment"], "main:1");
  EXPECT_EQ(bert.ask({"version", "restore", "Song", "Rough 1"})["revision"], 4);
  EXPECT_NE(fields(anna).find("Bass.fader_db"), std::string::npos);
  EXPECT_TRUE(bert.ask({"diff", "Song", "Rough 1"})["authors"].empty());
  EXPECT_EQ(bert.run({"version", "show", "Song", "Nothing"}).code, 3);
  EXPECT_EQ(bert.run({"version", "create", "Song", "Rough 1"}).code, 5);
}

TEST_F(ClientHistoryTest, AVersionPinsItsMixWithItsLoudness) {
  const std::string wav = write_wav("noise.wav", noise(48'000));
  anna.succeed({"import", "Song", wav});
  anna.succeed({"version", "create", "Song", "Rough 1"});
  bert.succeed({"version", "render", "Song", "Rough 1", "--out", (folder / "out").string()});
  EXPECT_GT(read_sound(folder / "out" / "mix.wav").frame_count(), 48'000 - 1);
  const auto shown = bert.ask({"version", "show", "Song", "Rough 1"});
  EXPECT_LT(shown["integrated_lufs"].get<double>(), -10);
  EXPECT_FALSE(shown["engine"].get<std::string>().empty());
}

TEST_F(ClientHistoryTest, AnAudibleDiffIsLevelMatched) {
  const std::string wav = write_wav("noise.wav", noise(96'000));
  anna.succeed({"import", "Song", wav});
  const std::string quiet = revision(anna);
  anna.succeed({"edit", "Song", "noise.fader_db=6"});
  // Only the level differs: at equal loudness nothing is left.
  const auto level = anna.ask({"diff", "Song", quiet, "--listen", "--out", (folder / "level").string()});
  EXPECT_NEAR(level["listen"]["gain_db"].get<double>(), -6.0, 0.05);
  EXPECT_LT(level["listen"]["difference_peak_dbfs"].get<double>(), -40.0);
  EXPECT_TRUE(std::filesystem::exists(level["listen"]["after"].get<std::string>()));
  anna.succeed({"edit", "Song", "+noise.saturation drive_db=20"});
  const auto sound = anna.ask({"diff", "Song", quiet, "--listen", "--out", (folder / "sound").string()});
  EXPECT_GT(sound["listen"]["difference_peak_dbfs"].get<double>(), -40.0);
}

TEST_F(ClientHistoryTest, AMentorSuggestsAndTheProducerTakesWhatTheyLike) {
  anna.succeed({"project", "members", "Song", "--add", "bert", "--role", "mentor"});
  EXPECT_EQ(bert.run({"edit", "Song", "Vocal.fader_db=1"}).code, 6);
  bert.succeed({"suggest", "create", "Song", "More air", "Vocal.fader_db=1", "Vocal.pan=0.2", "--note", "try"});
  bert.succeed({"edit", "Song@suggestion-1", "Bass.pan=-0.2"});
  EXPECT_EQ(anna.run({"edit", "Song@suggestion-1", "Bass.pan=0"}).code, 6) << "it is bert's";
  const auto shown = anna.ask({"suggest", "show", "Song", "1"});
  ASSERT_EQ(shown["items"].size(), 3U);
  std::string pan;
  for (const auto& item : shown["items"])
    if (item["theirs"].dump().find("\\\"Vocal\\\": pan") != std::string::npos)
      pan = std::to_string(item["number"].get<int>());
  EXPECT_EQ(bert.run({"suggest", "accept", "Song", "1"}).code, 6) << "mentors do not accept";
  EXPECT_EQ(anna.ask({"suggest", "accept", "Song", "1", pan})["state"], "open");
  EXPECT_NE(fields(anna).find("Vocal.pan = 0.2"), std::string::npos);
  EXPECT_EQ(fields(anna).find("Vocal.fader_db = 1"), std::string::npos);
  EXPECT_EQ(anna.ask({"suggest", "show", "Song", "1"})["items"].size(), 2U) << "the rest stays open";
  EXPECT_EQ(anna.ask({"suggest", "reject", "Song", "1", "1"})["state"], "open");
  EXPECT_EQ(anna.ask({"suggest", "accept", "Song", "1", "--note", "thanks"})["state"], "accepted");
  EXPECT_EQ(bert.ask({"suggest", "list", "Song"})[0]["answer"], "thanks");
  EXPECT_NE(anna.ask({"log", "Song"}).dump().find("from suggestion 1 of bert"), std::string::npos);
}

TEST_F(ClientHistoryTest, TheLogIsFiltered) {
  anna.succeed({"edit", "Song", "Vocal.fader_db=-3"});
  bert.succeed({"edit", "Song", "Bass.fader_db=-4"});
  bert.succeed({"edit", "Song", "+Vocal.compressor ratio=4"});
  const auto revisions = [](const nlohmann::json& log) {
    std::vector<int> found;
    for (const auto& entry : log) found.push_back(entry["revision"]);
    return found;
  };
  EXPECT_EQ(revisions(anna.ask({"log", "Song"})), (std::vector<int>{1, 2, 3, 4}));
  EXPECT_EQ(revisions(anna.ask({"log", "Song", "--count", "2"})), (std::vector<int>{3, 4}));
  EXPECT_EQ(revisions(anna.ask({"log", "Song", "--person", "bert"})), (std::vector<int>{3, 4}));
  EXPECT_EQ(revisions(anna.ask({"log", "Song", "--track", "Vocal"})), (std::vector<int>{1, 2, 4}));
  EXPECT_EQ(revisions(anna.ask({"log", "Song", "--since", "1h"})).size(), 4U);
  EXPECT_TRUE(anna.ask({"log", "Song", "--until", "2020-01-01"}).empty());
  EXPECT_EQ(anna.run({"log", "Song", "--since", "yesterday"}).code, 4);
}

TEST_F(ClientHistoryTest, WhoEditsWhatSomebodyIsAtWorkOnIsTold) {
  bert.succeed({"lease", "Song", "Vocal", "--for", "1"});
  // It lapses only a minute after he is gone.
  const Outcome taken = anna.run({"lease", "Song", "Vocal", "--for", "1"});
  EXPECT_EQ(taken.code, 5);
  EXPECT_NE(taken.err.find("bert is at work on track \"Vocal\""), std::string::npos) << taken.err;
  const Outcome edited = anna.succeed({"edit", "Song", "+Vocal.compressor ratio=4"});
  EXPECT_NE(edited.err.find("bert is at work on track \"Vocal\""), std::string::npos) << edited.err;
  EXPECT_EQ(anna.succeed({"edit", "Song", "Bass.pan=0.1"}).err.find("at work"), std::string::npos);
  bert.succeed({"lease", "Song", "Vocal", "--give-back"});
  EXPECT_EQ(anna.succeed({"edit", "Song", "Vocal.pan=0.1"}).err.find("at work"), std::string::npos);
}

TEST_F(ClientHistoryTest, ADeletedProjectWaitsInTheTrash) {
  EXPECT_EQ(bert.run({"project", "delete", "Song"}).code, 6);
  anna.succeed({"project", "delete", "Song"});
  EXPECT_EQ(bert.run({"session", "show", "Song"}).code, 3);
  EXPECT_EQ(anna.run({"edit", "Song", "Vocal.pan=0"}).code, 3);
  anna.succeed({"project", "restore", "Song"});
  EXPECT_NE(fields(bert).find("Vocal.fader_db"), std::string::npos);
}

}  // namespace
}  // namespace talkback::test
