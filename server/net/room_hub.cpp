#include "server/net/room_hub.hpp"

#include "server/domain/history.hpp"

namespace talkback::net {

using domain::ProjectId;

Result<std::shared_ptr<RoomHost>> RoomHub::open(const ProjectId& project) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !loading_.contains(project); });
    if (finished_) return Error{ErrorCode::unavailable, "the server is stopping: come back in a moment"};
    if (const auto found = hosts_.find(project); found != hosts_.end()) return found->second;
    loading_.insert(project);
  }
  auto loaded = load(project);
  {
    const std::lock_guard lock(mutex_);
    loading_.erase(project);
    if (loaded && !finished_) hosts_[project] = *loaded;
  }
  changed_.notify_all();
  return loaded;
}

Result<std::shared_ptr<RoomHost>> RoomHub::load(const ProjectId& project) {
  TALKBACK_ASSIGN(domain::SessionAt at, domain::load_head(log_, project));
  return std::make_shared<RoomHost>(RoomHost::Outside{.io = io_,
                                                      .pool = pool_,
                                                      .log = log_,
                                                      .clock = clock_,
                                                      .on_over = [this](const RoomHost& host) { forget(host); }},
                                    project,
                                    domain::Room::Opened{.project = project,
                                                         .session = std::move(at.session),
                                                         .revision = at.revision,
                                                         .snapshot_revision = at.snapshot_revision,
                                                         .edit_names = {}});
}

std::shared_ptr<RoomHost> RoomHub::find(const ProjectId& project) {
  const std::lock_guard lock(mutex_);
  const auto found = hosts_.find(project);
  return found == hosts_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<RoomHost>> RoomHub::all() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<RoomHost>> hosts;
  for (const auto& [project, host] : hosts_) hosts.push_back(host);
  return hosts;
}

void RoomHub::forget(const RoomHost& host) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = hosts_.find(host.project());
    if (found != hosts_.end() && found->second.get() == &host) hosts_.erase(found);
  }
  changed_.notify_all();
}

void RoomHub::change_role(const ProjectId& project, const std::string& user, v1::Role role) {
  if (const auto host = find(project)) host->change_role(user, role);
}

void RoomHub::announce(const ProjectId& project, const v1::RenderStatus& status) {
  if (const auto host = find(project)) host->announce(status);
}

void RoomHub::revoke_token(domain::TokenId token) {
  for (const auto& host : all()) host->revoke_token(token);
}

void RoomHub::revoke_tokens(domain::UserId user, domain::TokenId kept) {
  for (const auto& host : all()) host->revoke_tokens(user, kept);
}

void RoomHub::finish(const Error& why) {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  for (const auto& host : all()) host->finish(why);
}

bool RoomHub::wait_until_over(std::chrono::milliseconds time_max) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time_max, [this] { return hosts_.empty(); });
}

}  // namespace talkback::net
