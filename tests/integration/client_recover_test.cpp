// Recordings that were cut off: by a crash of the client or of the server, by a broken line, by a card that went away.
#include <signal.h>

#include <random>

#include "tests/integration/client_fixture.hpp"
#include "tests/support/flaky_line.hpp"

namespace talkback::test {
namespace {

constexpr int kRate = 48'000;

class RecoverTest : public ClientTest {
 protected:
  void SetUp() override {
    create_song();
    anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
    sound = card_noise(30 * kRate);
    use_device("speed=5,block=256,latency=700");
  }

  void use_device(const std::string& more) {
    if (input.empty()) input = write_wav("input.wav", sound);
    anna.environment["TALKBACK_FILE_DEVICE"] = "channels=1,input=" + input + "," + more;
  }
  std::filesystem::path takes() { return anna.home() / "takes"; }
  std::int64_t on_disk() {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(takes(), ignored))
      if (entry.path().extension() == ".wav") return static_cast<std::int64_t>(entry.file_size()) / 4;
    return 0;
  }
  bool nothing_waits() { return std::filesystem::is_empty(takes()); }

  // The take's recording, downloaded: it is the input from its start, bit for bit.
  AudioBuffer recording_of(const nlohmann::json& session, std::size_t number) {
    std::size_t found = 0;
    for (const auto& object : session["objects"])
      if (object.contains("source") && found++ == number) {
        const std::string sha = object["source"]["blob_sha256"];
        return read_sound(data / "blobs" / sha.substr(0, 2) / sha);
      }
    ADD_FAILURE() << "there are only " << found << " recordings";
    return {};
  }
  void expect_is_input(const AudioBuffer& recording) {
    ASSERT_GT(recording.frame_count(), 0);
    const auto samples = recording.block().channel(0);
    for (std::size_t f = 0; f < samples.size(); ++f) ASSERT_EQ(samples[f], f < sound.size() ? sound[f] : 0.0F) << f;
  }
  nlohmann::json session() { return anna.ask({"session", "show", "Song"}); }

  std::vector<float> sound;
  std::string input;
};

TEST_F(RecoverTest, WhatAKilledRecordLeftBecomesATake) {
  std::mt19937 random(3);
  for (std::size_t i = 0; i < 5; ++i) {
    const auto target = static_cast<std::int64_t>(30'000 + random() % 200'000);
    Program recording = anna.start({"record", "Song", "--track", "Vocal"});
    while (on_disk() < target) std::this_thread::yield();
    recording.signal(SIGKILL);
    recording.wait();
    const std::int64_t left = on_disk();
    const auto listed = anna.ask({"recover", "--list"});
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0]["ended"], false);
    EXPECT_EQ(listed[0]["takes"], 1);
    const auto told = anna.ask({"recover"});
    EXPECT_EQ(told[0]["summary"], "Recorded Vocal take " + std::to_string(i + 1));
    EXPECT_TRUE(nothing_waits());
    const AudioBuffer stored = recording_of(session(), i);
    EXPECT_GE(stored.frame_count(), left - 2'048 - 8'192);
    expect_is_input(stored);
    EXPECT_TRUE(anna.ask({"recover"}).empty()) << "there is nothing left";
  }
}

TEST_F(RecoverTest, AServerThatIsGoneAtTheEndGetsTheTakeLater) {
  FlakyLine line(server->port());
  anna.sign_in(line.port());
  Program recording = anna.start({"record", "Song", "--track", "Vocal", "--for", "4"});
  while (on_disk() < 48'000) std::this_thread::yield();
  server->kill();
  ASSERT_TRUE(recording.says("cannot be sent now", ".err"));
  recording.signal(SIGINT);
  const Outcome outcome = recording.wait();
  EXPECT_NE(outcome.code, 0);
  EXPECT_NE(outcome.err.find("talkback recover"), std::string::npos) << outcome.err;
  const auto offline = anna.run({"recover"});
  EXPECT_NE(offline.code, 0);
  EXPECT_FALSE(nothing_waits());
  server.emplace(data);
  // At another address: what was recorded belongs to the old one, and says so.
  anna.sign_in(server->port());
  const Outcome elsewhere = anna.run({"recover"});
  EXPECT_NE(elsewhere.err.find("sign in there"), std::string::npos) << elsewhere.err;
  line.lead_to(server->port());
  anna.sign_in(line.port());
  anna.succeed({"recover"});
  EXPECT_TRUE(nothing_waits());
  const AudioBuffer stored = recording_of(session(), 0);
  EXPECT_GE(stored.frame_count(), 4 * kRate) << "to the end that was planned, with the server gone";
  expect_is_input(stored);
}

TEST_F(RecoverTest, ALineThatBreaksAllTheTimeLosesNothing) {
  FlakyLine line(server->port());
  anna.sign_in(line.port());
  line.break_after({30'000, 5'000, 60'000, 100'000, 200'000, 1'000, 300'000});
  Program recording = anna.start({"record", "Song", "--track", "Vocal", "--for", "8"});
  const Outcome outcome = recording.wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(nothing_waits());
  EXPECT_GE(line.breaks(), 5);
  const AudioBuffer stored = recording_of(session(), 0);
  EXPECT_GE(stored.frame_count(), 8 * kRate);
  expect_is_input(stored);
}

TEST_F(RecoverTest, ACardThatIsUnpluggedKeepsWhatCameBefore) {
  use_device("speed=5,gone_after=100000");
  const Outcome outcome = anna.run({"record", "Song", "--track", "Vocal"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("unplugged"), std::string::npos) << outcome.err;
  const AudioBuffer stored = recording_of(session(), 0);
  EXPECT_GE(stored.frame_count(), 99'000);
  expect_is_input(stored);
}

TEST_F(RecoverTest, WhatCannotBeRecordedIsSaidBeforeAnythingBegins) {
  const std::pair<std::string, std::string> kCases[] = {{"denied=1", "may not be opened"},
                                                        {"channels=0", "record and play"}};
  for (const auto& [device, message] : kCases) {
    anna.environment["TALKBACK_FILE_DEVICE"] = device;
    const Outcome outcome = anna.run({"record", "Song", "--track", "Vocal", "--for", "1"});
    EXPECT_NE(outcome.code, 0);
    EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
  }
  use_device("speed=5");
  const std::pair<std::vector<std::string>, std::string> kWords[] = {
      {{"--channels", "2"}, "has 1 inputs"},
      {{"--input", "1,3"}, "has 1 inputs"},
      {{"--loop", "2"}, "give --to"},
      {{"--from", "x"}, "--from takes a bar"},
      {{"--from", "5", "--to", "5"}, "behind --from"},
      {{"--punch-in", "3", "--punch-out", "3"}, "behind the punch-in"},
      {{"--for", "1", "--to", "4"}, "give one of them"},
      {{"--cue", "Vocal"}, "TRACK=DB"},
      {{"--solo", "Nobody"}, "there is no track"},
  };
  for (const auto& [more, message] : kWords) {
    std::vector<std::string> words{"record", "Song", "--track", "Vocal"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = anna.run(words);
    EXPECT_NE(outcome.code, 0) << more[0];
    EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
  }
  EXPECT_FALSE(std::filesystem::exists(takes()) && !nothing_waits()) << "nothing was begun";
}

TEST_F(RecoverTest, BuffersOfAnySizeAndXrunsInTheTake) {
  for (const char* block : {"16", "4096"}) {
    use_device(std::string("speed=5,xrun_every=50000,latency=5000,block=") + block);
    const auto told = anna.ask({"record", "Song", "--track", "Vocal", "--for", "3"});
    EXPECT_EQ(told["lost_frames"], 0);
    EXPECT_GE(told["xruns"].get<int>(), 2);
    EXPECT_EQ(told["format"], "flac");
  }
  EXPECT_GE(session_objects("take_mark").size(), 4U);
}

// Another program has set the card to another rate than the project's.
TEST_F(RecoverTest, ACardAtAnotherRateRecordsAtItsOwnAndInTime) {
  use_device("speed=5,block=256,latency=700,rate=44100");
  anna.succeed({"record", "Song", "--track", "Vocal", "--from", "2", "--to", "4"});
  const auto source = session_objects("source").at(0);
  EXPECT_EQ(source["sample_rate_hz"], 44'100);
  const auto take = session_objects("take").at(0);
  EXPECT_EQ(take["position_ticks"], std::to_string(4 * 1'612'800));
  EXPECT_EQ(take["length_frames"], std::to_string(2 * 88'200)) << "two bars at 120, at the card's rate";
  EXPECT_EQ(take["offset_frames"], "700");
  expect_is_input(recording_of(session(), 0));
}

TEST_F(RecoverTest, TwoMayRecordOnOneTrackAtOnce) {
  add_bert("producer");
  bert.environment = anna.environment;
  Program first = anna.start({"record", "Song", "--track", "Vocal", "--for", "6"});
  Program second = bert.start({"record", "Song", "--track", "Vocal", "--for", "6"});
  EXPECT_EQ(first.wait().code, 0);
  EXPECT_EQ(second.wait().code, 0);
  EXPECT_EQ(session_objects("take").size(), 2U);
  for (const std::size_t i : {0U, 1U}) expect_is_input(recording_of(session(), i));
}

TEST_F(RecoverTest, LoopPassesPunchAndProvenanceAreInTheTakes) {
  anna.succeed({"record", "Song", "--track", "Vocal", "--from", "3", "--to", "4", "--loop", "3", "--count-in", "1",
                "--gain", "12"});
  anna.succeed({"record", "Song", "--track", "Vocal", "--from", "5", "--to", "9", "--punch-in", "6.2", "--punch-out",
                "7", "--pre-roll", "1"});
  std::vector<nlohmann::json> stored = session_objects("take");
  ASSERT_EQ(stored.size(), 4U);
  std::ranges::sort(stored, {}, [](const nlohmann::json& take) { return take["name"].get<std::string>(); });
  const std::int64_t bar = 4 * 1'612'800;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(stored[i]["position_ticks"], std::to_string(2 * bar));
    EXPECT_EQ(stored[i]["length_frames"], "96000");
    EXPECT_EQ(stored[i]["performer"], "anna");
    EXPECT_EQ(stored[i]["device"], "file");
    EXPECT_EQ(stored[i]["latency_frames"], "700");
    EXPECT_EQ(stored[i]["input_gain_db"], 12);
    // Count-in, then the passes one behind the other.
    EXPECT_EQ(stored[i]["offset_frames"], std::to_string(96'000 + 700 + 96'000 * static_cast<int>(i)));
  }
  EXPECT_EQ(stored[3]["position_ticks"], std::to_string(5 * bar + 1'612'800));
  EXPECT_EQ(stored[3]["length_frames"], std::to_string(3 * 24'000));
  // Of three passes one plays; the punch lies elsewhere.
  EXPECT_EQ(session_objects("audio_clip").size(), 2U);
}

TEST_F(RecoverTest, AnotherTakeReplacesWhatItCovers) {
  anna.succeed({"record", "Song", "--track", "Vocal", "--from", "1", "--to", "5"});
  anna.succeed({"record", "Song", "--track", "Vocal", "--from", "2", "--to", "3"});
  std::vector<std::pair<std::int64_t, std::int64_t>> clips;
  for (const auto& clip : session_objects("audio_clip"))
    clips.emplace_back(std::stoll(clip.value("position_ticks", "0")),
                       std::stoll(clip["length_frames"].get<std::string>()));
  std::ranges::sort(clips);
  const std::int64_t bar = 4 * 1'612'800;
  EXPECT_EQ(clips,
            (std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 96'000}, {bar, 96'000}, {2 * bar, 192'000}}));
}

}  // namespace
}  // namespace talkback::test
