#include <algorithm>
#include <string>

#include "tests/bench/room_load/room_rows.hpp"
#include "tests/bench/room_load/room_work.hpp"
#include "tests/bench/room_load/room_world.hpp"

namespace talkback::bench {

void measure_burst(std::size_t members, std::uint64_t edits) {
  World world;
  const std::string project = world.create_project(World::Content::seeded);
  Crowd crowd;
  world.join(crowd, project, members);
  const std::string of = std::to_string(members) + " clients, ";
  print_figure((of + "memory before").c_str(), world.server_memory_kb() / 1024, "MB");
  const std::uint64_t head = crowd.members().front()->received().welcome_head;
  for (std::uint64_t i = 0; i < edits; ++i)
    crowd.members()[i % members]->send(submit_message(Mix::both, i, head));
  const auto start = SteadyClock::now();
  crowd.run_until(
      [&] {
        return std::all_of(crowd.members().begin(), crowd.members().end(), [&](const auto& member) {
          return member->received().edits + member->received().rejected >= edits;
        });
      },
      std::chrono::seconds(300));
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  std::uint64_t rejected = 0;
  for (const auto& member : crowd.members()) rejected += member->received().rejected;
  print_figure((of + "edits to all").c_str(), static_cast<double>(edits) / seconds, "/s");
  print_figure((of + "rejected").c_str(), static_cast<double>(rejected), "");
  print_figure((of + "memory after").c_str(), world.server_memory_kb() / 1024, "MB");
}

}  // namespace talkback::bench
