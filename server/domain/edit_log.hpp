// The history of a branch as the domain needs it stored. Revisions are 1, 2, 3 … without a gap; those up to the one at
// which a branch began are read from its base.
//
// append answers on a thread of the store's; everything else may block. [any-thread]
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"
#include "server/domain/branches.hpp"
#include "server/domain/people.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::domain {

// One edit as its room has serialised it.
struct StoredEdit {
  std::uint64_t revision = 0;
  UserId author;
  std::int64_t committed_unix_ms = 0;
  std::string_view edit_id;  // 16 bytes
  std::string_view edit;     // v1::Edit
};

// What an edit answers to the suggestion that it takes from.
struct SuggestionTaken {
  BranchId suggestion;
  UserId user;
  std::int64_t unix_ms = 0;
  bool closes = false;
  std::string answer;
  std::vector<std::string> items;
};

// Edits that follow each other, as they go to the store: as messages, or as bytes where the room was asked for those.
struct EditBatch {
  BranchId branch;
  std::vector<v1::CommittedEdit> edits;
  // Of edits[i].author.
  std::vector<UserId> author_ids;
  // What the views of `stored` look into; null where the batch has messages.
  std::shared_ptr<const std::string> bytes{};
  std::vector<StoredEdit> stored{};
  // Stored with the edits, in one step.
  std::vector<SuggestionTaken> taken{};
};

struct EditName {
  std::string edit_id;  // 16 bytes
  std::uint64_t revision = 0;
};

class EditLog {
 public:
  virtual ~EditLog() = default;
  // All or nothing. `done` is called once: with success when the edits are durable. A failure is final for
  // this batch: conflict means that somebody else wrote one of the revisions or edit ids.
  virtual void append(EditBatch batch, std::function<void(Result<void>)> done) = 0;

  virtual Result<std::uint64_t> head(const BranchId& branch) = 0;
  // after + 1 and on, at most `count` edits and about `bytes_max` bytes, but at least one where there is one.
  virtual Result<v1::CommittedBatch> read(const BranchId& branch, std::uint64_t after, int count,
                                          std::size_t bytes_max) = 0;
  // Of the branch itself, without its base.
  virtual Result<std::vector<EditName>> edit_names(const BranchId& branch) = 0;
  // Those of these edits that the branch itself has. This one reads all names; a store with an index does better.
  virtual Result<std::vector<EditName>> find_edits(const BranchId& branch, const std::vector<std::string>& edit_ids);
  // The newest at or before the revision, of the branch or its base; there is always that of revision 0.
  virtual Result<v1::SessionState> snapshot(const BranchId& branch, std::uint64_t at_most) = 0;
  // Ascending; of the branch itself.
  virtual Result<std::vector<std::uint64_t>> snapshot_revisions(const BranchId& branch) = 0;
  virtual Result<void> add_snapshot(const BranchId& branch, const v1::SessionState& state) = 0;
};

}  // namespace talkback::domain
