// Playing over a virtual sound card, and what can be measured without one.
#include <cmath>
#include <numbers>

#include "tests/integration/client_fixture.hpp"

namespace talkback::test {
namespace {

class ClientPlayTest : public ClientTest {
 protected:
  static std::vector<float> tone(double hz, double level, int frames) {
    std::vector<float> samples;
    for (int f = 0; f < frames; ++f)
      samples.push_back(static_cast<float>(level * std::sin(2.0 * std::numbers::pi * hz * f / 48'000.0)));
    return samples;
  }
  // A tone of -12 dBFS for four seconds, two bars.
  void make_song() {
    create_song();
    anna.succeed({"import", "Song", write_wav("Tone.wav", tone(997.0, 0.251189, 192'000))});
    anna.succeed({"edit", "Song", "session.tail_s=0", "Tone.pan=-1",
                  "+Tone.compressor threshold_db=-30 ratio=4 knee_db=0 attack_ms=1"});
  }
};

TEST_F(ClientPlayTest, PlaysOnACardWhileOthersEdit) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  const SoundCard card(folder, 256, 0);
  make_song();
  add_bert("producer");
  anna.environment.insert(card.environment().begin(), card.environment().end());
  Program playing = anna.start({"--json", "play", "Song", "--device", "virtual-card"});
  ASSERT_TRUE(playing.says("Playing bar 1", ".err"));
  bert.succeed({"edit", "Song", "Tone.fader_db=-6"});
  bert.succeed({"edit", "Song", "+Tone.limiter ceiling_dbtp=-3"});
  const Outcome outcome = playing.wait();
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto played = outcome.json();
  EXPECT_GE(played["seconds"], 4.0);
  EXPECT_EQ(played["late_frames"], 0);
  EXPECT_GT(played["load"], 0.0);
  EXPECT_EQ(outcome.err.find("not heard"), std::string::npos) << outcome.err;
}

TEST_F(ClientPlayTest, PlaysARangeFromWhatIsMadeAhead) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  const SoundCard card(folder, 64, 0);
  make_song();
  anna.environment.insert(card.environment().begin(), card.environment().end());
  for (const char* way : {"--read-ahead", ""}) {
    std::vector<std::string> words{"play", "Song", "--device", "virtual-card", "--from", "2", "--to", "3"};
    if (*way != '\0') words.emplace_back(way);
    const auto played = anna.ask(words);
    EXPECT_GE(played["seconds"], 2.0) << way;
    EXPECT_LT(played["seconds"], 3.5) << way;
  }
}

TEST_F(ClientPlayTest, MetersTellWhatTheSongMeasures) {
  make_song();
  const auto measured = anna.ask({"meters", "Song"})["tracks"];
  ASSERT_EQ(measured.size(), 2U) << measured.dump(2);
  // 18 dB above the threshold at 4:1 leave -25.5 dBFS, on the left alone.
  const auto& tone = measured[0];
  EXPECT_EQ(tone["track"], "Tone");
  EXPECT_NEAR(tone["inserts"][0]["gain_reduction_db_max"].get<double>(), 13.5, 0.2);
  EXPECT_EQ(tone["inserts"][0]["effect"], "compressor");
  EXPECT_TRUE(tone["peak_right_dbfs"].is_null() || tone["peak_right_dbfs"] < -140.0);
  EXPECT_EQ(tone["clips"], 0);
  const auto later = anna.ask({"meters", "Song", "--track", "Tone", "--from", "2"})["tracks"];
  ASSERT_EQ(later.size(), 1U);
  // One channel at -25.5 dBFS reads 3 dB less.
  EXPECT_NEAR(later[0]["integrated_lufs"].get<double>(), -28.5, 0.3);
  EXPECT_NEAR(later[0]["rms_dbfs"].get<double>(), -28.5, 0.3);
  EXPECT_EQ(anna.run({"meters", "Song", "--track", "Flute"}).code, 3);
  EXPECT_EQ(anna.run({"meters", "Song", "--from", "3", "--to", "2"}).code, 4);
  EXPECT_NE(anna.succeed({"meters", "Song"}).out.find("LUFS-I"), std::string::npos);
}

TEST_F(ClientPlayTest, TunesAFile) {
  std::vector<float> notes = tone(442.0, 0.3, 48'000);
  const std::vector<float> rest(24'000, 0.0F);
  const std::vector<float> low = tone(82.41, 0.3, 48'000);
  notes.insert(notes.end(), rest.begin(), rest.end());
  notes.insert(notes.end(), low.begin(), low.end());
  const std::string file = write_wav("notes.wav", notes);
  const auto heard = anna.ask({"tune", "--file", file})["notes"];
  ASSERT_EQ(heard.size(), 2U) << heard.dump(2);
  EXPECT_EQ(heard[0]["note"], "A4");
  EXPECT_NEAR(heard[0]["cents"].get<double>(), 7.85, 1.0);
  EXPECT_EQ(heard[1]["note"], "E2");
  EXPECT_NEAR(heard[1]["cents"].get<double>(), 0.0, 1.0);
  EXPECT_NEAR(anna.ask({"tune", "--file", file, "--reference", "442"})["notes"][0]["cents"].get<double>(), 0.0, 1.0);
  EXPECT_EQ(anna.run({"tune", "--file", file, "--reference", "300"}).code, 2);
  EXPECT_EQ(anna.run({"tune", "--file", (folder / "none.wav").string()}).code, 3);
}

}  // namespace
}  // namespace talkback::test
