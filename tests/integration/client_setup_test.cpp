// talkback setup over a virtual sound card, honest and not.
#include "tests/integration/client_fixture.hpp"

namespace talkback::test {
namespace {

struct Card {
  int period = 0;
  int delay = 0;
  int misreport = 0;
  const char* gain = "1";
};

std::string name_of(const ::testing::TestParamInfo<Card>& info) {
  return "Period" + std::to_string(info.param.period) + "Delay" + std::to_string(info.param.delay) +
         (info.param.misreport == 0  ? "Honest"
          : info.param.misreport > 0 ? "ReportsTooMuch"
                                     : "ReportsTooLittle") +
         (info.param.gain[0] == '-' ? "Inverted" : "");
}

class SetupTest : public ClientTest, public ::testing::WithParamInterface<Card> {};

// The promise: right to the frame, whatever the driver says.
TEST_P(SetupTest, TheRoundTripIsMeasuredToTheFrameAndKept) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  const Card& param = GetParam();
  const SoundCard card(folder, param.period, param.delay,
                       {"--misreport", std::to_string(param.misreport), "--loop-gain", param.gain});
  anna.environment.insert(card.environment().begin(), card.environment().end());
  const auto found = anna.ask({"setup", "--yes", "--device", "virtual-card", "--seconds", "0.5"});
  const auto& measured = found["calibration"];
  EXPECT_LE(std::abs(measured["round_trip_frames"].get<int>() - (param.delay + param.period)), 1) << measured;
  EXPECT_EQ(measured["reported_frames"], param.delay + param.period + param.misreport);
  EXPECT_GT(measured["confidence"], 0.9) << measured;
  EXPECT_EQ(measured["confidence_text"], "sure");
  EXPECT_EQ(measured["inverted"], param.gain[0] == '-');
  EXPECT_EQ(measured["stored"], true);
  EXPECT_EQ(found["buffer_frames"], param.period);

  for (const auto& device : anna.ask({"devices"})) {
    EXPECT_EQ(device["chosen"], device["name"] == "virtual-card");
    EXPECT_EQ(device["default"], device["name"] == "virtual-card") << "what was chosen is the default";
    if (device["name"] != "virtual-card") continue;
    ASSERT_EQ(device["calibrations"].size(), 1U);
    EXPECT_EQ(device["calibrations"][0]["round_trip_frames"], measured["round_trip_frames"]);
    EXPECT_EQ(device["calibrations"][0]["buffer_frames"], param.period);
    EXPECT_EQ(device["supported_rates_hz"], nlohmann::json::array({48'000}));
  }
}

INSTANTIATE_TEST_SUITE_P(Cards, SetupTest,
                         ::testing::Values(Card{256, 500, 0}, Card{256, 500, 400}, Card{64, 500, -400},
                                           Card{64, 0, 400}, Card{256, 3'000, -400, "-0.05"}),
                         name_of);

using SetupWithoutLoopTest = ClientTest;

TEST_F(SetupWithoutLoopTest, WithoutALoopThereIsNoFigure) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  const SoundCard card(folder, 256, 500, {"--loop-gain", "0"});
  anna.environment.insert(card.environment().begin(), card.environment().end());
  const Outcome outcome = anna.run({"setup", "--yes", "--device", "virtual-card", "--seconds", "0.5"});
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_NE(outcome.err.find("No round trip was stored"), std::string::npos) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(anna.home() / "devices.json"));

  // The rest of the setup does without.
  const auto found = anna.ask({"setup", "--yes", "--no-loopback", "--device", "virtual-card", "--seconds", "0.5"});
  EXPECT_TRUE(found["calibration"].is_null());
  ASSERT_EQ(found["inputs"].size(), 2U);
  EXPECT_EQ(found["inputs"][0]["verdict"], "silent");
  EXPECT_NE(found["inputs"][0]["advice"].dump().find("is it muted"), std::string::npos);
}

TEST_F(SetupWithoutLoopTest, WhatIsWrongIsSaid) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  const SoundCard card(folder, 256, 500);
  create_song();
  anna.environment.insert(card.environment().begin(), card.environment().end());
  const Outcome unknown = anna.run({"setup", "--yes", "--device", "Scarlett"});
  EXPECT_EQ(unknown.code, 3);
  EXPECT_NE(unknown.err.find("virtual-card"), std::string::npos) << "names what there is: " << unknown.err;
  const Outcome rate = anna.run({"setup", "--yes", "--device", "virtual-card", "--rate", "96000"});
  EXPECT_EQ(rate.code, 4);
  EXPECT_NE(rate.err.find("it runs at 48000"), std::string::npos) << rate.err;
  const Outcome inputs = anna.run({"setup", "--yes", "--device", "virtual-card", "--input", "5"});
  EXPECT_EQ(inputs.code, 4);
  EXPECT_NE(inputs.err.find("has 2 inputs"), std::string::npos) << inputs.err;

  anna.succeed({"edit", "Song", "session.sample_rate_hz=44100"});
  const auto found = anna.ask(
      {"setup", "--yes", "--no-loopback", "--device", "virtual-card", "--seconds", "0.5", "--project", "Song"});
  EXPECT_EQ(found["project_rate_hz"], 44'100);
  EXPECT_NE(found["rate_advice"].get<std::string>().find("start the JACK server with -r 44100"), std::string::npos);
}

TEST_F(SetupWithoutLoopTest, ACardThatGoesAwayEndsTheSetup) {
  if (!SoundCard::is_installed()) GTEST_SKIP() << "jackd is not installed";
  SoundCard card(folder, 256, 500);
  anna.environment.insert(card.environment().begin(), card.environment().end());
  Program setup = anna.start({"setup", "--yes", "--device", "virtual-card", "--seconds", "60"});
  ASSERT_TRUE(setup.says("Listening (silence)", ".err"));
  card.kill_server();
  const Outcome outcome = setup.wait();
  EXPECT_EQ(outcome.code, 9) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(anna.home() / "devices.json"));
}

}  // namespace
}  // namespace talkback::test
