#include "server/net/room_hub.hpp"

#include "server/domain/history.hpp"
#include "server/domain/messages.hpp"
#include "server/domain/named_moments.hpp"

namespace talkback::net {

using domain::ProjectId;

namespace {

std::string suggester_of(const domain::Branch& branch) {
  return branch.kind == domain::BranchKind::suggestion ? branch.author : std::string();
}

}  // namespace

Result<std::shared_ptr<RoomHost>> RoomHub::open(const domain::Branch& branch) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !loading_.contains(branch.id); });
    if (finished_) return Error{ErrorCode::unavailable, "the server is stopping: come back in a moment"};
    if (const auto found = hosts_.find(branch.id); found != hosts_.end()) return found->second;
    loading_.insert(branch.id);
  }
  auto loaded = load(branch);
  {
    const std::lock_guard lock(mutex_);
    loading_.erase(branch.id);
    if (loaded && !finished_) hosts_[branch.id] = *loaded;
  }
  changed_.notify_all();
  return loaded;
}

Result<std::shared_ptr<RoomHost>> RoomHub::load(const domain::Branch& branch) {
  TALKBACK_ASSIGN(domain::SessionAt at, domain::load_head(outside_.log, branch.id));
  return std::make_shared<RoomHost>(
      RoomHost::Outside{.io = outside_.io,
                        .pool = outside_.pool,
                        .log = outside_.log,
                        .clock = outside_.clock,
                        .check_named_moments =
                            [this, project = branch.project](const domain::BranchId& into, const v1::Edit& edit) {
                              return domain::check_named_moments(outside_.branches, project, into, edit);
                            },
                        .on_suggestions_taken =
                            [this, project = branch.project](const std::vector<domain::BranchId>& suggestions) {
                              announce_taken(project, suggestions);
                            },
                        .on_over = [this](const RoomHost& host) { forget(host); }},
      domain::Room::Opened{.project = branch.project,
                           .branch = branch.id,
                           .branch_name = branch.name,
                           .suggested_by = suggester_of(branch),
                           .session = std::move(at.session),
                           .revision = at.revision,
                           .snapshot_revision = at.snapshot_revision,
                           .edit_names = {}});
}

void RoomHub::announce_taken(const ProjectId& project, const std::vector<domain::BranchId>& suggestions) {
  for (const domain::BranchId& branch : suggestions) {
    const auto suggestion = outside_.suggestions.find_by_branch(project, branch);
    if (!suggestion) continue;  // the news are lost, not the answer
    v1::HistoryNews news;
    *news.mutable_suggestion() = domain::wire_of(*suggestion);
    announce(project, news);
  }
}

std::vector<std::shared_ptr<RoomHost>> RoomHub::of(const ProjectId& project) {
  auto hosts = all();
  std::erase_if(hosts, [&](const auto& host) { return host->project() != project; });
  return hosts;
}

std::vector<std::shared_ptr<RoomHost>> RoomHub::all() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<RoomHost>> hosts;
  for (const auto& [branch, host] : hosts_) hosts.push_back(host);
  return hosts;
}

void RoomHub::forget(const RoomHost& host) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = hosts_.find(host.branch());
    if (found != hosts_.end() && found->second.get() == &host) hosts_.erase(found);
  }
  changed_.notify_all();
}

void RoomHub::change_role(const ProjectId& project, const std::string& user, v1::Role role) {
  for (const auto& host : of(project)) host->change_role(user, role);
}

void RoomHub::announce(const ProjectId& project, const v1::RenderStatus& status) {
  for (const auto& host : of(project)) host->announce(status);
}

void RoomHub::announce(const ProjectId& project, const v1::HistoryNews& news) {
  for (const auto& host : of(project)) host->announce(news);
}

void RoomHub::end(const ProjectId& project, const Error& why) {
  for (const auto& host : of(project)) host->finish(why);
}

void RoomHub::revoke_token(domain::TokenId token) {
  for (const auto& host : all()) host->revoke_token(token);
}

void RoomHub::revoke_tokens(domain::UserId user, domain::TokenId kept) {
  for (const auto& host : all()) host->revoke_tokens(user, kept);
}

void RoomHub::dismiss(domain::UserId user, const std::string& why) {
  for (const auto& host : all()) host->dismiss(user, why);
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
