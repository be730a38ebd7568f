#include "tests/bench/room_load/room_world.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "tests/bench/room_load/room_work.hpp"

namespace talkback::bench {

using namespace std::chrono_literals;

World::World(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
  arguments_.insert(arguments_.end(), {"--log-level", "warning"});
  test::add_user(folder_ / "data", "anna");
  server_ = std::make_unique<test::ServerProcess>(folder_ / "data", arguments_);
  token_ = test::sign_in(server_->port(), "anna");
}

void World::restart() {
  (void)server_->stop();
  server_ = std::make_unique<test::ServerProcess>(folder_ / "data", arguments_);
}

std::string World::create_project(Content content) {
  test::HttpClient http(server_->port(), token_);
  const std::string project = test::create_project(http, "Bench " + std::to_string(++projects_));
  if (content == Content::empty) return project;
  Crowd crowd;
  join(crowd, project, 1);
  const std::vector<v1::Edit> edits = seed_edits();
  for (const v1::Edit& edit : edits) crowd.members().front()->send(message_of(edit));
  crowd.run_until([&] { return crowd.members().front()->received().revision == edits.size(); }, 60s);
  return project;
}

std::unique_ptr<RoomSocket> World::connect(const std::string& project, int receive_bytes) {
  return std::make_unique<RoomSocket>(server_->port(), token_, project, receive_bytes);
}

void World::join(Crowd& crowd, const std::string& project, std::size_t members) {
  const std::size_t first = crowd.members().size();
  for (std::size_t i = 0; i < members; ++i) crowd.add(connect(project)).send(hello_message());
  crowd.run_until(
      [&] {
        return std::all_of(crowd.members().begin() + static_cast<std::ptrdiff_t>(first), crowd.members().end(),
                           [](const auto& member) { return member->received().is_at_head(); });
      },
      60s);
  for (std::size_t i = first; i < crowd.members().size(); ++i) crowd.members()[i]->count_edits_anew();
}

double World::server_memory_kb() const {
  std::ifstream status("/proc/" + std::to_string(server_->pid()) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6));
  throw std::runtime_error("the server is gone");
}

}  // namespace talkback::bench
