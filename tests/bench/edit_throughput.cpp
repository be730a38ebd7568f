// How long an edit takes until it is durable and back, and how many a room takes a second, against a real server
// on this machine. Prints; judges nothing.
//
//   edit_throughput [EDITS]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "tests/support/edits.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::test {
namespace {

using SteadyClock = std::chrono::steady_clock;

double ms_since(SteadyClock::time_point start) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
}

double percentile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

struct World {
  TemporaryFolder folder;
  std::filesystem::path data = folder / "data";
  std::unique_ptr<ServerProcess> server;
  std::string token;
  std::string project;

  World() {
    add_user(data, "anna");
    server = std::make_unique<ServerProcess>(data, std::vector<std::string>{"--log-level", "warning"});
    token = sign_in(server->port(), "anna");
    HttpClient http(server->port(), token);
    project = create_project(http, "Bench");
  }
  RoomClient join() {
    RoomClient room(server->port(), token, project);
    room.hello();
    (void)room.read_until(v1::ServerFrame::kSnapshot);
    return room;
  }
};

// One edit at a time: submit, wait for the acknowledgement.
void measure_round_trip(World& world, std::uint64_t edits) {
  RoomClient room = world.join();
  room.submit(create_track(1, 101, "Vocal"));
  (void)room.read_to(1);
  std::vector<double> times;
  for (std::uint64_t i = 0; i < edits; ++i) {
    const auto start = SteadyClock::now();
    room.submit(move_fader(10 + i, 101, -static_cast<double>(i % 100) / 10));
    (void)room.read_to(2 + i);
    times.push_back(ms_since(start));
  }
  std::printf("round trip, durable: p50 %.2f ms, p99 %.2f ms, max %.2f ms (%zu edits)\n", percentile(times, 0.5),
              percentile(times, 0.99), percentile(times, 1), times.size());
}

// All sent without waiting; ends when the last is acknowledged.
void measure_throughput(World& world, std::uint64_t edits) {
  RoomClient room = world.join();
  const std::uint64_t head = room.revision();
  const auto start = SteadyClock::now();
  // A second connection sends, so that neither side waits for the other's buffers.
  std::thread sender([&] {
    RoomClient other = world.join();
    for (std::uint64_t i = 0; i < edits; ++i)
      other.submit(move_fader(1'000'000 + i, 101, -static_cast<double>(i % 100) / 10));
    (void)other.read_to(head + edits);
  });
  (void)room.read_to(head + edits);
  const double seconds = ms_since(start) / 1000;
  sender.join();
  std::printf("throughput, durable: %.0f edits/s (%llu edits in %.2f s, one sender, two replicas)\n",
              static_cast<double>(edits) / seconds, static_cast<unsigned long long>(edits), seconds);
}

}  // namespace
}  // namespace talkback::test

int main(int count, char** arguments) {
  const std::uint64_t edits = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 500;
  talkback::test::World world;
  talkback::test::measure_round_trip(world, edits);
  talkback::test::measure_throughput(world, edits * 20);
}
