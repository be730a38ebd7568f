#include "server/storage/sqlite/edit_log.hpp"

#include <algorithm>

#include "server/storage/sqlite/branch_store.hpp"
#include "server/storage/sqlite/columns.hpp"
#include "server/storage/sqlite/suggestion_store.hpp"

namespace talkback::storage {

using domain::BranchId;
using domain::EditBatch;
using domain::EditName;
using domain::StoredEdit;

namespace {

// Of the branch itself; 0 where it has none.
std::uint64_t own_head_of(Connection& connection, const BranchId& branch) {
  SQLite::Statement& row = connection.prepared("SELECT coalesce(max(revision), 0) FROM edits WHERE branch_id = ?");
  row.bind(1, branch);
  row.executeStep();
  return revision_at(row, 0);
}

Result<std::uint64_t> head_of(Connection& connection, const BranchId& branch) {
  if (const std::uint64_t own = own_head_of(connection, branch); own > 0) return own;
  TALKBACK_ASSIGN(const BranchBase base, base_of(connection, branch));
  return base.revision;
}

// The branch on which a revision of this branch was made, and the last revision that this branch has of it.
struct Owner {
  BranchId branch;
  std::uint64_t last = UINT64_MAX;
};

Result<Owner> owner_of(Connection& connection, const BranchId& branch, std::uint64_t revision) {
  Owner owner{.branch = branch};
  for (;;) {
    TALKBACK_ASSIGN(const BranchBase base, base_of(connection, owner.branch));
    if (base.branch.empty() || revision > base.revision) return owner;
    owner = {.branch = base.branch, .last = base.revision};
  }
}

// As bytes, whichever way they came. `serialised` holds what the views look into.
std::vector<StoredEdit> stored_form(const EditBatch& batch, std::vector<std::string>& serialised) {
  if (batch.bytes) return batch.stored;
  std::vector<StoredEdit> stored;
  serialised.reserve(batch.edits.size());
  for (std::size_t i = 0; i < batch.edits.size(); ++i) {
    const v1::CommittedEdit& committed = batch.edits[i];
    stored.push_back({.revision = committed.revision(),
                      .author = batch.author_ids[i],
                      .committed_unix_ms = committed.committed_unix_ms(),
                      .edit_id = committed.edit().edit_id(),
                      .edit = serialised.emplace_back(committed.edit().SerializeAsString())});
  }
  return stored;
}

Result<void> insert_edits(Connection& connection, const EditBatch& batch) {
  std::vector<std::string> serialised;
  const std::vector<StoredEdit> edits = stored_form(batch, serialised);
  // The primary key refuses a revision twice; this refuses a gap.
  TALKBACK_ASSIGN(const std::uint64_t head, head_of(connection, batch.branch));
  if (head + 1 != edits.front().revision) return Error{ErrorCode::conflict, "the history has moved on"};
  SQLite::Statement& insert = connection.prepared(
      "INSERT INTO edits (branch_id, revision, edit_id, author_id, committed_unix_ms, edit)"
      " VALUES (?, ?, ?, ?, ?, ?)");
  insert.bindNoCopy(1, batch.branch);
  for (const StoredEdit& edit : edits) {
    bind_number(insert, 2, edit.revision);
    insert.bindNoCopy(3, edit.edit_id.data(), static_cast<int>(edit.edit_id.size()));
    insert.bind(4, edit.author.value);
    insert.bind(5, edit.committed_unix_ms);
    insert.bindNoCopy(6, edit.edit.data(), static_cast<int>(edit.edit.size()));
    insert.exec();
    insert.reset();
  }
  for (const domain::SuggestionTaken& taken : batch.taken)
    record_answer(connection, taken.suggestion,
                  {.state = taken.closes ? v1::Suggestion::ACCEPTED : v1::Suggestion::OPEN,
                   .answer = taken.answer,
                   .taken_items = taken.items,
                   .rejected_items = {}},
                  taken.user, taken.unix_ms);
  SQLite::Statement& changed = connection.prepared(
      "UPDATE projects SET changed_unix_ms = ? WHERE project_id ="
      " (SELECT project_id FROM branches WHERE branch_id = ?)");
  changed.bind(1, edits.back().committed_unix_ms);
  changed.bind(2, batch.branch);
  changed.exec();
  return {};
}

}  // namespace

void SqliteEditLog::append(EditBatch batch, std::function<void(Result<void>)> done) {
  database_.write_later([batch = std::move(batch)](Connection& connection) { return insert_edits(connection, batch); },
                        std::move(done));
}

Result<std::uint64_t> SqliteEditLog::head(const BranchId& branch) {
  return database_.read([&](Connection& connection) { return head_of(connection, branch); });
}

Result<v1::CommittedBatch> SqliteEditLog::read(const BranchId& branch, std::uint64_t after, int count,
                                               std::size_t bytes_max) {
  return database_.read([&](Connection& connection) -> Result<v1::CommittedBatch> {
    // A batch ends where the base does: the reader asks for what follows.
    TALKBACK_ASSIGN(const Owner owner, owner_of(connection, branch, after + 1));
    SQLite::Statement& row = connection.prepared(
        "SELECT edits.revision, users.shown_name, edits.committed_unix_ms, edits.edit FROM edits"
        " JOIN users ON users.user_id = edits.author_id"
        " WHERE edits.branch_id = ? AND edits.revision > ? ORDER BY edits.revision LIMIT ?");
    row.bind(1, owner.branch);
    bind_number(row, 2, after);
    row.bind(3, count);
    v1::CommittedBatch batch;
    std::size_t bytes = 0;
    while (row.executeStep() && revision_at(row, 0) <= owner.last) {
      bytes += static_cast<std::size_t>(row.getColumn(3).getBytes());
      if (bytes > bytes_max && batch.edits_size() > 0) break;
      v1::CommittedEdit& committed = *batch.add_edits();
      committed.set_revision(revision_at(row, 0));
      committed.set_author(text_at(row, 1));
      committed.set_committed_unix_ms(number_at(row, 2));
      TALKBACK_TRY(parse_at(row, 3, *committed.mutable_edit()));
    }
    return batch;
  });
}

Result<std::vector<EditName>> SqliteEditLog::edit_names(const BranchId& branch) {
  return database_.read([&](Connection& connection) -> Result<std::vector<EditName>> {
    SQLite::Statement& row = connection.prepared("SELECT edit_id, revision FROM edits WHERE branch_id = ?");
    row.bind(1, branch);
    std::vector<EditName> names;
    while (row.executeStep()) names.push_back({.edit_id = blob_at(row, 0), .revision = revision_at(row, 1)});
    return names;
  });
}

Result<std::vector<EditName>> SqliteEditLog::find_edits(const BranchId& branch,
                                                        const std::vector<std::string>& edit_ids) {
  return database_.read([&](Connection& connection) -> Result<std::vector<EditName>> {
    std::vector<EditName> names;
    for (const std::string& id : edit_ids) {
      SQLite::Statement& row = connection.prepared("SELECT revision FROM edits WHERE branch_id = ? AND edit_id = ?");
      row.bind(1, branch);
      bind_blob(row, 2, id);
      if (row.executeStep()) names.push_back({.edit_id = id, .revision = revision_at(row, 0)});
    }
    return names;
  });
}

Result<v1::SessionState> SqliteEditLog::snapshot(const BranchId& branch, std::uint64_t at_most) {
  return database_.read([&](Connection& connection) -> Result<v1::SessionState> {
    BranchId at = branch;
    std::uint64_t most = at_most;
    for (;;) {
      SQLite::Statement& row = connection.prepared(
          "SELECT state FROM snapshots WHERE branch_id = ? AND revision <= ? ORDER BY revision DESC LIMIT 1");
      row.bind(1, at);
      bind_number(row, 2, most);
      if (row.executeStep()) {
        v1::SessionState state;
        TALKBACK_TRY(parse_at(row, 0, state));
        return state;
      }
      TALKBACK_ASSIGN(const BranchBase base, base_of(connection, at));
      if (base.branch.empty()) return Error{ErrorCode::not_found, "there is no branch " + branch};
      at = base.branch;
      most = std::min(most, base.revision);
    }
  });
}

Result<std::vector<std::uint64_t>> SqliteEditLog::snapshot_revisions(const BranchId& branch) {
  return database_.read([&](Connection& connection) -> Result<std::vector<std::uint64_t>> {
    SQLite::Statement& row =
        connection.prepared("SELECT revision FROM snapshots WHERE branch_id = ? ORDER BY revision");
    row.bind(1, branch);
    std::vector<std::uint64_t> revisions;
    while (row.executeStep()) revisions.push_back(revision_at(row, 0));
    return revisions;
  });
}

Result<void> SqliteEditLog::add_snapshot(const BranchId& branch, const v1::SessionState& state) {
  return database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& insert =
        connection.prepared("INSERT OR IGNORE INTO snapshots (branch_id, revision, state) VALUES (?, ?, ?)");
    insert.bind(1, branch);
    bind_number(insert, 2, state.revision());
    bind_blob(insert, 3, state.SerializeAsString());
    insert.exec();
    return {};
  });
}

}  // namespace talkback::storage
