#include <algorithm>
#include <cstdio>
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

struct Latency {
  double p50_ms = 0;
  double p99_ms = 0;
};

Latency run(World& world, int seconds, bool with_stuck_reader) {
  const std::string project = world.create_project(World::Content::seeded);
  Crowd crowd;
  world.join(crowd, project, kMembers);
  if (with_stuck_reader) {
    // Its buffers are as small as they can be, so that it is stuck from the first second on.
    auto stuck = world.connect(project, 2048);
    stuck->send(hello_message());
    (void)stuck->flush();
    crowd.abandon(crowd.add(std::move(stuck)));
  }
  const auto edits = static_cast<std::uint64_t>(seconds) * kEditsPerSecond;
  const std::uint64_t head = crowd.members().front()->received().welcome_head;
  std::vector<std::string> messages;
  for (std::uint64_t i = 0; i < edits; ++i) messages.push_back(submit_message(Mix::both, i, head));
  std::vector<SteadyClock::time_point> sent(edits);
  std::vector<double> delays_ms;
  delays_ms.reserve(edits * kMembers);
  for (std::size_t member = 0; member < kMembers; ++member)
    crowd.members()[member]->on_edit = [&, member](std::string_view id) {
      const std::uint64_t number = number_of(id);
      if (number % kEditors == member) return;  // its own
      delays_ms.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - sent[number]).count());
    };
  std::uint64_t next = 0;
  crowd.run_until([&] { return delays_ms.size() == edits * (kMembers - 1); }, std::chrono::seconds(seconds + 30),
                  std::chrono::microseconds(1'000'000 / kEditsPerSecond), [&] {
                    if (next == edits) return;
                    RoomSocket& editor = *crowd.members()[next % kEditors];
                    editor.send(messages[next]);
                    sent[next++] = SteadyClock::now();
                    (void)editor.flush();
                  });
  return {.p50_ms = percentile(delays_ms, 0.5), .p99_ms = percentile(delays_ms, 0.99)};
}

}  // namespace

void measure_latency(int seconds) {
  World world;
  const Latency alone = run(world, seconds, false);
  print_figure("latency p50", alone.p50_ms, "ms");
  print_figure("latency p99", alone.p99_ms, "ms");
  const Latency beside = run(world, seconds, true);
  print_figure("latency p50, one stuck", beside.p50_ms, "ms");
  print_figure("latency p99, one stuck", beside.p99_ms, "ms");
}

}  // namespace talkback::bench
