#include <algorithm>

#include "tests/bench/room_load/room_rows.hpp"
#include "tests/bench/room_load/room_world.hpp"

namespace talkback::bench {

void measure_idle(std::size_t members) {
  constexpr std::size_t kPerRoom = 200;
  World world({"--connections-max", std::to_string(members + 100)});
  {
    // The server's first room and connection, which bring in what every server has.
    Crowd first;
    world.join(first, world.create_project(World::Content::empty), 1);
  }
  const double before = world.server_memory_kb();
  Crowd crowd;
  for (std::size_t joined = 0; joined < members; joined += kPerRoom)
    world.join(crowd, world.create_project(World::Content::empty), std::min(kPerRoom, members - joined));
  const double each = (world.server_memory_kb() - before) / static_cast<double>(members);
  print_figure("memory a member, idle", each, "KiB");
}

}  // namespace talkback::bench
