// A studio without a line: a song that was here once is played and recorded on, and all of it is sent when the server
// is there again.
#include <signal.h>

#include <fstream>

#include "tests/integration/client_fixture.hpp"
#include "tests/support/flaky_line.hpp"

namespace talkback::test {
namespace {

constexpr int kRate = 48'000;

class OfflineRecordTest : public ClientTest {
 protected:
  void SetUp() override {
    create_song();
    anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
    sound = card_noise(10 * kRate);
    use_device({});
    anna.sign_in(line.port());
  }

  void use_device(const std::string& more) {
    if (input.empty()) input = write_wav("input.wav", sound);
    anna.environment["TALKBACK_FILE_DEVICE"] = "channels=1,speed=5,block=256,latency=700,input=" + input + more;
  }
  std::filesystem::path takes() { return anna.home() / "takes"; }
  AudioBuffer stored(const std::string& sha) { return read_sound(data / "blobs" / sha.substr(0, 2) / sha); }

  FlakyLine line{server->port()};
  std::vector<float> sound;
  std::string input;
};

TEST_F(OfflineRecordTest, TakesOfADayWithoutAServerAreHeardAtOnceAndSentLater) {
  server->kill();
  // On bars 1 and 2, and then, hearing it, on bar 3.
  const auto first = anna.ask({"record", "Song", "--track", "Vocal", "--from", "1", "--to", "3"});
  EXPECT_EQ(first["waits_here"], true);
  EXPECT_EQ(first["takes"], 1);
  const std::filesystem::path played = folder / "played.raw";
  use_device(",played=" + played.string());
  anna.succeed({"record", "Song", "--track", "Vocal", "--from", "3", "--to", "4", "--pre-roll", "2"});
  // What was played begins with the first take, which the second followed.
  const std::string heard = bytes_of(played);
  ASSERT_GE(heard.size(), 4 * kRate * 2 * sizeof(float));
  double level = 0.0;
  for (std::size_t f = 0; f < static_cast<std::size_t>(kRate); ++f) {
    float sample = 0.0F;
    std::memcpy(&sample, heard.data() + (f + 10'000) * 2 * sizeof(float), sizeof sample);
    level = std::max(level, std::abs(static_cast<double>(sample)));
  }
  EXPECT_GT(level, 0.1);
  EXPECT_EQ(anna.ask({"recover", "--list"}).size(), 2U);
  server.emplace(data);
  line.lead_to(server->port());
  const auto told = anna.ask({"sync", "Song"});
  EXPECT_EQ(told["sent"], 2);
  EXPECT_EQ(told["takes"].size(), 2U);
  EXPECT_TRUE(std::filesystem::is_empty(takes()));
  ASSERT_EQ(session_objects("take").size(), 2U);
  for (const auto& source : session_objects("source")) {
    const AudioBuffer recording = stored(source["blob_sha256"]);
    const auto samples = recording.block().channel(0);
    ASSERT_GE(samples.size(), 96'000U);
    for (std::size_t f = 0; f < samples.size(); ++f) ASSERT_EQ(samples[f], f < sound.size() ? sound[f] : 0.0F) << f;
  }
}

TEST_F(OfflineRecordTest, ALineThatComesBackDuringTheTakeIsUsed) {
  server->kill();
  Program recording = anna.start({"record", "Song", "--track", "Vocal", "--json"});
  ASSERT_TRUE(recording.says("cannot be reached", ".err"));
  server.emplace(data);
  line.lead_to(server->port());
  ASSERT_TRUE(recording.says("line to the server is back", ".err"));
  recording.signal(SIGINT);
  const Outcome outcome = recording.wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.json()["waits_here"], false);
  EXPECT_EQ(session_objects("take").size(), 1U);
}

TEST_F(OfflineRecordTest, AProjectThatWasNeverHereCannotBe) {
  server->kill();
  const Outcome outcome = anna.run({"record", "Another", "--track", "Vocal", "--for", "1"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_FALSE(std::filesystem::exists(takes()) && !std::filesystem::is_empty(takes()));
}

TEST_F(OfflineRecordTest, WhatIsNotOnThisMachineIsSilentAndAllElsePlays) {
  const std::string drums = write_wav("drums.wav", noise(2 * kRate, 3));
  const std::string bass = write_wav("bass.wav", noise(2 * kRate, 4));
  anna.succeed({"import", "Song", drums});
  add_bert("producer");
  bert.sign_in(line.port());
  bert.environment["TALKBACK_FILE_DEVICE"] = "speed=5,block=256,played=" + (folder / "first.raw").string();
  bert.succeed({"play", "Song"});
  anna.succeed({"import", "Song", bass});
  bert.succeed({"sync", "Song"});
  server->kill();
  bert.environment["TALKBACK_FILE_DEVICE"] = "speed=5,block=256,played=" + (folder / "second.raw").string();
  const Outcome outcome = bert.succeed({"play", "Song"});
  EXPECT_NE(outcome.err.find("cannot be reached"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("one sound is not on this machine"), std::string::npos) << outcome.err;
  const std::string first = bytes_of(folder / "first.raw");
  const std::string second = bytes_of(folder / "second.raw");
  const std::size_t bytes = 2 * kRate * 2 * sizeof(float);
  ASSERT_GE(std::min(first.size(), second.size()), bytes);
  EXPECT_TRUE(first.compare(0, bytes, second, 0, bytes) == 0) << "the drums alone, as before";
}

}  // namespace
}  // namespace talkback::test
