// The server's store in memory: what it has survives every crash, what it was only given does not.
//
// append() takes a batch and waits; write() makes it durable, report() tells. Between the two lies every place where a
// server can die. The only file here that knows the shape of domain::EditLog and its batches.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "server/domain/edit_log.hpp"
#include "talkback/v1/history.pb.h"
#include "tests/simulation/sabotage.hpp"

namespace talkback::simulation {

inline const domain::BranchId kProject = "0123456789abcdef";

// What has become of the suggestions, by their branches: stored in one step with the edits that take from them.
struct SuggestionBook {
  struct Entry {
    v1::Suggestion::State state = v1::Suggestion::OPEN;
    std::set<std::string> taken;
  };
  std::map<domain::BranchId, Entry> entries;

  void answer(const domain::SuggestionTaken& taken);
};

// The log of one branch, which goes on counting where its beginning stands.
class SimulatedStore final : public domain::EditLog {
 public:
  SimulatedStore(const v1::SessionState& beginning, Sabotage sabotage, SuggestionBook* book = nullptr);

  // What the simulation does.
  bool is_writing() const noexcept { return writing_.has_value(); }
  void write();
  // Writes where write() was not called.
  void report();
  void fail(const Error& error);
  void crash();

  std::uint64_t first_revision() const noexcept { return first_revision_; }
  std::uint64_t durable_revision() const noexcept { return first_revision_ + edits_.size(); }
  // The branch's own.
  const std::vector<v1::CommittedEdit>& edits() const noexcept { return edits_; }
  const v1::CommittedEdit& at(std::uint64_t revision) const { return edits_[revision - first_revision_ - 1]; }

  // What the domain does.
  void append(domain::EditBatch batch, std::function<void(Result<void>)> done) override;
  Result<std::uint64_t> head(const domain::BranchId& branch) override;
  Result<v1::CommittedBatch> read(const domain::BranchId& branch, std::uint64_t after, int count,
                                  std::size_t bytes_max) override;
  Result<std::vector<domain::EditName>> edit_names(const domain::BranchId& branch) override;
  Result<v1::SessionState> snapshot(const domain::BranchId& branch, std::uint64_t at_most) override;
  Result<std::vector<std::uint64_t>> snapshot_revisions(const domain::BranchId& branch) override;
  Result<void> add_snapshot(const domain::BranchId& branch, const v1::SessionState& state) override;

  bool holds(const std::string& edit_id) const;

 private:
  struct Writing {
    domain::EditBatch batch;
    std::function<void(Result<void>)> done;
    bool is_written = false;
    // The log has one of its edits already.
    bool is_refused = false;
  };

  void write_and_forget();
  bool holds_one_of(const domain::EditBatch& batch) const;

  Sabotage sabotage_;
  SuggestionBook* book_;
  std::uint64_t first_revision_;
  std::vector<v1::CommittedEdit> edits_;
  std::map<std::uint64_t, v1::SessionState> snapshots_;
  std::optional<Writing> writing_;
  std::size_t last_batch_ = 0;  // edits of the last one reported
};

}  // namespace talkback::simulation
