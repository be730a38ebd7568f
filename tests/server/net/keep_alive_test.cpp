#include "server/net/keep_alive.hpp"

#include <gtest/gtest.h>

namespace talkback::net {
namespace {

using namespace std::chrono_literals;
using Step = KeepAlive::Step;

// Looks after the peer as a connection does, and tells when it gave up; it answers while `answers(time)`.
template <class Answers>
std::optional<std::chrono::milliseconds> gives_up_after(Answers answers) {
  const SteadyTime begin{};
  KeepAlive peer(60s, begin);
  for (SteadyTime now = begin + peer.interval(); now < begin + 1h; now += peer.interval()) {
    const Step step = peer.look(now);
    if (step == Step::give_up) return std::chrono::duration_cast<std::chrono::milliseconds>(now - begin);
    if (step == Step::ask && answers(now - begin)) peer.heard(now + 100ms);
  }
  return std::nullopt;
}

TEST(KeepAliveTest, AskedFromHalfTheSilenceOnAndGivenUpAfterAll) {
  const SteadyTime begin{};
  KeepAlive peer(60s, begin);
  EXPECT_EQ(peer.look(begin + 29s), Step::wait);
  EXPECT_EQ(peer.look(begin + 30s), Step::ask);
  EXPECT_EQ(peer.look(begin + 59s), Step::ask);
  EXPECT_EQ(peer.look(begin + 60s), Step::give_up);
  peer.heard(begin + 59s);
  EXPECT_EQ(peer.look(begin + 60s), Step::wait);
}

TEST(KeepAliveTest, WhoAnswersStaysAndWhoVanishesIsNoticedWithinTheSilence) {
  EXPECT_EQ(gives_up_after([](auto) { return true; }), std::nullopt);
  EXPECT_EQ(gives_up_after([](auto) { return false; }), 60s);
  // Gone after ten minutes: the last answer came before.
  const auto noticed = gives_up_after([](auto time) { return time < 10min; });
  ASSERT_TRUE(noticed);
  EXPECT_GT(*noticed, 10min);
  EXPECT_LE(*noticed, 10min + 90s);
}

}  // namespace
}  // namespace talkback::net
