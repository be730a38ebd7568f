// Nobody recorded, and that was it: the last minute of the input, for who asked for it.
#include <signal.h>

#include "tests/integration/client_fixture.hpp"

namespace talkback::test {
namespace {

constexpr int kRate = 48'000;

class LatelyTest : public ClientTest {
 protected:
  void SetUp() override {
    create_song();
    anna.succeed({"import", "Song", write_wav("drums.wav", noise(8 * kRate, 7))});
    anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
    sound = card_noise(20 * kRate);
    anna.environment["TALKBACK_FILE_DEVICE"] =
        "channels=1,speed=5,block=256,latency=700,input=" + write_wav("input.wav", sound);
  }
  std::vector<float> sound;
};

TEST_F(LatelyTest, WhatWasSungToTheSongBecomesATakeInTime) {
  anna.succeed({"play", "Song", "--from", "2", "--remember-input"});
  anna.succeed({"take", "capture", "Song", "--track", "Vocal"});
  const auto takes = session_objects("take");
  ASSERT_EQ(takes.size(), 1U);
  EXPECT_EQ(takes[0]["position_ticks"], std::to_string(4 * 1'612'800));
  EXPECT_EQ(takes[0]["offset_frames"], "700");
  EXPECT_EQ(takes[0]["latency_frames"], "700");
  EXPECT_EQ(takes[0]["performer"], "anna");
  // From bar 2 of eight seconds: all but the round trip at the end.
  EXPECT_GE(std::stoll(takes[0]["length_frames"].get<std::string>()), 6 * kRate - 700);
  anna.succeed({"take", "capture", "Song", "--track", "Vocal", "--last", "2"});
  const auto again = session_objects("take");
  ASSERT_EQ(again.size(), 2U);
  EXPECT_TRUE(std::filesystem::is_empty(anna.home() / "takes"));
  const nlohmann::json session = anna.ask({"session", "show", "Song"});
  int compared = 0;
  for (const auto& take : again) {
    const std::int64_t song = std::llround(std::stod(take["position_ticks"].get<std::string>()) / 67.2);  // frames
    const std::int64_t offset = std::stoll(take["offset_frames"].get<std::string>());
    for (const auto& object : session["objects"]) {
      if (!object.contains("source") || object["id"] != take["source_id"]) continue;
      ++compared;
      const std::string sha = object["source"]["blob_sha256"];
      const AudioBuffer recording = read_sound(data / "blobs" / sha.substr(0, 2) / sha);
      // The song's frame s was answered by the input's frame s - 96,000 (bar 2) + 700.
      const auto samples = recording.block().channel(0);
      for (std::size_t f = static_cast<std::size_t>(offset); f < samples.size(); ++f) {
        const auto sung = static_cast<std::size_t>(song - 96'000 + 700) + f - static_cast<std::size_t>(offset);
        ASSERT_EQ(samples[f], sung < sound.size() ? sound[sung] : 0.0F) << f;
      }
    }
  }
  EXPECT_EQ(compared, 2);
}

TEST_F(LatelyTest, WhatAKilledProgramRememberedIsThere) {
  Program play = anna.start({"play", "Song", "--remember-input", "1"});
  const auto lately = anna.home() / "lately";
  std::uintmax_t bytes = 0;
  while (bytes < 2 * kRate * 4) {
    bytes = 0;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(lately, ignored)) bytes += entry.file_size(ignored);
  }
  play.signal(SIGKILL);
  play.wait();
  anna.succeed({"take", "capture", "Song", "--track", "Vocal"});
  EXPECT_EQ(session_objects("take").size(), 1U);
}

TEST_F(LatelyTest, NothingIsRememberedUnasked) {
  anna.succeed({"play", "Song"});
  EXPECT_FALSE(std::filesystem::exists(anna.home() / "lately"));
  const Outcome outcome = anna.run({"take", "capture", "Song", "--track", "Vocal"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.err.find("play --remember-input"), std::string::npos) << outcome.err;
  const Outcome wrong = anna.run({"play", "Song", "--remember-input", "2"});
  EXPECT_NE(wrong.err.find("has 1 inputs"), std::string::npos) << wrong.err;
}

}  // namespace
}  // namespace talkback::test
