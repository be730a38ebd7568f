#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "tests/bench/room_load/room_rows.hpp"
#include "tests/bench/room_load/room_work.hpp"
#include "tests/bench/room_load/room_world.hpp"

namespace talkback::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMembers = 50;
constexpr std::size_t kEditors = 4;
constexpr int kEditsPerSecond = 400;  // of all editors

double percentile(std::vector<double>& values, double part) {
  const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

// The two kinds take turns in rounds this short, so that what the machine does meanwhile meets both alike.
constexpr int kRoundSeconds = 2;
// Sent before a round counts: members have just joined, and the seeding of the session has left the disk work to do.
constexpr std::uint64_t kWarmUpEdits = 2 * kEditsPerSecond;

// Milliseconds from an edit's sending to its receipt, of each edit and each member that is not its author.
std::vector<double> delays_of_round(World& world, bool with_stuck_reader) {
  const std::string project = world.create_project(World::Content::seeded);
  Crowd crowd;
  world.join(crowd, project, kMembers);
  if (with_stuck_reader) {
    // Its buffers are as small as they can be, so that it is stuck from the snapshot on.
    auto stuck = world.connect(project, 2048);
    stuck->send(hello_message());
    (void)stuck->flush();
    crowd.abandon(crowd.add(std::move(stuck)));
  }
  const auto edits = kWarmUpEdits + std::uint64_t{kRoundSeconds} * kEditsPerSecond;
  const std::uint64_t head = crowd.members().front()->received().welcome_head;
  std::vector<std::string> messages;
  for (std::uint64_t i = 0; i < edits; ++i) messages.push_back(submit_message(Mix::both, i, head));
  std::vector<SteadyClock::time_point> sent(edits);
  std::vector<double> delays_ms;
  delays_ms.reserve(edits * kMembers);
  std::uint64_t received = 0;
  for (std::size_t member = 0; member < kMembers; ++member)
    crowd.members()[member]->on_edit = [&, member](std::string_view id) {
      const std::uint64_t number = number_of(id);
      if (number % kEditors == member) return;  // its own
      ++received;
      if (number < kWarmUpEdits) return;
      delays_ms.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - sent[number]).count());
    };
  std::uint64_t next = 0;
  crowd.run_until([&] { return received == edits * (kMembers - 1); }, std::chrono::seconds(kRoundSeconds + 30),
                  std::chrono::microseconds(1'000'000 / kEditsPerSecond),
                  [&] {
                    if (next == edits) return;
                    RoomSocket& editor = *crowd.members()[next % kEditors];
                    editor.send(messages[next]);
                    sent[next++] = SteadyClock::now();
                    (void)editor.flush();
                  });
  return delays_ms;
}

}  // namespace

void measure_latency(int seconds) {
  World world;
  std::vector<double> delays_ms;
  for (int round = 0; round < std::max(1, seconds / kRoundSeconds); ++round)
    std::ranges::copy(delays_of_round(world, false), std::back_inserter(delays_ms));
  print_figure("latency p50", percentile(delays_ms, 0.5), "ms");
  print_figure("latency p99", percentile(delays_ms, 0.99), "ms");
}

void measure_stuck_reader(int seconds) {
  World world;
  std::vector<double> ratios;  // of the p99 of rounds that follow each other
  for (int pair = 0; pair < std::max(1, seconds / (2 * kRoundSeconds)); ++pair) {
    std::array<double, 2> p99_ms{};  // alone, beside a stuck reader
    for (const bool with_stuck_reader : {pair % 2 == 1, pair % 2 == 0}) {
      std::vector<double> delays_ms = delays_of_round(world, with_stuck_reader);
      p99_ms[with_stuck_reader ? 1 : 0] = percentile(delays_ms, 0.99);
    }
    ratios.push_back(p99_ms[1] / p99_ms[0]);
  }
  print_figure("stuck reader / none", percentile(ratios, 0.5), "");
}

}  // namespace talkback::bench
