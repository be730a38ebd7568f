// What a member's machine remembers of a project: unacknowledged edits, and the last known state.
//
// One SQLite file a project. Pending edits are durable before they are sent (synchronous=FULL); the state is a cache.
// Several processes may use one file at once; within a process one thread at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/result.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::replica {

class ReplicaStore {
 public:
  virtual ~ReplicaStore() = default;
  virtual Result<void> add_pending(const v1::Edit& edit) = 0;
  virtual Result<void> remove_pending(const std::string& edit_id) = 0;
  // In the order in which they were added.
  virtual Result<std::vector<v1::Edit>> pending() = 0;
  virtual Result<void> keep_state(const v1::SessionState& state) = 0;
  // nullopt where there is none, or it is damaged.
  virtual Result<std::optional<v1::SessionState>> state() = 0;
};

// Creates the file and its folder where they are missing. Fails with `unavailable` or `corrupt`.
Result<std::unique_ptr<ReplicaStore>> open_replica_store(const std::filesystem::path& file);

}  // namespace talkback::replica
