// The server and a member's machine make the same bytes; what a master promises is measured on the file.
#include <map>

#include "engine/analysis/measure_file.hpp"
#include "tests/integration/client_fixture.hpp"

namespace talkback::test {
namespace {

using std::string_literals::operator""s;

// Two parts of a few notes, 96 units a quarter.
std::string small_score() {
  const auto chunk = [](const std::string& type, const std::string& body) {
    std::string bytes = type;
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>((body.size() >> shift) & 0xFFU));
    return bytes + body;
  };
  const std::string end = "\x00\xFF\x2F\x00"s;
  const std::string keys = "\x00\xC0\x05\x00\x90\x3C\x64\x60\x80\x3C\x40\x00\x90\x40\x64\x60\x80\x40\x40"s + end;
  const std::string drums = "\x00\x99\x24\x64\x30\x89\x24\x40\x00\x99\x26\x64\x30\x89\x26\x40"s + end;
  return chunk("MThd", "\x00\x01\x00\x02\x00\x60"s) + chunk("MTrk", keys) + chunk("MTrk", drums);
}

class ClientRenderTest : public ClientTest {
 protected:
  // Effects, a send, automation and instruments, six seconds.
  void make_song() {
    create_song();
    std::vector<float> vocal = noise(240'000);
    std::vector<float> bass;
    for (int f = 0; f < 288'000; ++f) bass.push_back(0.3F * std::sin(static_cast<float>(f % 480) * 0.0130899694F));
    anna.succeed({"import", "Song", write_wav("Vocal.wav", vocal), write_wav("Bass.wav", bass),
                  folder.write("score.mid", small_score()).string()});
    anna.succeed({"edit", "Song", "session.tail_s=1", "Vocal.fader_db=-6", "Vocal.pan=0.3",
                  "+Vocal.compressor threshold_db=-20 ratio=4", "+session.track name=Hall kind=bus",
                  "+Hall.reverb mix=100 decay=1.2", "+Vocal.send target=Hall level=-12",
                  "+Bass.send target=Hall level=-18", "+Bass.automation_lane field=fader_db",
                  "+Bass.automation_lane[1].breakpoint position=1 value=-12",
                  "+Bass.automation_lane[1].breakpoint position=3 value=0"});
  }
  // Name and bytes of each file.
  std::map<std::string, std::string> render(const std::string& kind, std::vector<std::string> more = {}) {
    const std::filesystem::path out = folder / ("out" + std::to_string(++renders_));
    std::vector<std::string> words{"render", kind, "Song", "--out", out.string()};
    words.insert(words.end(), more.begin(), more.end());
    const auto rendered = anna.ask(words);
    std::map<std::string, std::string> files;
    for (const auto& artifact : rendered["artifacts"])
      files[artifact["name"]] = bytes_of(artifact["file"].get<std::string>());
    EXPECT_FALSE(files.empty());
    last_out_ = out;
    return files;
  }

  std::filesystem::path last_out_;

 private:
  int renders_ = 0;
};

TEST_F(ClientRenderTest, ServerAndMemberMakeTheSameBytes) {
  make_song();
  for (const char* kind : {"mix", "master", "stems"}) {
    const auto there = render(kind);
    const auto here = render(kind, {"--local", "--no-cache", "--threads", "1"});
    EXPECT_TRUE(there == here) << kind;
    EXPECT_TRUE(here == render(kind, {"--local", "--no-cache", "--threads", "2"})) << kind << ", threads";
  }
}

TEST_F(ClientRenderTest, ASessionFileNeedsNoServer) {
  create_song();
  anna.succeed({"import", "Song", write_wav("Vocal.wav", noise(100'000))});
  anna.succeed({"edit", "Song", "+Vocal.reverb mix=40"});
  const auto there = render("mix");
  const std::filesystem::path file = folder.write("song.json", anna.ask({"session", "show", "Song"}).dump());
  server.reset();
  const std::filesystem::path out = folder / "from-file";
  bert.succeed({"render", "mix", file.string(), "--local", "--media", folder.path().string(), "--out", out.string()});
  EXPECT_EQ(bytes_of(out / "mix.wav"), there.at("mix.wav"));

  std::filesystem::create_directories(folder / "empty");
  Member carla{folder, "carla"};
  const std::vector<std::string> without_media = {"render",  "mix",     file.string(),
                                                  "--local", "--media", (folder / "empty").string()};
  EXPECT_NE(carla.run(without_media).err.find("Vocal"), std::string::npos);
  const std::string broken = folder.write("broken.json", "{\"objects\": 3}").string();
  EXPECT_NE(carla.run({"render", "mix", broken, "--local"}).err.find("no session file"), std::string::npos);
}

TEST_F(ClientRenderTest, StemsSumToTheMix) {
  make_song();
  const auto mix_files = render("mix", {"--local", "--format", "wav-float"});
  const AudioBuffer mix = read_sound(last_out_ / mix_files.begin()->first);
  const auto stems = render("stems", {"--local", "--format", "wav-float"});
  ASSERT_GE(stems.size(), 4U);
  std::vector<double> rest;
  double loudest = 0.0;
  for (int c = 0; c < 2; ++c)
    for (const float sample : mix.block().channel(c)) {
      rest.push_back(static_cast<double>(sample));
      loudest = std::max(loudest, std::abs(static_cast<double>(sample)));
    }
  for (const auto& [name, bytes] : stems) {
    const AudioBuffer stem = read_sound(last_out_ / name);
    ASSERT_EQ(stem.frame_count(), mix.frame_count()) << name;
    std::size_t at = 0;
    for (int c = 0; c < 2; ++c)
      for (const float sample : stem.block().channel(c)) rest[at++] -= static_cast<double>(sample);
  }
  EXPECT_GT(loudest, 0.1);
  double greatest = 0.0;
  for (const double sample : rest) greatest = std::max(greatest, std::abs(sample));
  EXPECT_LE(greatest, 1e-6) << "-120 dBFS";
}

TEST_F(ClientRenderTest, AMasterMeetsItsTargetOnTheFile) {
  make_song();
  const auto files = render("master", {"--local"});
  const auto measured = analysis::measure_file(last_out_ / files.begin()->first);
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_NEAR(measured->loudness.integrated_lufs.value_or(0.0), -14.0, 0.2);
  EXPECT_LE(measured->loudness.true_peak_dbtp.value_or(9.0), -1.0);
  EXPECT_EQ(measured->not_finite, 0);
}

// After an edit most of a render comes from the cache, with the bytes of one from nothing; the reasons are told.
TEST_F(ClientRenderTest, ARenderAfterAnEditComputesWhatTheEditReaches) {
  make_song();
  for (const char* where : {"there", "here"}) {
    const std::vector<std::string> place =
        where == std::string("here") ? std::vector<std::string>{"--local"} : std::vector<std::string>{};
    render("mix", place);
    const std::filesystem::path out = folder / "explained";
    std::vector<std::string> words{"render", "mix", "Song", "--out", out.string()};
    words.insert(words.end(), place.begin(), place.end());
    EXPECT_EQ(anna.ask(words)["effort"]["segments_computed"], 0) << where;
    anna.succeed({"edit", "Song", where == std::string("here") ? "Vocal.fader_db=-7" : "Vocal.fader_db=-8"});
    words.push_back("--explain");
    const auto rendered = anna.ask(words);
    const auto& effort = rendered["effort"];
    EXPECT_GT(effort["segments"], effort["segments_computed"]) << where;
    bool is_named = false;
    for (const auto& step : effort["steps"])
      is_named = is_named || (step["track"] == "Vocal" && step["what"] == "fader" &&
                              step["reason"] == "its settings or clips changed");
    EXPECT_TRUE(is_named) << rendered.dump(2);
    const auto whole = render("mix", {"--local", "--no-cache"});
    EXPECT_EQ(bytes_of(rendered["artifacts"][0]["file"].get<std::string>()), whole.begin()->second) << where;
  }
}

}  // namespace
}  // namespace talkback::test
