// Takes over a virtual sound card: what was played comes back and must lie where it was played.
#include <signal.h>

#include <thread>

#include "tests/integration/client_fixture.hpp"
#include "tests/support/flaky_line.hpp"

namespace talkback::test {
namespace {

struct Card {
  int period = 0;
  int delay = 0;
  int count_in = 0;
};

std::string name_of(const ::testing::TestParamInfo<Card>& info) {
  return "Period" + std::to_string(info.param.period) + "Delay" + std::to_string(info.param.delay) +
         (info.param.count_in > 0 ? "CountIn" : "");
}

class RecordTest : public ClientTest, public ::testing::WithParamInterface<Card> {};

// The shift of `take` against `played` with the greatest correlation, and how alike they are there (1: the same form).
struct Match {
  int shift = 0;
  double likeness = -1.0;
};
Match match(std::span<const float> played, std::span<const float> take, int frames) {
  constexpr int kFrom = 4'000;
  constexpr int kShiftMax = 2'000;
  Match best;
  for (int shift = -kShiftMax; shift <= kShiftMax; ++shift) {
    double both = 0.0;
    double one = 0.0;
    double other = 0.0;
    for (int f = kFrom; f < frames; ++f) {
      const double a = static_cast<double>(played[static_cast<std::size_t>(f)]);
      const double b = static_cast<double>(take[static_cast<std::size_t>(f + shift)]);
      both += a * b;
      one += a * a;
      other += b * b;
    }
    const double likeness = both / std::sqrt(std::max(one * other, 1e-30));
    if (likeness > best.likeness) best = {shift, likeness};
  }
  return best;
}

TEST_P(RecordTest, ATakeLiesWhereItWasPlayed) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  const Card& param = GetParam();
  const SoundCard card(folder, param.period, param.delay);
  create_song();
  anna.environment.insert(card.environment().begin(), card.environment().end());
  const std::vector<float> played = noise(72'000);
  anna.succeed({"import", "Song", write_wav("played.wav", played)});
  anna.succeed({"edit", "Song", "+session.track name=Echo kind=audio", "session.tail_s=0"});
  const auto recorded = anna.ask({"record", "Song", "--track", "Echo", "--for", "1", "--device", "virtual-card",
                                  "--count-in", std::to_string(param.count_in)});
  EXPECT_EQ(recorded["lost_frames"], 0);
  EXPECT_EQ(recorded["latency_frames"], param.delay + param.period);

  anna.succeed({"edit", "Song", "Echo.solo=on"});
  const auto rendered = anna.ask({"render", "mix", "Song", "--local", "--out", (folder / "out").string()});
  const AudioBuffer sound = read_sound(rendered["artifacts"][0]["file"].get<std::string>());
  ASSERT_GE(sound.frame_count(), 48'000);
  const Match found = match(played, sound.block().channel(0), 12'000);
  EXPECT_LE(std::abs(found.shift), 1);
  EXPECT_GT(found.likeness, 0.9999);
  const Match later = match(std::span(played).subspan(30'000), sound.block().channel(0).subspan(30'000), 12'000);
  EXPECT_EQ(later.shift, found.shift) << "nothing is missing in between";
}

using RecordBreakTest = ClientTest;

// A driver that is off by 400 frames, either way: what setup measured places the take.
TEST_F(RecordBreakTest, ADriverThatIsWrongIsCorrectedByWhatSetupMeasured) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  for (const char* wrong : {"400", "-400"}) {
    const SoundCard card(folder, 256, 500, {std::string("--misreport=") + wrong});
    anna.environment.insert(card.environment().begin(), card.environment().end());
    anna.sign_in(server->port());
    const std::string song = std::string("Song") + wrong;
    anna.succeed({"project", "create", song});
    const std::vector<float> played = noise(48'000);
    anna.succeed({"import", song, write_wav("played.wav", played)});
    anna.succeed({"edit", song, "+session.track name=Echo kind=audio", "session.tail_s=0"});
    anna.succeed({"setup", "--yes", "--device", "virtual-card", "--seconds", "0.5"});
    const auto recorded = anna.ask({"record", song, "--track", "Echo", "--for", "0.5"});
    EXPECT_EQ(recorded["latency_measured"], true);
    EXPECT_EQ(recorded["latency_frames"], 756);
    anna.succeed({"edit", song, "Echo.solo=on"});
    const auto rendered = anna.ask({"render", "mix", song, "--local", "--out", (folder / song).string()});
    const AudioBuffer sound = read_sound(rendered["artifacts"][0]["file"].get<std::string>());
    const Match found = match(played, sound.block().channel(0), 12'000);
    EXPECT_LE(std::abs(found.shift), 1) << wrong;
    EXPECT_GT(found.likeness, 0.9999);
  }
}

TEST_F(RecordBreakTest, AServerThatRestartsDuringATakeStillGetsIt) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  const SoundCard card(folder, 256, 500);
  FlakyLine line(server->port());
  anna.sign_in(line.port());
  anna.succeed({"project", "create", "Song"});
  anna.environment.insert(card.environment().begin(), card.environment().end());
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
  Program recording = anna.start({"record", "Song", "--track", "Vocal", "--for", "2", "--device", "virtual-card"});
  ASSERT_TRUE(recording.says("Recording on", ".err"));
  server->kill();
  server.emplace(data);
  line.lead_to(server->port());
  const Outcome outcome = recording.wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(revision(anna), "2");
}

// What a JACK server leaves in shared memory when it is killed must not stand in the way of the next.
TEST_F(RecordBreakTest, ACardStartsAfterTheServerWasKilled) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  { const Program killed = SoundCard::start_server(folder, 64); }
  const SoundCard card(folder, 64, 0);
  anna.environment.insert(card.environment().begin(), card.environment().end());
  EXPECT_NE(anna.ask({"devices"}).dump().find("virtual-card"), std::string::npos);
}

// Ctrl+C ends a take in order: it is stored like any other.
TEST_F(RecordBreakTest, ATakeEndedByHandIsStored) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  const SoundCard card(folder, 64, 0);
  create_song();
  anna.environment.insert(card.environment().begin(), card.environment().end());
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
  Program recording = anna.start({"record", "Song", "--track", "Vocal", "--device", "virtual-card", "--channels", "2"});
  ASSERT_TRUE(recording.says("Recording on", ".err"));
  // Until something is on the disk.
  const auto takes = anna.home() / "takes";
  const auto is_running = [&] {
    for (const auto& entry : std::filesystem::directory_iterator(takes))
      if (entry.path().extension() == ".wav") return entry.file_size() > 200'000;
    return false;
  };
  while (!is_running()) std::this_thread::yield();
  recording.signal(SIGINT);
  const Outcome outcome = recording.wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(revision(anna), "2");
  EXPECT_TRUE(std::filesystem::is_empty(takes)) << "the take is on the server";
}

INSTANTIATE_TEST_SUITE_P(Cards, RecordTest,
                         ::testing::Values(Card{256, 500, 0}, Card{256, 0, 0}, Card{64, 500, 0}, Card{64, 0, 0},
                                           Card{256, 500, 1}),
                         name_of);

}  // namespace
}  // namespace talkback::test
