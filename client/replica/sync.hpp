// Keeps a replica and its store in step with a room: frames in, frames and events out.
//
// Logic only: whoever owns the connection hands every frame to receive() and sends what `send` gives it. A new
// connection begins with hello(); edits that were never acknowledged are then submitted again, under their old ids.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/replica/replica.hpp"
#include "client/replica/replica_store.hpp"
#include "client/replica/take_backs.hpp"
#include "talkback/v1/room.pb.h"

namespace talkback::replica {

struct Event {
  enum class Kind {
    joined,     // caught up with the head
    committed,  // `edit`, `report`, `mine`
    rejected,   // `edit_id`, `error`: the edit left the view
    presence,
    render,
    lease,          // `lease`: taken, kept, lapsing or over
    news,           // `news`: something new in the project's history
    record_order,   // `record_order`: somebody asks this connection to record
    record_answer,  // `record_answer`: to an order of this connection
    resync,         // the copies differ: connect again (hello() will ask for everything)
    goodbye,        // `error`
    undo_renewed,   // `edit_id`, `edit`, `left`: an undo that waited was made anew, and what stays that did not before;
                    // it has gone where nothing of it was left (`edit` without operations)
  };
  Kind kind = Kind::joined;
  v1::CommittedEdit edit{};
  session::ApplyReport report{};
  bool mine = false;
  std::string edit_id{};
  Error error{};
  v1::Presence presence{};
  v1::RenderStatus render{};
  v1::Lease lease{};
  v1::HistoryNews news{};
  v1::RecordOrder record_order{};
  v1::RecordAnswer record_answer{};
  std::vector<std::string> left{};
};

class Sync {
 public:
  using Send = std::function<void(const v1::ClientFrame&)>;

  // store and send outlive the object. Loads the last state and the pending edits.
  static Result<Sync> create(ReplicaStore& store, std::string client_name);

  const Replica& replica() const noexcept { return replica_; }
  const v1::Welcome& welcome() const noexcept { return welcome_; }
  bool is_joined() const noexcept { return joined_; }
  // Joined, and every edit of ours is acknowledged or refused.
  bool is_settled() const noexcept { return joined_ && replica_.pending().empty(); }

  // A connection is open: says Hello on it.
  void connected(Send send);
  void disconnected();

  // An error means that the store failed.
  Result<std::vector<Event>> receive(const v1::ServerFrame& frame);

  // Applies the edit to the view, keeps it on the disk and sends it when joined. An edit id is chosen where there is
  // none.
  Result<session::ApplyReport> submit(v1::Edit edit);

  // The same of an edit that takes back another: where it has to wait it is made anew before it is sent.
  Result<session::ApplyReport> submit(v1::Edit edit, TakeBack take_back);

  // Keeps the confirmed state for the next start, and what led to it.
  Result<void> save();

  // The edits that led to the confirmed session, the newest first, without a gap; as far back as this machine knows.
  Result<std::vector<v1::KnownEdit>> known_edits();

  // Who edits here, where they may edit their own tracks only; else empty. Known once a Welcome has come.
  std::string_view performer() const;

 private:
  explicit Sync(ReplicaStore& store) : store_(&store) {}

  Result<void> receive_snapshot(const v1::SnapshotPart& part, std::vector<Event>& events);
  Result<void> receive_committed(const v1::CommittedBatch& batch, std::vector<Event>& events);
  Result<void> receive_rejected(const v1::Rejected& rejected, std::vector<Event>& events);
  void check_digest(const v1::StateDigest& digest, std::vector<Event>& events);
  void ask_for_resync(std::vector<Event>& events);
  Result<void> join_when_caught_up(std::vector<Event>& events);
  Result<void> renew_take_backs(std::vector<Event>& events);
  Result<session::ApplyReport> keep_and_send(v1::Edit edit, std::optional<TakeBack> take_back);
  Result<void> forget_pending(const std::string& edit_id);
  void note_known(const v1::CommittedEdit& edit, const std::vector<session::Change>& changes);
  void send_submit(const v1::Edit& edit);

  ReplicaStore* store_;
  Send send_;
  Replica replica_;
  v1::Welcome welcome_;
  v1::SessionState incoming_;
  TakeBacks take_backs_;
  // Since the state that the store holds; is_after_gap_: what the store knows of before does not lead here.
  struct Known {
    v1::CommittedEdit edit;
    std::vector<session::Change> changes;
  };
  std::deque<Known> known_;
  std::size_t known_changes_ = 0;
  bool is_after_gap_ = false;
  std::string client_name_;
  std::optional<std::uint64_t> saved_revision_;  // what the store holds
  bool welcomed_ = false;
  bool joined_ = false;
  bool wants_everything_ = false;
};

// 16 random bytes.
std::string new_edit_id();

// A random object id.
ObjectId new_object_id();

}  // namespace talkback::replica
