// Patterns and kits on the command line, and what they sound like.
#include "tests/integration/client_fixture.hpp"

namespace talkback::test {
namespace {

class ClientInstrumentsTest : public ClientTest {
 protected:
  // The mix, rendered on the server; the same bytes are rendered here.
  AudioBuffer mix() {
    const auto there = rendered("there", {});
    EXPECT_TRUE(bytes_of(there) == bytes_of(rendered("here", {"--local", "--no-cache"})));
    return read_sound(there);
  }
  static double peak(const AudioBuffer& sound, int from, int to) {
    float peak = 0.0F;
    for (int n = from; n < to; ++n)
      peak = std::max(peak, std::abs(sound.block().channel(0)[static_cast<std::size_t>(n)]));
    return static_cast<double>(peak);
  }
  void expect_error(const std::vector<std::string>& arguments, int code, const std::string& words) {
    const Outcome outcome = anna.run(arguments);
    EXPECT_EQ(outcome.code, code) << ::testing::PrintToString(arguments) << outcome.out << outcome.err;
    EXPECT_NE(outcome.err.find(words), std::string::npos) << outcome.err;
  }
  std::string hit(const std::string& name, float level, int frames = 9'600) {
    return write_wav(name, std::vector<float>(static_cast<std::size_t>(frames), level));
  }

 private:
  std::filesystem::path rendered(const std::string& name, std::vector<std::string> more) {
    const std::filesystem::path out = folder / (name + std::to_string(++renders_));
    std::vector<std::string> words{"render", "mix", "Song", "--format", "wav-float", "--out", out.string()};
    words.insert(words.end(), more.begin(), more.end());
    return std::filesystem::path(anna.ask(words)["artifacts"][0]["file"].get<std::string>());
  }

  int renders_ = 0;
};

TEST_F(ClientInstrumentsTest, APatternIsHeardWhereItStands) {
  create_song();
  anna.succeed({"edit", "Song", "session.tail_s=0"});
  const auto made = anna.ask({"pattern", "Song", "--track", "Drums", "--at", "2", "--bars", "2", "--swing", "60",
                              "kick: x...x...x...x...", "open hat: ..X...X...X...2."});
  EXPECT_EQ(made["steps"], 16);
  EXPECT_EQ(made["hits"], 8);
  const AudioBuffer sound = mix();
  // Bars of two seconds at 120 bpm.
  EXPECT_EQ(sound.frame_count(), 3 * 96'000);
  EXPECT_EQ(peak(sound, 0, 96'000), 0.0);
  for (int beat = 0; beat < 8; ++beat)
    EXPECT_GT(peak(sound, 96'000 + 24'000 * beat, 96'000 + 24'000 * beat + 2'400), 0.1) << beat;
  // A second pattern goes onto the same track.
  anna.succeed({"pattern", "Song", "--track", "Drums", "C#3: x.x."});
  EXPECT_GT(peak(mix(), 0, 2'400), 0.05);
}

TEST_F(ClientInstrumentsTest, APatternSaysWhatIsWrong) {
  create_song();
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
  expect_error({"pattern", "Song", "--track", "Drums", "kikk: x..."}, 4, "\"kikk\" is no drum");
  expect_error({"pattern", "Song", "--track", "Drums", "kick: x..y"}, 4, "\"y\" in the line for kick");
  expect_error({"pattern", "Song", "--track", "Vocal", "kick: x..."}, 4, "\"Vocal\" is no instrument track");
  expect_error({"pattern", "Song", "--track", "Drums", "--swing", "90", "kick: x..."}, 2, "");
  EXPECT_EQ(revision(anna), "1");
}

TEST_F(ClientInstrumentsTest, AKitOfFilesIsPlayed) {
  create_song();
  anna.succeed({"edit", "Song", "session.tail_s=0"});
  const auto made = anna.ask({"kit", "Song", "--track", "Kit", hit("kick.wav", 0.5F), hit("snare vel40.wav", 0.1F),
                              hit("snare vel120.wav", 0.4F), hit("vox.wav", 0.2F)});
  ASSERT_EQ(made["zones"].size(), 4U);
  EXPECT_EQ(made["zones"][0]["root"], 36);
  EXPECT_EQ(made["zones"][0]["drum"], "kick");
  EXPECT_EQ(made["zones"][1]["root"], 37) << "the one without a name of a drum";
  EXPECT_EQ(made["zones"][2]["high_velocity"], 80);
  EXPECT_EQ(made["zones"][3]["low_velocity"], 81);
  anna.succeed({"edit", "Song", "Kit.sampler.velocity_percent=0"});
  anna.succeed({"pattern", "Song", "--track", "Kit", "kick: x.......", "snare: ..o.X..."});
  const AudioBuffer sound = mix();
  // A mono sound is spread at -3 dB.
  EXPECT_NEAR(peak(sound, 0, 6'000), 0.5 * std::sqrt(0.5), 0.01);
  EXPECT_NEAR(peak(sound, 12'000, 18'000), 0.1 * std::sqrt(0.5), 0.01);
  EXPECT_NEAR(peak(sound, 24'000, 30'000), 0.4 * std::sqrt(0.5), 0.01);
}

TEST_F(ClientInstrumentsTest, AKitShowsItsTable) {
  create_song();
  std::filesystem::create_directories(folder / "piano");
  for (const char* name : {"piano/Piano C2.wav", "piano/Piano C3.wav"}) hit(name, 0.1F);
  folder.write("piano/readme.txt", "no sound");
  const Outcome outcome = anna.succeed({"kit", "Song", "--track", "Piano", (folder / "piano").string()});
  for (const char* words : {"Piano C2.wav", "C2 (48)", "C-2 to F#2", "G2 to G8", "1 to 127"})
    EXPECT_NE(outcome.out.find(words), std::string::npos) << words << "\n" << outcome.out;
  // Files that the project has are not doubled.
  anna.succeed({"kit", "Song", "--track", "Piano", "--replace", (folder / "piano").string()});
  anna.succeed({"session", "show", "Song", "--fields"});
}

TEST_F(ClientInstrumentsTest, AKitSaysWhatIsWrong) {
  create_song();
  const std::string kick = hit("kick.wav", 0.5F);
  anna.succeed({"edit", "Song", "+session.track name=Keys kind=instrument", "+Keys.synth",
                "+session.track name=Vocal kind=audio"});
  expect_error({"kit", "Song", "--track", "Keys", kick}, 5, "has another instrument");
  expect_error({"kit", "Song", "--track", "Vocal", kick}, 4, "\"Vocal\" is no instrument track");
  expect_error({"kit", "Song", "--track", "Kit", (folder / "missing.wav").string()}, 3, "missing.wav");
  expect_error({"kit", "Song", "--track", "Kit", kick, folder.write("text.wav", "no sound").string()}, 8, "text.wav");
  expect_error({"kit", "Song", "--track", "Kit", folder.write("a.mid", "MThd").string()}, 4,
               "a kit is made of audio files");
  EXPECT_EQ(revision(anna), "1");
  anna.succeed({"kit", "Song", "--track", "Kit", kick});
  expect_error({"kit", "Song", "--track", "Kit", kick}, 5, "--replace");
}

}  // namespace
}  // namespace talkback::test
