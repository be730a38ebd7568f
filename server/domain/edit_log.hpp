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

// Edits that follow each other, as they go to the store and then to the members.
struct EditBatch {
  BranchId branch;
  std::vector<v1::CommittedEdit> edits;
  // Of edits[i].author.
  std::vector<UserId> author_ids;
  // edits[i].edit() as the room has serialised it, inside `bytes`; none where nobody has.
  std::vector<std::string_view> edit_bytes{};
  std::shared_ptr<const std::string> bytes{};
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
