// Takes over a virtual sound card: what was played comes back and must lie where it was played.
#include "tests/integration/client_fixture.hpp"

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

INSTANTIATE_TEST_SUITE_P(Cards, RecordTest,
                         ::testing::Values(Card{256, 500, 0}, Card{256, 0, 0}, Card{64, 500, 0}, Card{64, 0, 0},
                                           Card{256, 500, 1}),
                         name_of);

}  // namespace
}  // namespace talkback::test
