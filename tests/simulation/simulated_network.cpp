#include "tests/simulation/simulated_network.hpp"

namespace talkback::simulation {

Connection& SimulatedNetwork::open(int editor) {
  const ConnectionId id = ++last_id_;
  Connection& connection = connections_[id];
  connection.id = id;
  connection.editor = editor;
  return connection;
}

Connection* SimulatedNetwork::find(ConnectionId id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : &found->second;
}

std::vector<ConnectionId> SimulatedNetwork::ids() const {
  std::vector<ConnectionId> ids;
  for (const auto& [id, connection] : connections_) ids.push_back(id);
  return ids;
}

void SimulatedNetwork::drop_by_client(ConnectionId id, std::size_t arriving) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  connection->client_has_it = false;
  connection->down.clear();
  if (connection->up.size() > arriving) connection->up.resize(arriving);
  forget_when_over(id);
}

void SimulatedNetwork::drop_by_server(ConnectionId id) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  connection->server_has_it = false;
  connection->up.clear();
  forget_when_over(id);
}

void SimulatedNetwork::drop_all() { connections_.clear(); }

void SimulatedNetwork::forget_when_over(ConnectionId id) {
  const Connection& connection = connections_.at(id);
  if (!connection.client_has_it && !connection.server_has_it) connections_.erase(id);
}

}  // namespace talkback::simulation
