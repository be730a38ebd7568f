// What needs no port: the queue, the choice of a port, the clock of arrivals.
#include "client/device/midi_device.hpp"

#include <gtest/gtest.h>

#include <random>

#include "client/device/arrival_clock.hpp"
#include "client/device/midi_queue.hpp"

namespace talkback::device {
namespace {

TEST(MidiQueueTest, MessagesOfAnyLengthKeepTheirOrder) {
  auto queue = std::make_unique<MidiQueue>();
  std::vector<MidiArrival> sent;
  for (const std::size_t size : {3U, 2U, 13U, 14U, 300U, 8'192U}) {
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t n = 0; n < size; ++n) bytes[n] = static_cast<std::uint8_t>(n);
    queue->push(bytes, static_cast<std::int64_t>(size));
    sent.push_back({static_cast<std::int64_t>(size), bytes, false});
  }
  queue->push_loss(99);
  sent.push_back({99, {}, true});
  for (const MidiArrival& expected : sent) EXPECT_EQ(queue->pop(), expected);
  EXPECT_EQ(queue->pop(), std::nullopt);
  EXPECT_EQ(queue->lost(), 0);
}

// A full queue loses whole messages, and counts them.
TEST(MidiQueueTest, AFullQueueLosesWholeMessages) {
  auto queue = std::make_unique<MidiQueue>();
  const std::vector<std::uint8_t> bytes(100, 7);
  int sent = 0;
  while (queue->lost() == 0) {
    queue->push(bytes, sent++);
    ASSERT_LT(sent, 1'000'000);
  }
  queue->push(bytes, -1);
  int received = 0;
  while (const auto arrival = queue->pop()) {
    EXPECT_EQ(arrival->time, received++);
    EXPECT_EQ(arrival->bytes, bytes);
  }
  EXPECT_EQ(received, sent - 1);
  queue->push({bytes.data(), 3}, 5);
  EXPECT_EQ(queue->pop()->bytes.size(), 3U);
}

const std::vector<MidiPort> kPorts{
    {1, "Keystation:out", "JACK", true}, {2, "Organ:out", "JACK", false}, {3, "Organ pedals", "ALSA", false}};

std::string chosen(const std::string& wanted, const std::vector<MidiPort>& ports = kPorts) {
  const auto port = choose_port(ports, wanted, {"no JACK server is running"});
  return port ? port->name : port.error().message;
}

TEST(ChoosePortTest, ByNameNumberAndPart) {
  EXPECT_EQ(chosen("Organ:out"), "Organ:out");
  EXPECT_EQ(chosen("3"), "Organ pedals");
  EXPECT_EQ(chosen("pedals"), "Organ pedals");
}

TEST(ChoosePortTest, WithoutANameTheOnlyHardware) {
  EXPECT_EQ(chosen(""), "Keystation:out");
  EXPECT_EQ(chosen("", {kPorts[1]}), "Organ:out");
}

TEST(ChoosePortTest, SaysWhatThereIsAndWhatIsMissing) {
  EXPECT_NE(chosen("Organ").find("Organ:out, Organ pedals"), std::string::npos);
  EXPECT_NE(chosen("Flute").find("Keystation:out, Organ:out, Organ pedals"), std::string::npos);
  EXPECT_NE(chosen("", {kPorts[1], kPorts[2]}).find("--input"), std::string::npos);
  EXPECT_NE(chosen("", {}).find("no JACK server is running"), std::string::npos);
}

// Handed over up to 8 ms late, on clocks that drift by 50 ppm: after a second, times are right to 0.2 ms.
TEST(ArrivalClockTest, FindsTheTimesOfEventsThatAreHandedOverLate) {
  std::mt19937 random(1);
  ArrivalClock clock;
  double worst_ms = 0.0;
  for (int n = 0; n < 3'000; ++n) {
    const std::int64_t played = 5'000'000'000 + n * std::int64_t{20'000'000};
    const auto stamp = static_cast<std::int64_t>(static_cast<double>(played - 5'000'000'000) * 1.00005);
    const std::int64_t late = random() % 3 == 0 ? 20'000 : static_cast<std::int64_t>(random() % 8'000'000);
    const double error_ms = static_cast<double>(clock.time_of(stamp, played + late) - played) * 1e-6;
    if (n > 50) worst_ms = std::max(worst_ms, std::abs(error_ms));
  }
  EXPECT_LT(worst_ms, 0.2);
}

// Neither a server nor a sequencer: a sentence each, and no crash.
TEST(MidiDevicesTest, AMachineWithoutMidiSaysSo) {
  ASSERT_EQ(::setenv("JACK_DEFAULT_SERVER", "talkback-no-such-server", 1), 0);
  const auto midi = open_midi();
  if (midi->list().empty()) {
    EXPECT_EQ(midi->hindrances().size(), 2U);
    struct NoSink final : MidiSink {
      void receive(std::span<const std::uint8_t>, std::int64_t) noexcept override {}
      void lose(std::int64_t) noexcept override {}
    } sink;
    const auto input = midi->open({}, sink);
    ASSERT_FALSE(input);
    EXPECT_EQ(input.error().code, ErrorCode::not_found);
    EXPECT_NE(input.error().message.find("JACK"), std::string::npos) << input.error().message;
  }
}

}  // namespace
}  // namespace talkback::device
