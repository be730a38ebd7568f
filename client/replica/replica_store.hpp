// What a member's machine remembers of a project: unacknowledged edits, the last known state, and the edits before it.
//
// One SQLite file a project. Pending edits are durable before they are sent (synchronous=FULL); the rest is a cache.
// Several processes may use one file at once; within a process one thread at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/result.hpp"
#include "talkback/v1/replica.pb.h"

namespace talkback::replica {

// So many of the newest edits can be undone without the server, and only while they changed so many objects together.
inline constexpr std::size_t kKnownEditsMax = 1000;
inline constexpr std::size_t kKnownChangesMax = 50'000;

// Edits that led to a state, since the last one that was kept.
struct NewlyKnown {
  // Nothing leads from there to here: what was known so far is forgotten.
  bool is_after_gap = false;
  std::vector<v1::KnownEdit> edits;  // in order
};

class ReplicaStore {
 public:
  virtual ~ReplicaStore() = default;
  // Takes the place of one with the same id, where there is one.
  virtual Result<void> add_pending(const v1::PendingEdit& pending) = 0;
  virtual Result<void> remove_pending(const std::string& edit_id) = 0;
  // In the order in which they were added.
  virtual Result<std::vector<v1::PendingEdit>> pending() = 0;
  // In one step. Of all that was known so far the newest kKnownEditsMax stay.
  virtual Result<void> keep_state(const v1::SessionState& state, const NewlyKnown& known) = 0;
  // nullopt where there is none, or it is damaged.
  virtual Result<std::optional<v1::SessionState>> state() = 0;
  // The edits that led to this revision, the newest first, without a gap; as far back as they are known.
  virtual Result<std::vector<v1::KnownEdit>> known(std::uint64_t revision) = 0;
};

// Creates the file and its folder where they are missing. Fails with `unavailable` or `corrupt`.
Result<std::unique_ptr<ReplicaStore>> open_replica_store(const std::filesystem::path& file);

}  // namespace talkback::replica
