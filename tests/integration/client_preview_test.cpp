// A take over a line that is too slow for it: others hear a preview of it at once, and the take itself without a gap as
// soon as it is there.
#include <signal.h>

#include <fstream>
#include <numbers>

#include "tests/integration/client_fixture.hpp"
#include "tests/support/flaky_line.hpp"

namespace talkback::test {
namespace {

constexpr int kRate = 48'000;
constexpr int kSeconds = 8;
constexpr std::int64_t kSlow = 60'000;  // bytes a second: half of what the take needs

// A melody with a little noise, in 24-bit integers, as a sound card gives them.
std::vector<float> melody(int frames) {
  std::vector<float> samples;
  std::mt19937 random(4);
  for (int f = 0; f < frames; ++f) {
    const double t = static_cast<double>(f) / kRate;
    const double note_hz = 220.0 * std::exp2(static_cast<double>((f / 12'000) % 12) / 12.0);
    double sample = 0.3 * std::sin(2.0 * std::numbers::pi * note_hz * t);
    sample += 0.01 * (static_cast<double>(random() % 65'536) / 32'768.0 - 1.0);
    samples.push_back(as_24_bits(sample));
  }
  return samples;
}

std::vector<float> left_of(const std::filesystem::path& file) {
  const std::string bytes = bytes_of(file);
  std::vector<float> samples(bytes.size() / (2 * sizeof(float)));
  for (std::size_t f = 0; f < samples.size(); ++f)
    std::memcpy(&samples[f], bytes.data() + f * 2 * sizeof(float), sizeof(float));
  return samples;
}

class PreviewTest : public ClientTest {
 protected:
  void SetUp() override {
    create_song();
    anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
    add_bert("producer");
    sound = melody(kSeconds * kRate + 10'000);
    anna.environment["TALKBACK_FILE_DEVICE"] =
        "channels=1,speed=4,block=256,latency=700,input=" + write_wav("input.wav", sound);
    anna.sign_in(line.port());
    line.limit(kSlow);
  }

  std::vector<std::string> record() {
    return {"record", "Song", "--track", "Vocal", "--for", std::to_string(kSeconds), "--json"};
  }
  std::filesystem::path takes() { return anna.home() / "takes"; }

  FlakyLine line{server->port()};
  std::vector<float> sound;
};

TEST_F(PreviewTest, OthersHearItBeforeItIsThereAndThenItselfWithoutAGap) {
  Program recording = anna.start(record());
  ASSERT_TRUE(recording.says("others hear a preview already", ".err"));
  // Bert listens with the take not there.
  const std::filesystem::path played = folder / "played.raw";
  bert.environment["TALKBACK_FILE_DEVICE"] = "speed=1,block=256,played=" + played.string();
  Program listening = bert.start({"play", "Song"});
  ASSERT_TRUE(listening.says("is heard as a preview", ".err"));
  line.limit(0);
  ASSERT_TRUE(listening.says("heard as they are", ".err"));
  const Outcome recorded = recording.wait();
  ASSERT_EQ(recorded.code, 0) << recorded.err;
  EXPECT_EQ(recorded.json()["heard_first_as_preview"], true);
  EXPECT_LT(recorded.json()["heard_after_ms"], recorded.json()["safe_after_ms"]);
  EXPECT_TRUE(std::filesystem::is_empty(takes()));
  ASSERT_EQ(listening.wait().code, 0);
  // What bert heard, against what anna sang: first about that, at the end exactly that, in between never nothing.
  const std::vector<float> heard = left_of(played);
  ASSERT_GE(heard.size(), static_cast<std::size_t>(kSeconds) * kRate);
  constexpr std::size_t kWindow = 960;
  const std::size_t windows = static_cast<std::size_t>(kSeconds) * kRate / kWindow;
  const float gain = heard[kWindow * (windows - 1) + 7] / sound[kWindow * (windows - 1) + 7 + 700];
  EXPECT_NEAR(gain, std::numbers::sqrt2 / 2.0, 0.01) << "in the middle of two sides";
  std::size_t exact = 0;
  for (std::size_t w = 0; w < windows; ++w) {
    double difference = 0.0;
    double level = 0.0;
    for (std::size_t f = w * kWindow; f < (w + 1) * kWindow; ++f) {
      const auto sung = static_cast<double>(gain * sound[f + 700]);
      difference += std::pow(static_cast<double>(heard[f]) - sung, 2.0);
      level += sung * sung;
    }
    EXPECT_LT(difference, 0.1 * level) << "at " << static_cast<double>(w) * 0.02 << " s";
    exact = difference < 1e-10 * level ? exact + 1 : 0;
  }
  EXPECT_GE(exact, 10U) << "at the end it is the take itself";
  EXPECT_LT(exact, windows) << "at the beginning it was not";
}

TEST_F(PreviewTest, WhatWasPlacedByItsPreviewIsFinishedByRecover) {
  Program recording = anna.start(record());
  ASSERT_TRUE(recording.says("others hear a preview already", ".err"));
  recording.signal(SIGKILL);
  recording.wait();
  const auto source = session_objects("source").at(0);
  const std::string sha = source["blob_sha256"];
  EXPECT_FALSE(std::filesystem::exists(data / "blobs" / sha.substr(0, 2) / sha));
  EXPECT_FALSE(source["preview_sha256"].get<std::string>().empty());
  EXPECT_EQ(session_objects("take").size(), 1U);
  line.limit(0);
  anna.succeed({"recover"});
  EXPECT_EQ(session_objects("take").size(), 1U) << "it was there already";
  const AudioBuffer stored = read_sound(data / "blobs" / sha.substr(0, 2) / sha);
  const auto samples = stored.block().channel(0);
  ASSERT_GE(samples.size(), static_cast<std::size_t>(kSeconds) * kRate);
  for (std::size_t f = 0; f < samples.size(); ++f) ASSERT_EQ(samples[f], f < sound.size() ? sound[f] : 0.0F) << f;
  EXPECT_TRUE(std::filesystem::is_empty(takes()));
}

TEST_F(PreviewTest, WhoWantsToRenderItIsToldThatItIsOnItsWay) {
  Program recording = anna.start(record());
  ASSERT_TRUE(recording.says("others hear a preview already", ".err"));
  const Outcome rendered = bert.run({"render", "master", "Song", "--local", "--out", (folder / "out").string()});
  EXPECT_NE(rendered.code, 0);
  EXPECT_NE(rendered.err.find("not on the server yet"), std::string::npos) << rendered.err;
  line.limit(0);
  EXPECT_EQ(recording.wait().code, 0);
}

}  // namespace
}  // namespace talkback::test
