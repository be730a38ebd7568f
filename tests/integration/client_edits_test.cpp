// Edits from the command line: at the same time, without the server, and over its sudden end.
#include <thread>

#include "tests/integration/client_fixture.hpp"
#include "tests/support/flaky_line.hpp"

namespace talkback::test {
namespace {

class ClientEditsTest : public ClientTest {};

TEST_F(ClientEditsTest, EditsAtTheSameTimeLeaveAllWithOneSession) {
  create_song();
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio", "+session.track name=Bass kind=audio"});
  add_bert("producer");
  for (int round = 0; round < 4; ++round) {
    const std::string number = std::to_string(-round - 1);
    std::vector<Program> running;
    running.push_back(anna.start({"edit", "Song", "Vocal.fader_db=" + number}));
    running.push_back(bert.start({"edit", "Song", "Vocal.pan=0." + std::to_string(round + 1)}));
    running.push_back(anna.start({"edit", "Song", "Bass.fader_db=" + number + "0"}));
    running.push_back(bert.start({"edit", "Song", "Bass.fader_db=" + number}));
    for (Program& program : running) {
      const Outcome outcome = program.wait();
      EXPECT_EQ(outcome.code, 0) << outcome.err;
    }
  }
  const auto anna_sees = anna.ask({"session", "show", "Song"});
  const auto bert_sees = bert.ask({"session", "show", "Song"});
  EXPECT_EQ(anna_sees["digest"], bert_sees["digest"]);
  EXPECT_EQ(anna_sees["objects"], bert_sees["objects"]);
  EXPECT_EQ(anna_sees["revision"], "17");
  const std::string fields = bert.succeed({"session", "show", "Song", "--fields"}).out;
  EXPECT_NE(fields.find("Vocal.fader_db = -4"), std::string::npos);
  EXPECT_NE(fields.find("Vocal.pan = 0.4"), std::string::npos);
}

TEST_F(ClientEditsTest, OfflineEditsAreKeptAndSentOnceAfterAKill) {
  FlakyLine line(server->port());
  anna.sign_in(line.port());
  anna.succeed({"project", "create", "Song"});
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
  const std::string before = digest(anna);
  server->kill();
  const Outcome offline = anna.run({"edit", "Song", "+session.track name=Bass kind=audio"});
  EXPECT_EQ(offline.code, 9);
  EXPECT_NE(offline.err.find("kept on this machine"), std::string::npos) << offline.err;
  const Outcome second = anna.run({"edit", "Song", "Bass.fader_db=-5"});
  EXPECT_EQ(second.code, 9) << "the first one is seen offline: " << second.err;

  server.emplace(data);
  line.lead_to(server->port());
  Member fresh(folder, "bert");
  fresh.sign_in(server->port());
  const auto sent = anna.ask({"sync", "Song"});
  EXPECT_EQ(sent["sent"], 2);
  EXPECT_EQ(sent["revision"], 3);
  EXPECT_EQ(anna.ask({"sync", "Song"})["sent"], 0);
  EXPECT_NE(digest(anna), before);
  EXPECT_EQ(revision(anna), "3");
  const std::string fields = anna.succeed({"session", "show", "Song", "--fields"}).out;
  EXPECT_NE(fields.find("Bass.fader_db = -5"), std::string::npos);
}

TEST_F(ClientEditsTest, WhatMetTheWorkOfOthersOfflineIsTold) {
  FlakyLine line(server->port());
  anna.sign_in(line.port());
  anna.succeed({"project", "create", "Song"});
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio", "+session.track name=Bass kind=audio",
                "+session.track name=Keys kind=audio"});
  add_bert("producer");
  line.lead_to(1);  // nobody listens there
  for (const char* change : {"Vocal.fader_db=-3", "Bass.pan=0.5", "Keys.pan=0.1"})
    EXPECT_EQ(anna.run({"edit", "Song", change}).code, 9);
  bert.succeed({"edit", "Song", "Vocal.fader_db=-6", "-Bass"});

  line.lead_to(server->port());
  const auto report = anna.ask({"sync", "Song"});
  EXPECT_EQ(report["sent"], 3);
  ASSERT_EQ(report["met"].size(), 2U) << report.dump(2);
  EXPECT_EQ(report["met"][0],
            "bert (revision 2): Track \"Vocal\": fader 0 dB -> -6 dB while you were away; yours came later and stands: "
            "Track \"Vocal\": fader -6 dB -> -3 dB");
  EXPECT_EQ(
      report["met"][1],
      "bert (revision 2): Track \"Bass\" deleted while you were away; that stands, and your change of it did nothing");
  EXPECT_TRUE(report["refused"].empty());
  EXPECT_EQ(digest(anna), digest(bert));
}

TEST_F(ClientEditsTest, WhatTheServerRefusesOfOfflineWorkIsTold) {
  FlakyLine line(server->port());
  create_song();
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio performer=bert"});
  anna.succeed({"project", "members", "Song", "--add", "bert", "--role", "performer"});
  bert.sign_in(line.port());
  bert.succeed({"edit", "Song", "Vocal.pan=0.1"});
  line.lead_to(1);  // nobody listens there
  EXPECT_EQ(bert.run({"edit", "Song", "Vocal.pan=0.9"}).code, 9);
  anna.succeed({"project", "members", "Song", "--add", "bert", "--role", "listener"});
  line.lead_to(server->port());
  const auto report = bert.ask({"sync", "Song"});
  EXPECT_EQ(report["sent"], 0);
  ASSERT_EQ(report["refused"].size(), 1U);
  EXPECT_NE(report["refused"].dump().find("pan 0.1 -> 0.9"), std::string::npos) << report.dump(2);
  EXPECT_EQ(bert.ask({"sync", "Song"})["refused"].size(), 0U) << "told once";
}

TEST_F(ClientEditsTest, AcknowledgedEditsSurviveAKill) {
  FlakyLine line(server->port());
  anna.sign_in(line.port());
  anna.succeed({"project", "create", "Song"});
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
  for (int round = 1; round <= 3; ++round) {
    const auto edited = anna.ask({"edit", "Song", "Vocal.fader_db=-" + std::to_string(round)});
    EXPECT_EQ(edited["revision"], round + 1);
    const std::string before = digest(anna);
    server->kill();
    server.emplace(data);
    line.lead_to(server->port());
    EXPECT_EQ(digest(anna), before);
  }
}

TEST_F(ClientEditsTest, HistoryTellsWhoDidWhat) {
  create_song();
  add_bert("producer");
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio", "--summary", "First track"});
  bert.succeed({"edit", "Song", "Vocal.fader_db=-3"});
  const auto history = anna.ask({"history", "Song"});
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0]["author"], "anna");
  EXPECT_EQ(history[0]["summary"], "First track");
  EXPECT_EQ(history[1]["author"], "bert");
  EXPECT_NE(history[1]["changes"].dump().find("-3"), std::string::npos);
}

TEST_F(ClientEditsTest, EverybodyUndoesTheirOwnEditsAndLeavesTheOthers) {
  create_song();
  add_bert("producer");
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
  anna.succeed({"edit", "Song", "Vocal.fader_db=-3"});
  bert.succeed({"edit", "Song", "Vocal.pan=0.5"});
  anna.succeed({"edit", "Song", "Vocal.fader_db=-9"});

  const auto undone = anna.ask({"undo", "Song"});
  EXPECT_EQ(undone[0]["takes_back"], 4);
  EXPECT_NE(undone[0]["changes"].dump().find("-3"), std::string::npos);
  EXPECT_EQ(bert.ask({"undo", "Song"})[0]["takes_back"], 3);
  // On another machine of hers.
  const TemporaryFolder bag;
  Member laptop(bag, "anna");
  laptop.sign_in(server->port());
  EXPECT_EQ(laptop.ask({"redo", "Song"})[0]["takes_back"], 5);
  EXPECT_NE(laptop.succeed({"session", "show", "Song", "--fields"}).out.find("Vocal.fader_db = -9"), std::string::npos);
  EXPECT_EQ(laptop.ask({"undo", "Song", "--count", "2"}).size(), 2U);
  const std::string fields = anna.succeed({"session", "show", "Song", "--fields"}).out;
  EXPECT_NE(fields.find("Vocal.fader_db = 0"), std::string::npos) << fields;
  EXPECT_NE(fields.find("Vocal.pan = 0\n"), std::string::npos) << "bert's own undo: " << fields;
  EXPECT_EQ(anna.ask({"redo", "Song", "--count", "9"}).size(), 2U);
  EXPECT_EQ(anna.run({"redo", "Song"}).code, 3);
  EXPECT_NE(anna.ask({"history", "Song"}).dump().find("undo of 4"), std::string::npos);
}

TEST_F(ClientEditsTest, WhatOthersWorkedOnSinceIsPassedOverByAnUndo) {
  create_song();
  add_bert("producer");
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
  anna.succeed({"edit", "Song", "+session.track name=Bass kind=audio"});
  bert.succeed({"edit", "Song", "Bass.fader_db=-6"});
  const Outcome undone = anna.succeed({"undo", "Song"});
  EXPECT_NE(undone.err.find("Bass"), std::string::npos) << undone.err;
  const std::string fields = anna.succeed({"session", "show", "Song", "--fields"}).out;
  EXPECT_NE(fields.find("Bass.fader_db = -6"), std::string::npos);
  EXPECT_EQ(fields.find("Vocal"), std::string::npos) << "the older edit is undone in its place";

  // Of somebody else, as an explicit act; and that can be undone.
  EXPECT_EQ(anna.ask({"revert", "Song", "3"})["takes_back"], 3);
  EXPECT_EQ(anna.ask({"undo", "Song"})[0]["takes_back"], 5);
  EXPECT_NE(anna.run({"revert", "Song", "99"}).code, 0);
}

TEST_F(ClientEditsTest, UndoAndRedoGoOnWithoutTheServer) {
  FlakyLine line(server->port());
  anna.sign_in(line.port());
  anna.succeed({"project", "create", "Song"});
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
  anna.succeed({"edit", "Song", "Vocal.fader_db=-3"});
  add_bert("producer");
  bert.succeed({"edit", "Song", "Vocal.pan=0.5"});
  anna.succeed({"sync", "Song"});
  const auto fields = [](Member& member) { return member.succeed({"session", "show", "Song", "--fields"}).out; };
  line.lead_to(1);  // nobody listens there
  EXPECT_EQ(anna.run({"edit", "Song", "Vocal.fader_db=-9"}).code, 9);

  // What waits, what is known, and what somebody else did; every command is a program of its own.
  const Outcome undone = anna.run({"undo", "Song", "--count", "2"});
  EXPECT_EQ(undone.code, 9);
  EXPECT_NE(undone.out.find("fader -9 dB -> -3 dB"), std::string::npos) << undone.out;
  EXPECT_NE(undone.out.find("fader -3 dB -> 0 dB"), std::string::npos) << undone.out;
  EXPECT_NE(undone.err.find("kept on this machine"), std::string::npos) << undone.err;
  const Outcome redone = anna.run({"redo", "Song"});
  EXPECT_NE(redone.out.find("fader 0 dB -> -3 dB"), std::string::npos) << redone.out;
  EXPECT_NE(anna.run({"revert", "Song", "3"}).out.find("pan"), std::string::npos);
  EXPECT_EQ(anna.run({"revert", "Song", "77"}).code, 3);

  line.lead_to(server->port());
  const auto report = anna.ask({"sync", "Song"});
  EXPECT_EQ(report["sent"], 5) << report.dump(2);
  EXPECT_TRUE(report["left"].empty()) << report.dump(2);
  EXPECT_NE(fields(anna).find("Vocal.fader_db = -3"), std::string::npos) << fields(anna);
  EXPECT_NE(fields(anna).find("Vocal.pan = 0\n"), std::string::npos) << fields(anna);
  EXPECT_EQ(digest(anna), digest(bert));
  // The same edits are undone and redone next as if there had been a server all the time.
  EXPECT_EQ(anna.ask({"undo", "Song"})[0]["takes_back"], 8) << "the revert";
  const auto next = anna.ask({"undo", "Song"});
  EXPECT_NE(next[0]["changes"].dump().find("-3 dB -> 0 dB"), std::string::npos) << next.dump(2);
  EXPECT_NE(anna.ask({"history", "Song"}).dump().find("undo of 4"), std::string::npos);
}

TEST_F(ClientEditsTest, AnUndoFromOfflineDaysLeavesWhatOthersDidMeanwhileAndSaysSo) {
  FlakyLine line(server->port());
  anna.sign_in(line.port());
  anna.succeed({"project", "create", "Song"});
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
  anna.succeed({"edit", "Song", "Vocal.fader_db=-3", "Vocal.pan=0.5"});
  add_bert("producer");
  line.lead_to(1);  // nobody listens there
  EXPECT_EQ(anna.run({"undo", "Song"}).code, 9);
  bert.succeed({"edit", "Song", "Vocal.fader_db=-6"});
  line.lead_to(server->port());
  const auto report = anna.ask({"sync", "Song"});
  EXPECT_EQ(report["sent"], 1);
  ASSERT_EQ(report["left"].size(), 1U) << report.dump(2);
  EXPECT_NE(report["left"].dump().find("fader has been changed since"), std::string::npos) << report.dump(2);
  const std::string fields = anna.succeed({"session", "show", "Song", "--fields"}).out;
  EXPECT_NE(fields.find("Vocal.fader_db = -6"), std::string::npos) << fields;
  EXPECT_NE(fields.find("Vocal.pan = 0\n"), std::string::npos) << fields;
  EXPECT_EQ(digest(anna), digest(bert));
}

TEST_F(ClientEditsTest, AMachineThatDoesNotKnowWhatCameBeforeSaysSo) {
  FlakyLine line(server->port());
  create_song();
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
  const TemporaryFolder bag;
  Member laptop(bag, "anna");
  laptop.sign_in(line.port());
  laptop.succeed({"sync", "Song"});
  line.lead_to(1);  // nobody listens there
  const Outcome undone = laptop.run({"undo", "Song"});
  EXPECT_EQ(undone.code, 9);
  EXPECT_NE(undone.err.find("does not know what was edited earlier"), std::string::npos) << undone.err;
}

TEST_F(ClientEditsTest, APerformersUndoTakesBackWhatTheyMayAndSaysWhatItLeft) {
  create_song();
  anna.succeed(
      {"edit", "Song", "+session.track name=Vocal kind=audio performer=bert", "+session.track name=Bass kind=audio"});
  add_bert("producer");
  bert.succeed({"edit", "Song", "Vocal.fader_db=-3", "Bass.fader_db=-6"});
  anna.succeed({"project", "members", "Song", "--add", "bert", "--role", "performer"});
  const auto undone = bert.ask({"undo", "Song"});
  EXPECT_EQ(undone[0]["takes_back"], 2);
  EXPECT_NE(undone[0]["left"].dump().find("not on a track of yours"), std::string::npos) << undone.dump(2);
  const std::string fields = anna.succeed({"session", "show", "Song", "--fields"}).out;
  EXPECT_NE(fields.find("Vocal.fader_db = 0"), std::string::npos) << fields;
  EXPECT_NE(fields.find("Bass.fader_db = -6"), std::string::npos) << fields;
}

TEST_F(ClientEditsTest, EveryListIsJsonOnDemand) {
  create_song();
  EXPECT_EQ(anna.ask({"project", "list"}).size(), 1U);
  EXPECT_EQ(anna.ask({"project", "show", "Song"})["owner"], "anna");
  EXPECT_EQ(anna.ask({"project", "members", "Song"})[0]["role"], "owner");
  EXPECT_TRUE(anna.ask({"history", "Song"}).is_array());
  EXPECT_TRUE(anna.ask({"session", "show", "Song"})["objects"].is_array());
  EXPECT_TRUE(anna.ask({"devices"}).is_array());
}

}  // namespace
}  // namespace talkback::test
