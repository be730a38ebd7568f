#include <algorithm>
#include <vector>

#include "tests/bench/room_load/room_rows.hpp"
#include "tests/bench/room_load/room_work.hpp"
#include "tests/bench/room_load/room_world.hpp"

namespace talkback::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSenders = 10;

// Everything from the first byte of the connection to the last of the snapshot.
double join_ms(World& world, const std::string& project, std::uint64_t& snapshot_bytes) {
  Crowd crowd;
  const auto start = SteadyClock::now();
  world.join(crowd, project, 1);
  const double ms = std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
  snapshot_bytes = crowd.members().front()->received().snapshot_bytes;
  return ms;
}

double document_bytes() {
  v1::SessionState state;
  for (const v1::Edit& edit : seed_edits())
    for (const v1::Operation& operation : edit.operations()) *state.add_objects() = operation.create();
  return static_cast<double>(state.ByteSizeLong());
}

}  // namespace

void measure_join(std::uint64_t edits) {
  World world;
  const std::string project = world.create_project(World::Content::seeded);
  {
    Crowd crowd;
    world.join(crowd, project, kSenders);
    const std::uint64_t head = crowd.members().front()->received().welcome_head;
    // A second's worth at a time: the messages of a million would weigh more than the server.
    constexpr std::uint64_t kPortion = 50'000;
    for (std::uint64_t first = 0; first < edits; first += kPortion) {
      const std::uint64_t end = std::min(edits, first + kPortion);
      for (std::uint64_t i = first; i < end; ++i)
        crowd.members()[i % kSenders]->send(submit_message(Mix::faders, i, head));
      crowd.run_until(
          [&] {
            return std::all_of(crowd.members().begin(), crowd.members().end(),
                               [&](const auto& member) { return member->received().revision >= head + end; });
          },
          300s);
    }
  }
  std::uint64_t snapshot_bytes = 0;
  std::vector<double> warm;
  for (int i = 0; i < 5; ++i) warm.push_back(join_ms(world, project, snapshot_bytes));
  std::sort(warm.begin(), warm.end());
  print_figure("join warm", warm[2], "ms");
  world.restart();
  print_figure("join restarted", join_ms(world, project, snapshot_bytes), "ms");
  print_figure("snapshot / document", static_cast<double>(snapshot_bytes) / document_bytes(), "");
  print_figure("memory after restart and join", world.server_memory_kb() / 1024, "MB");
}

}  // namespace talkback::bench
