// The rooms that are open in this process, one a branch. [any-thread]
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "server/domain/suggestions.hpp"
#include "server/net/room_host.hpp"

namespace talkback::net {

class RoomHub {
 public:
  struct Outside {
    asio::io_context& io;
    asio::thread_pool& pool;
    domain::EditLog& log;
    domain::Clock& clock;
    domain::Branches& branches;
    domain::Suggestions& suggestions;
  };
  explicit RoomHub(const Outside& outside) : outside_(outside) {}

  // The room, read from the log where it is not open. Blocks: not for I/O threads.
  Result<std::shared_ptr<RoomHost>> open(const domain::Branch& branch);
  domain::ConnectionId next_connection() noexcept { return ++connections_; }

  // These concern open rooms only.
  void change_role(const domain::ProjectId& project, const std::string& user, v1::Role role);
  void announce(const domain::ProjectId& project, const v1::RenderStatus& status);
  void announce(const domain::ProjectId& project, const v1::HistoryNews& news);
  // Says goodbye to everybody in the rooms of the project.
  void end(const domain::ProjectId& project, const Error& why);
  void revoke_token(domain::TokenId token);
  void revoke_tokens(domain::UserId user, domain::TokenId kept);
  // Of links: all connections.
  void dismiss(domain::UserId user, const std::string& why);

  // Opens none from now on; the open ones store what they accepted and say goodbye.
  void finish(const Error& why);
  // Waits until every room is over, or the time is.
  bool wait_until_over(std::chrono::milliseconds time_max);

 private:
  std::vector<std::shared_ptr<RoomHost>> all();
  std::vector<std::shared_ptr<RoomHost>> of(const domain::ProjectId& project);
  void forget(const RoomHost& host);
  Result<std::shared_ptr<RoomHost>> load(const domain::Branch& branch);

  // Tells the project's rooms what has become of these suggestions.
  void announce_taken(const domain::ProjectId& project, const std::vector<domain::BranchId>& suggestions);

  const Outside outside_;
  std::atomic<domain::ConnectionId> connections_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<domain::BranchId, std::shared_ptr<RoomHost>> hosts_;
  std::set<domain::BranchId> loading_;
  bool finished_ = false;
};

}  // namespace talkback::net
