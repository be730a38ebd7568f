#include "tests/simulation/simulated_store.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/check.hpp"
#include "server/domain/suggestions.hpp"

namespace talkback::simulation {

using domain::BranchId;
using domain::EditBatch;
using domain::EditName;

// As server/storage/sqlite does it.
void SuggestionBook::answer(const domain::SuggestionTaken& taken) {
  Entry& entry = entries[taken.suggestion];
  const auto becomes = taken.closes ? v1::Suggestion::ACCEPTED : v1::Suggestion::OPEN;
  if (domain::changes_state(entry.state, becomes)) entry.state = becomes;
  entry.taken.insert(taken.items.begin(), taken.items.end());
}

SimulatedStore::SimulatedStore(const v1::SessionState& beginning, Sabotage sabotage, SuggestionBook* book)
    : sabotage_(sabotage), book_(book), first_revision_(beginning.revision()) {
  snapshots_[beginning.revision()] = beginning;
}

void SimulatedStore::append(EditBatch batch, std::function<void(Result<void>)> done) {
  const bool tells_early = sabotage_ == Sabotage::store_reports_early;
  if (tells_early) write_and_forget();
  TALKBACK_CHECK(!writing_);  // one batch at a time, says Room
  TALKBACK_CHECK(!batch.edits.empty() && batch.edits.size() == batch.author_ids.size());
  writing_ = Writing{.batch = std::move(batch), .done = std::move(done)};
  if (tells_early) std::exchange(writing_->done, [](const Result<void>&) {})({});
}

void SimulatedStore::write_and_forget() {
  write();
  writing_.reset();
}

void SimulatedStore::write() {
  if (!writing_ || writing_->is_written) return;
  writing_->is_written = true;
  if (sabotage_ != Sabotage::room_forgets_names && holds_one_of(writing_->batch)) {
    writing_->is_refused = true;
    return;
  }
  if (book_ != nullptr && sabotage_ != Sabotage::answers_get_lost)
    for (const domain::SuggestionTaken& taken : writing_->batch.taken) book_->answer(taken);
  for (v1::CommittedEdit& committed : writing_->batch.edits) {
    edits_.push_back(std::move(committed));
    const bool is_alterable = !edits_.back().edit().operations().empty() && edits_.size() % 4 == 0;
    if (sabotage_ == Sabotage::store_alters && is_alterable)
      edits_.back().mutable_edit()->mutable_operations()->DeleteSubrange(0, 1);
  }
}

bool SimulatedStore::holds(const std::string& edit_id) const {
  return std::ranges::any_of(edits_, [&](const v1::CommittedEdit& held) { return held.edit().edit_id() == edit_id; });
}

bool SimulatedStore::holds_one_of(const EditBatch& batch) const {
  return std::ranges::any_of(batch.edits,
                             [this](const v1::CommittedEdit& wanted) { return holds(wanted.edit().edit_id()); });
}

void SimulatedStore::report() {
  if (!writing_) return;
  write();
  last_batch_ = writing_->batch.edits.size();
  const auto done = std::move(writing_->done);
  const bool is_refused = writing_->is_refused;
  writing_.reset();
  if (is_refused) return done(Error{ErrorCode::conflict, "it contradicts what is stored"});
  done({});
}

void SimulatedStore::fail(const Error& error) {
  if (!writing_) return;
  const auto done = std::move(writing_->done);
  writing_.reset();
  done(error);
}

void SimulatedStore::crash() {
  writing_.reset();
  if (sabotage_ == Sabotage::store_forgets) edits_.resize(edits_.size() - std::min(last_batch_, edits_.size()));
  last_batch_ = 0;
}

Result<std::uint64_t> SimulatedStore::head(const BranchId&) { return durable_revision(); }

Result<v1::CommittedBatch> SimulatedStore::read(const BranchId&, std::uint64_t after, int count, std::size_t) {
  v1::CommittedBatch batch;
  for (std::size_t i = after - first_revision_; i < edits_.size() && batch.edits_size() < count; ++i)
    *batch.add_edits() = edits_[i];
  return batch;
}

Result<std::vector<EditName>> SimulatedStore::edit_names(const BranchId&) {
  std::vector<EditName> names;
  for (const v1::CommittedEdit& committed : edits_)
    names.push_back({.edit_id = committed.edit().edit_id(), .revision = committed.revision()});
  return names;
}

Result<v1::SessionState> SimulatedStore::snapshot(const BranchId&, std::uint64_t at_most) {
  return std::prev(snapshots_.upper_bound(at_most))->second;
}

Result<std::vector<std::uint64_t>> SimulatedStore::snapshot_revisions(const BranchId&) {
  std::vector<std::uint64_t> revisions;
  for (const auto& [revision, state] : snapshots_) revisions.push_back(revision);
  return revisions;
}

Result<void> SimulatedStore::add_snapshot(const BranchId&, const v1::SessionState& state) {
  snapshots_.emplace(state.revision(), state);
  return {};
}

}  // namespace talkback::simulation
