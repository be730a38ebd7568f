#include "server/storage/sqlite/suggestion_store.hpp"

#include "server/storage/sqlite/branch_store.hpp"
#include "server/storage/sqlite/columns.hpp"

namespace talkback::storage {

using domain::Answer;
using domain::Suggestion;

namespace {

void read_items(Connection& connection, Suggestion& suggestion) {
  SQLite::Statement& row =
      connection.prepared("SELECT item, taken FROM suggestion_items WHERE branch_id = ? ORDER BY item");
  row.bind(1, suggestion.branch.id);
  while (row.executeStep())
    (number_at(row, 1) != 0 ? suggestion.taken_items : suggestion.rejected_items).push_back(text_at(row, 0));
}

void insert_items(Connection& connection, const domain::BranchId& branch, const std::vector<std::string>& items,
                  bool is_taken) {
  for (const std::string& item : items) {
    SQLite::Statement& insert = connection.prepared(
        "INSERT INTO suggestion_items (branch_id, item, taken) VALUES (?, ?, ?)"
        " ON CONFLICT (branch_id, item) DO UPDATE SET taken = excluded.taken");
    insert.bind(1, branch);
    insert.bind(2, item);
    insert.bind(3, is_taken ? 1 : 0);
    insert.exec();
  }
}

}  // namespace

Result<Suggestion> SqliteSuggestionStore::add(Suggestion suggestion, domain::UserId author) {
  const auto stored = database_.write([&](Connection& connection) -> Result<void> {
    SQLite::Statement& last =
        connection.prepared("SELECT coalesce(max(number), 0) FROM suggestions WHERE project_id = ?");
    last.bind(1, suggestion.branch.project);
    last.executeStep();
    suggestion.number = revision_at(last, 0) + 1;
    suggestion.branch.name = "suggestion-" + std::to_string(suggestion.number);
    TALKBACK_TRY(insert_branch(connection, suggestion.branch, author));
    SQLite::Statement& insert = connection.prepared(
        "INSERT INTO suggestions (project_id, number, branch_id, title, note, state) VALUES (?, ?, ?, ?, ?, ?)");
    insert.bind(1, suggestion.branch.project);
    bind_number(insert, 2, suggestion.number);
    insert.bind(3, suggestion.branch.id);
    insert.bind(4, suggestion.title);
    insert.bind(5, suggestion.note);
    insert.bind(6, static_cast<int>(v1::Suggestion::OPEN));
    insert.exec();
    return {};
  });
  if (!stored) return stored.error();
  return suggestion;
}

Result<std::vector<Suggestion>> SqliteSuggestionStore::list(const domain::ProjectId& project) {
  return database_.read([&](Connection& connection) -> Result<std::vector<Suggestion>> {
    SQLite::Statement& row = connection.prepared(
        "SELECT number, title, note, branches.branch_id, branches.name, base_branch_id, base_revision,"
        " coalesce((SELECT max(revision) FROM edits WHERE edits.branch_id = branches.branch_id), base_revision),"
        " authors.shown_name, branches.created_unix_ms, state, coalesce(answerers.shown_name, ''), answered_unix_ms, "
        "answer"
        " FROM suggestions JOIN branches ON branches.branch_id = suggestions.branch_id"
        " JOIN users AS authors ON authors.user_id = branches.created_by"
        " LEFT JOIN users AS answerers ON answerers.user_id = suggestions.answered_by"
        " WHERE suggestions.project_id = ? ORDER BY number DESC");
    row.bind(1, project);
    std::vector<Suggestion> suggestions;
    while (row.executeStep())
      suggestions.push_back(
          {.number = revision_at(row, 0),
           .title = text_at(row, 1),
           .note = text_at(row, 2),
           .branch = {.id = text_at(row, 3),
                      .project = project,
                      .name = text_at(row, 4),
                      .kind = domain::BranchKind::suggestion,
                      .base = domain::Moment{.branch = text_at(row, 5), .revision = revision_at(row, 6)},
                      .head_revision = revision_at(row, 7),
                      .author = text_at(row, 8),
                      .created_unix_ms = number_at(row, 9)},
           .state = static_cast<v1::Suggestion::State>(number_at(row, 10)),
           .answered_by = text_at(row, 11),
           .answered_unix_ms = number_at(row, 12),
           .answer = text_at(row, 13),
           .taken_items = {},
           .rejected_items = {}});
    for (Suggestion& suggestion : suggestions) read_items(connection, suggestion);
    return suggestions;
  });
}

Result<void> SqliteSuggestionStore::answer(const Suggestion& suggestion, const Answer& answer, domain::UserId user,
                                           std::int64_t now_unix_ms) {
  return database_.write([&](Connection& connection) -> Result<void> {
    record_answer(connection, suggestion.branch.id, answer, user, now_unix_ms);
    return {};
  });
}

void record_answer(Connection& connection, const domain::BranchId& suggestion, const Answer& answer,
                   domain::UserId user, std::int64_t now_unix_ms) {
  SQLite::Statement& row = connection.prepared("SELECT state FROM suggestions WHERE branch_id = ?");
  row.bind(1, suggestion);
  if (row.executeStep() && domain::changes_state(static_cast<v1::Suggestion::State>(number_at(row, 0)), answer.state)) {
    SQLite::Statement& update = connection.prepared(
        "UPDATE suggestions SET state = ?, answered_by = ?, answered_unix_ms = ?, answer = ? WHERE branch_id = ?");
    update.bind(1, static_cast<int>(answer.state));
    update.bind(2, user.value);
    update.bind(3, now_unix_ms);
    update.bind(4, answer.answer);
    update.bind(5, suggestion);
    update.exec();
  }
  insert_items(connection, suggestion, answer.taken_items, true);
  insert_items(connection, suggestion, answer.rejected_items, false);
}

}  // namespace talkback::storage
