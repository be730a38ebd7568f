// A producer records a performer at another machine: two clients, a server, a sound card that is a file.
#include <signal.h>

#include "tests/integration/client_fixture.hpp"
#include "tests/support/flaky_line.hpp"

namespace talkback::test {
namespace {

class RemoteRecordTest : public ClientTest {
 protected:
  void SetUp() override {
    create_song();
    add_bert("performer");
    bert.succeed({"edit", "Song", "+session.track name=Vocal kind=audio performer=bert"});
    input = write_wav("input.wav", noise(30 * 48'000));
    use_device("speed=5,block=256,latency=700");
  }
  void use_device(const std::string& more) {
    bert.environment["TALKBACK_FILE_DEVICE"] = "channels=1,input=" + input + "," + more;
  }
  // Bert, ready for orders.
  Program stand_by(std::vector<std::string> more) {
    std::vector<std::string> words{"standby", "Song", "--track", "Vocal"};
    words.insert(words.end(), more.begin(), more.end());
    Program standby = bert.start(words);
    EXPECT_TRUE(standby.says("On standby for track", ".err"));
    return standby;
  }
  static std::vector<std::string> order(std::vector<std::string> more) {
    std::vector<std::string> words{"remote-record", "Song", "--performer", "bert", "--track", "Vocal"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::vector<nlohmann::json> takes() {
    std::vector<nlohmann::json> found;
    const auto session = anna.ask({"session", "show", "Song"});
    for (const auto& object : session["objects"])
      if (object.contains("take")) found.push_back(object["take"]);
    return found;
  }
  // Bert may have said so before the server has told anna.
  Outcome ordered(const std::vector<std::string>& words) {
    while (true) {
      Outcome outcome = anna.run(words);
      if (outcome.err.find("not on standby") == std::string::npos &&
          outcome.err.find("nobody called") == std::string::npos)
        return outcome;
    }
  }

  std::string input;
};

TEST_F(RemoteRecordTest, TheTakeIsInTheSessionUnderThePerformersName) {
  Program standby = stand_by({"--allow", "anna"});
  auto words = order({"--from", "3", "--to", "5", "--count-in", "1"});
  words.insert(words.begin(), "--json");
  const Outcome outcome = ordered(words);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("bert: recording at"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("level"), std::string::npos);
  const auto told = outcome.json();
  EXPECT_EQ(told["summary"], "Recorded Vocal take 1");
  EXPECT_EQ(told["takes"], 1);
  EXPECT_EQ(told["latency_frames"], 700);
  EXPECT_EQ(told["device"], "file");
  const auto stored = takes();
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored[0]["performer"], "bert");
  EXPECT_EQ(stored[0]["position_ticks"], std::to_string(2 * 4 * 1'612'800));
  EXPECT_EQ(stored[0]["length_frames"], "192000");
  // The next order finds the standby as it was.
  EXPECT_EQ(ordered(order({"--from", "5", "--to", "6", "--loop", "2"})).code, 0);
  EXPECT_EQ(takes().size(), 3U);
  standby.signal(SIGINT);
  EXPECT_EQ(standby.wait().code, 0);
}

TEST_F(RemoteRecordTest, WithoutConsentNothingIsRecorded) {
  Program standby = stand_by({});
  const Outcome refused = ordered(order({"--from", "1", "--to", "2"}));
  EXPECT_EQ(refused.code, 6) << refused.err;
  EXPECT_NE(refused.err.find("nobody is at the performer's terminal"), std::string::npos) << refused.err;
  EXPECT_TRUE(takes().empty());
  EXPECT_FALSE(std::filesystem::exists(bert.home() / "takes") && !std::filesystem::is_empty(bert.home() / "takes"));
}

TEST_F(RemoteRecordTest, TheProducerStopsIt) {
  Program standby = stand_by({"--allow-all"});
  while (true) {
    Program producer = anna.start(order({"--from", "1"}));
    if (!producer.says("bert: recording at", ".err")) continue;
    producer.signal(SIGINT);
    const Outcome outcome = producer.wait();
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("Recorded Vocal take 1"), std::string::npos) << outcome.out;
    break;
  }
  EXPECT_EQ(takes().size(), 1U);
}

TEST_F(RemoteRecordTest, ThePerformersVetoEndsItAndKeepsTheTake) {
  Program standby = stand_by({"--allow", "anna"});
  while (true) {
    Program producer = anna.start(order({"--from", "1"}));
    if (!producer.says("bert: recording at", ".err")) continue;
    standby.signal(SIGINT);
    const Outcome outcome = producer.wait();
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("the performer ended the recording"), std::string::npos) << outcome.err;
    break;
  }
  EXPECT_EQ(standby.wait().code, 0);
  EXPECT_EQ(takes().size(), 1U);
  const Outcome gone = anna.run(order({"--from", "1"}));
  EXPECT_EQ(gone.code, 3);
  EXPECT_NE(gone.err.find("ask them to run: talkback standby"), std::string::npos) << gone.err;
}

TEST_F(RemoteRecordTest, WhenTheProducersLineBreaksTheTakeIsDeliveredAllTheSame) {
  Program standby = stand_by({"--allow", "anna"});
  while (true) {
    Program producer = anna.start(order({"--from", "1", "--to", "13"}));
    if (!producer.says("bert: recording at", ".err")) continue;
    producer.signal(SIGKILL);
    producer.wait();
    break;
  }
  ASSERT_TRUE(standby.says("Recorded Vocal take 1"));
  const auto stored = takes();
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored[0]["length_frames"], std::to_string(12 * 96'000));
}

TEST_F(RemoteRecordTest, WhenTheServerRestartsBothFindEachOtherAgain) {
  FlakyLine line(server->port());
  anna.sign_in(line.port());
  bert.sign_in(line.port());
  Program standby = stand_by({"--allow", "anna"});
  while (true) {
    Program producer = anna.start(order({"--from", "1", "--to", "9"}));
    if (!producer.says("bert: recording at", ".err")) continue;
    server->kill();
    server.emplace(data);
    line.lead_to(server->port());
    EXPECT_TRUE(producer.says("the take is safe there", ".err"));
    const Outcome outcome = producer.wait();
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("Recorded Vocal take 1"), std::string::npos) << outcome.out << outcome.err;
    break;
  }
  const auto stored = takes();
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored[0]["length_frames"], std::to_string(8 * 96'000));
}

TEST_F(RemoteRecordTest, AStopReachesAPerformerWhoseLineHadBroken) {
  FlakyLine line(server->port());
  anna.sign_in(line.port());
  bert.sign_in(line.port());
  Program standby = stand_by({"--allow", "anna"});
  while (true) {
    Program producer = anna.start(order({"--from", "1"}));  // without an end of its own
    if (!producer.says("bert: recording at", ".err")) continue;
    server->kill();
    server.emplace(data);
    line.lead_to(server->port());
    ASSERT_TRUE(standby.says("line to the server is back", ".err"));
    producer.signal(SIGINT);
    const Outcome outcome = producer.wait();
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("Recorded Vocal take 1"), std::string::npos) << outcome.out << outcome.err;
    break;
  }
  EXPECT_EQ(takes().size(), 1U);
}

TEST_F(RemoteRecordTest, TheProducerSeesXrunsWhileItRecords) {
  use_device("speed=2,block=256,xrun_every=120000");
  Program standby = stand_by({"--allow", "anna"});
  while (true) {
    Program producer = anna.start(order({"--from", "1", "--to", "6"}));
    if (!producer.says("bert: recording at", ".err")) continue;
    EXPECT_TRUE(producer.says("xruns 2", ".err"));
    EXPECT_TRUE(standby.says("xruns 2", ".err"));
    const Outcome outcome = producer.wait();
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    break;
  }
  Program watch = anna.start({"watch", "Song", "--for", "600"});
  ASSERT_TRUE(watch.says("bert (performer) on track \"Vocal\": done: Recorded Vocal take 1"));
}

TEST_F(RemoteRecordTest, ArmedShowsLevelsAndRecordsNothing) {
  Program standby = stand_by({"--allow", "anna"});
  while (true) {
    Program producer = anna.start(order({"--arm"}));
    if (!producer.says("bert: armed, level", ".err")) continue;
    producer.signal(SIGINT);
    const Outcome outcome = producer.wait();
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("nothing was recorded"), std::string::npos) << outcome.out;
    break;
  }
  EXPECT_TRUE(takes().empty());
}

TEST_F(RemoteRecordTest, WhatCannotBeIsSaidBeforehand) {
  Program standby = stand_by({"--allow", "anna"});
  const std::pair<std::vector<std::string>, std::string> kCases[] = {
      {{"--from", "x"}, "--from takes a bar"},
      {{"--loop", "2"}, "give --to"},
      {{"--track", "Nothing"}, "Nothing"},
  };
  for (const auto& [more, message] : kCases) {
    std::vector<std::string> words{"remote-record", "Song", "--performer", "bert"};
    if (more[0] != "--track") words.insert(words.end(), {"--track", "Vocal"});
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = anna.run(words);
    EXPECT_NE(outcome.code, 0);
    EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
  }
  anna.succeed({"edit", "Song", "+session.track name=Guitar kind=audio"});
  const Outcome other = anna.run({"remote-record", "Song", "--performer", "bert", "--track", "Guitar"});
  EXPECT_NE(other.err.find("on standby for track \"Vocal\", not \"Guitar\""), std::string::npos) << other.err;
  const Outcome by_performer = bert.run(order({"--from", "1", "--to", "2"}));
  EXPECT_EQ(by_performer.code, 6) << by_performer.err;
  EXPECT_NE(by_performer.err.find("as a performer of this project you may not order recordings"), std::string::npos)
      << by_performer.err;
  EXPECT_TRUE(takes().empty());
}

}  // namespace
}  // namespace talkback::test
