// A real server, a project with the session of room_work.hpp, and crowds that join it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/bench/room_load/room_socket.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::bench {

class World {
 public:
  explicit World(std::vector<std::string> arguments = {});

  // A new project; with the session where it is wanted.
  enum class Content { seeded, empty };
  std::string create_project(Content content);
  // Members that have received everything up to the head.
  void join(Crowd& crowd, const std::string& project, std::size_t members);
  std::unique_ptr<RoomSocket> connect(const std::string& project, int receive_bytes = 0);

  double server_memory_kb() const;
  // Ends the server in order and starts it anew on the same data.
  void restart();

 private:
  TemporaryFolder folder_;
  std::vector<std::string> arguments_;
  std::unique_ptr<test::ServerProcess> server_;
  std::string token_;
  int projects_ = 0;
};

}  // namespace talkback::bench
