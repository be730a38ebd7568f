// A room: the people at one branch of a project, and the one order of their edits. Logic only: no socket, store or
// clock.
//
// Invariants:
//  1. Nobody is ever told anything beyond the session at durable_revision().
//  2. `ahead_` is that session plus everything accepted since: new edits are checked against it. Whoever is to see the
//     durable one gets it by taking back what waits, for a moment (at_durable): a second copy would cost as much
//     memory.
//  3. At most one batch is with the store (take_batch … stored); batches follow each other without a gap.
//  4. An edit id is accepted once. Sent again, it is answered with its old revision: from memory, or where it may be
//     older than that, from the log. An edit is refused only once the log does not know it (take_questions); one
//     that was accepted a second time is refused by the store and taken back (take_back).
// When the store fails, the room is over: everybody gets a Goodbye and comes back to what the log holds.
// Calls return nothing: what is to be sent collects in the outbox, in order. One thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/session/session.hpp"
#include "engine/session/state.hpp"
#include "server/domain/accepted_batch.hpp"
#include "server/domain/branches.hpp"
#include "server/domain/recent_edits.hpp"
#include "server/domain/refusals.hpp"

namespace talkback::domain {

// An orchestra and its audience. Each member costs a copy of every frame on the wire, not in memory.
inline constexpr std::size_t kRoomMembersMax = 500;
// Accepted edits that wait for the store. Above that the room asks to try again.
inline constexpr std::size_t kRoomWaitingBytesMax = 64 * 1024 * 1024;
// One batch: what one transaction writes and one frame carries. One edit (kEditBytesMax) always fits.
inline constexpr std::size_t kBatchBytesMax = 1024 * 1024;
inline constexpr std::size_t kBatchEditsMax = 8000;
// The newest edits, kept for those who come back after a short break.
inline constexpr std::size_t kRoomTailEditsMax = 10'000;
inline constexpr std::size_t kRoomTailBytesMax = 4 * 1024 * 1024;
inline constexpr std::size_t kSnapshotPartBytesMax = 512 * 1024;
inline constexpr std::int64_t kPresenceIntervalMs = 100;
// With its envelope below 1 kB, so that a member's presence takes at most 10 kB a second of every line.
inline constexpr std::size_t kPresenceBytesMax = 850;
inline constexpr std::size_t kClientNameBytesMax = 64;
// A RecordOrder or RecordAnswer, and how many a member may send.
inline constexpr std::size_t kRecordBytesMax = 1024;
inline constexpr int kRecordOrdersPerSecond = 10;
// Connections that have ordered something of one member and may be answered; the newest count.
inline constexpr std::size_t kRecordAskersMax = 16;
// The digest is published with a batch that nothing waits behind; after so many revisions with any.
inline constexpr std::uint64_t kDigestEveryRevisions = 1024;
inline constexpr std::uint64_t kDigestRevisionsMax = 32 * kDigestEveryRevisions;
// A snapshot is stored when the room is quiet after so many edits that together weigh as much as it, or after many.
inline constexpr std::uint64_t kSnapshotEditsMin = 500;
inline constexpr std::uint64_t kSnapshotEditsMax = 20'000;
// A newcomer to a large session gets the snapshot that somebody else got so many edits before, and the edits since.
inline constexpr std::size_t kSnapshotReuseBytesMin = 64 * 1024;
inline constexpr std::uint64_t kSnapshotReuseEdits = 1000;
// Edits that are to be refused and wait for the log to say that it does not know them.
inline constexpr std::size_t kQuestionsMax = 1000;
static_assert(kSnapshotReuseEdits < kRoomTailEditsMax - kBatchEditsMax, "the tail must reach back to the snapshot");
// A lease outlives its holder's connection for so long.
inline constexpr std::int64_t kLeaseLapseMs = 60'000;
inline constexpr std::size_t kLeasesPerRoomMax = 1000;

struct Delivery {
  enum class To { one, all, all_but };
  enum class Kind {
    ordinary,
    snapshot,  // large and asked for
    goodbye,   // ends the connection once it is written
  };
  To to = To::one;
  ConnectionId connection = 0;
  v1::ServerFrame frame;
  Kind kind = Kind::ordinary;
  // The frame where it was serialised already: then take_deliveries() leaves `frame` empty.
  FrameBytes bytes{};
};

class Room {
 public:
  struct Opened {
    ProjectId project;
    BranchId branch = {};
    std::string branch_name = {};
    // Of a suggestion: its author, who alone edits it.
    std::string suggested_by = {};
    session::Session session;
    std::uint64_t revision = 0;
    std::uint64_t snapshot_revision = 0;
    // Of all edits, or none: then the log is asked for old ones.
    std::vector<EditName> edit_names;
  };
  explicit Room(Opened opened);

  // Answered by Welcome and what is missing, or by Goodbye. The connection id is greater than all before.
  void join(ConnectionId connection, const Participant& participant, const v1::Hello& hello);
  void leave(ConnectionId connection);
  void submit(ConnectionId connection, const v1::Edit& edit, std::int64_t now_unix_ms);
  void show_presence(ConnectionId connection, const v1::PresenceState& state, std::int64_t now_unix_ms);
  // Presence that came too quickly after the last one.
  void send_held_presence(std::int64_t now_unix_ms);
  bool holds_presence() const noexcept;
  // Granted to whoever asks first; told to all, or to the asker alone where it is another's or the role forbids it.
  void ask_for_lease(ConnectionId connection, const v1::LeaseRequest& request);
  // Handed to the one connection it names, where it lets itself be recorded and its user may edit the track; else its
  // sender gets a refusal.
  void order_recording(ConnectionId connection, const v1::RecordOrder& order, std::int64_t now_unix_ms);
  // Handed to a connection that has ordered something of this one; else dropped.
  void answer_recording(ConnectionId connection, const v1::RecordAnswer& answer, std::int64_t now_unix_ms);
  // Leases of those who are gone lapse after kLeaseLapseMs, those of deleted objects at once.
  void tend_leases(std::int64_t now_unix_ms);
  bool holds_lapsing_lease() const noexcept;
  // The role of a member changed; ROLE_UNSPECIFIED: no longer a member.
  void change_role(const std::string& user, v1::Role role);
  void announce(const v1::RenderStatus& status);
  void announce(const v1::HistoryNews& news);
  void publish_digest();

  // What the store is to append now; nothing while a batch is with it or nothing waits.
  enum class BatchForm { messages, bytes };
  std::optional<EditBatch> take_batch(BatchForm form = BatchForm::messages);
  // The batch is durable, or lost: then is_over().
  void stored(const Result<void>& result);
  // The edits of the batch that is with the store.
  std::vector<std::string> storing_ids() const;
  // The store has refused the batch, because the log holds some of its edits already. Instead of stored(): those
  // are answered with their old revision, the others are accepted anew.
  void take_back(const std::vector<EditName>& known);

  // Edit ids that the log is to be asked for; nothing while an answer is awaited.
  std::vector<std::string> take_questions();
  // Those of them that the log holds.
  void answer_questions(const Result<std::vector<EditName>>& known);
  // The room ends: everybody gets the Goodbye, nothing more is accepted.
  void end(const Error& why);

  // Takes what is to be sent, in order: as bytes where there are any, or as frames throughout.
  std::vector<Delivery> take_deliveries();
  std::vector<Delivery> take_outbox();

  bool is_over() const noexcept { return over_; }
  bool is_empty() const noexcept { return members_.empty(); }
  // Nothing waits for the store.
  bool is_settled() const noexcept { return waiting_.empty() && !storing_; }
  // Accepted and not yet durable.
  std::size_t waiting_bytes() const noexcept { return waiting_bytes_; }
  std::uint64_t durable_revision() const noexcept { return durable_revision_; }
  // A copy: for those who look on.
  session::Session durable_session() const;
  bool wants_snapshot() const noexcept;
  // The state to store as a snapshot; counts as stored. Frozen, another thread can make the message of it and then
  // tell what it weighs.
  session::FrozenState freeze_snapshot();
  void note_snapshot_bytes(std::size_t bytes) noexcept { snapshot_bytes_ = bytes; }
  v1::SessionState take_snapshot();

 private:
  // An edit that is refused unless the log knows it.
  struct Question {
    ConnectionId connection = 0;
    std::string edit_id;
    std::string user;
    Error error;
  };
  struct Present {
    Participant participant;
    std::string client;
    v1::PresenceState state;
    std::int64_t sent_unix_ms = 0;
    bool held = false;
    // Was told to come back: an edit that it still sends would overtake the one that was not taken.
    bool is_sent_away = false;
    // Orders and answers of recordings in the second that began then.
    std::int64_t record_second_unix_ms = 0;
    int records_sent = 0;
    // The oldest first.
    std::vector<ConnectionId> record_askers = {};
  };

  v1::ServerFrame& send(Delivery::To to, ConnectionId connection);
  void send_goodbye(Delivery::To to, ConnectionId connection, ErrorCode code, const std::string& message);
  void send_bytes(Delivery::To to, ConnectionId connection, FrameBytes bytes, Delivery::Kind kind);
  void send_missing(ConnectionId connection, const v1::Hello& hello);
  void send_tail(ConnectionId connection, std::uint64_t after);
  void send_snapshot(ConnectionId connection);
  void keep_in_tail(const CommittedFrame& frame);
  std::uint64_t tail_begin() const noexcept;
  void send_presence(ConnectionId connection, Present& present, std::int64_t now_unix_ms);
  Result<void> check_past(const v1::Edit& edit) const;
  Result<void> check_record_order(const Participant& asker, const v1::RecordOrder& order) const;
  void refuse_record_order(ConnectionId asker, const v1::RecordOrder& order, const Error& why);
  void lapse_leases(ConnectionId gone);
  void take_up_leases(ConnectionId connection, const std::string& user);
  void end_lease(ObjectId object);
  v1::Presence presence_of(ConnectionId connection, const Present& present) const;

  Result<void> accept(ConnectionId connection, const Participant& author, const v1::Edit& edit,
                      std::int64_t now_unix_ms);
  void answer_again(ConnectionId connection, std::uint64_t revision, const std::string& edit_id,
                    const std::string& user);
  void refuse(ConnectionId connection, const std::string& edit_id, const std::string& user, const Error& error);
  void reject(ConnectionId connection, const std::string& edit_id, const Error& error);
  std::vector<ConnectionId> connections_of(const std::string& user) const;
  // Calls `look` with the session at durable_revision().
  void at_durable(const std::function<void(const session::Session&)>& look);
  void publish(std::uint64_t revision, const Sha256Digest& digest);
  // With the edit itself.
  std::vector<std::pair<AcceptedEdit, v1::Edit>> undo_waiting();

  ProjectId project_;
  BranchId branch_;
  std::string branch_name_;
  std::string suggested_by_;
  session::Session ahead_;
  std::uint64_t ahead_revision_ = 0;
  std::uint64_t durable_revision_ = 0;
  std::uint64_t digest_revision_ = 0;
  std::uint64_t snapshot_revision_ = 0;
  std::size_t bytes_since_snapshot_ = 0;
  std::size_t snapshot_bytes_ = 0;

  std::deque<AcceptedBatch> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::optional<AcceptedBatch> storing_;
  // Of the session after storing_, where it is to be published with it.
  std::optional<Sha256Digest> storing_digest_;
  std::deque<CommittedFrame> tail_;
  std::size_t tail_edits_ = 0;
  std::size_t tail_bytes_ = 0;
  RecentEdits recent_;
  Refusals refusals_;
  std::vector<Question> questions_;
  std::vector<Question> asked_;
  // What the last newcomer got, for the next.
  std::vector<FrameBytes> snapshot_frames_;
  std::uint64_t snapshot_frames_revision_ = 0;

  std::map<ConnectionId, Present> members_;
  // By object. A lapsing one has no connection.
  std::map<ObjectId, v1::Lease> leases_;
  std::vector<Delivery> outbox_;
  bool over_ = false;
};

}  // namespace talkback::domain
