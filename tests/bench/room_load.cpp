// Loads a real talkbackd over real sockets and prints what it took, for tests/bench/rooms.
//
//   room_load latency [SECONDS]        (10)
//   room_load stuck [SECONDS]          (40)
//   room_load burst MEMBERS EDITS
//   room_load join EDITS
//   room_load idle [MEMBERS]           (10000)
//   room_load apply [EDITS]            (100000)
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "tests/bench/room_load/room_rows.hpp"

namespace talkback::bench {

void print_figure(const char* name, double value, const char* unit) {
  std::printf("%s\t%.4g\t%s\n", name, value, unit);
  std::fflush(stdout);
}

}  // namespace talkback::bench

int main(int count, char** arguments) {
  const std::string row = count > 1 ? arguments[1] : "";
  const auto number = [&](int at, std::uint64_t otherwise) {
    return count > at ? std::strtoull(arguments[at], nullptr, 10) : otherwise;
  };
  try {
    if (row == "latency") {
      talkback::bench::measure_latency(static_cast<int>(number(2, 10)));
    } else if (row == "stuck") {
      talkback::bench::measure_stuck_reader(static_cast<int>(number(2, 40)));
    } else if (row == "burst" && count == 4) {
      talkback::bench::measure_burst(number(2, 10), number(3, 100'000));
    } else if (row == "join" && count == 3) {
      talkback::bench::measure_join(number(2, 1'000'000));
    } else if (row == "idle") {
      talkback::bench::measure_idle(number(2, 10'000));
    } else if (row == "apply") {
      talkback::bench::measure_apply(number(2, 100'000));
    } else {
      std::fputs(
          "room_load latency [SECONDS] | stuck [SECONDS] | burst MEMBERS EDITS | join EDITS | idle [MEMBERS] | apply "
          "[EDITS]\n",
          stderr);
      return 2;
    }
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "room_load: %s\n", problem.what());
    return 1;
  }
  return 0;
}
