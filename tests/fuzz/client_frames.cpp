// What a stranger may send: frames of four connections into the server's decoding and a Room, with a store that
// answers, roles that change and rooms that are opened again.
#include <map>
#include <optional>

#include "engine/session/apply.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/protocol_version.hpp"
#include "engine/session/state.hpp"
#include "server/domain/room.hpp"
#include "tests/fuzz/chunks.hpp"
#include "tests/simulation/random_work.hpp"

namespace talkback::fuzz {
namespace {

using domain::ConnectionId;
using domain::Room;
using session::Session;

enum class What { frame_0, frame_1, frame_2, frame_3, store, leave, change_role, open_again };
What what_of(std::uint8_t byte) { return static_cast<What>(byte & 7); }

Session beginning() {
  static const Session kBeginning = *session::from_state(simulation::small_song());
  return kBeginning;
}

class Server {
 public:
  Server() { open(); }

  void take(const Chunk& chunk) {
    const unsigned more = chunk.what >> 3U;
    switch (what_of(chunk.what)) {
      case What::store:
        store();
        break;
      case What::leave:
        leave(more % 4);
        break;
      case What::change_role:
        room_->change_role(more % 2 == 0 ? "anna" : "ben", static_cast<v1::Role>(more / 2 % 6));
        break;
      case What::open_again:
        store();
        open();
        break;
      default:
        receive(more % 4, chunk.bytes);
    }
    room_->tend_leases(now_ += 1000);
    send();
  }

  // What was stored leads to what the room holds, and keeps every rule.
  void check() {
    store();
    send();
    Session again = beginning();
    for (const std::string& bytes : log_) {
      v1::CommittedEdit committed;
      TALKBACK_CHECK(committed.ParseFromString(bytes));
      const auto applied = session::apply(again, committed.edit());
      TALKBACK_CHECK(applied.has_value());
    }
    TALKBACK_CHECK(session::digest(again) == session::digest(room_->durable_session()));
    const auto restored = session::from_state(session::to_state(again, log_.size()));
    TALKBACK_CHECK(restored.has_value());
  }

 private:
  void open() {
    Room::Opened opened{.project = "0123456789abcdef",
                        .session = room_ ? room_->durable_session() : beginning(),
                        .revision = log_.size(),
                        .snapshot_revision = 0,
                        .edit_names = names_};
    room_.emplace(std::move(opened));
    connections_.clear();
  }

  // As the connection does: the first frame, and only the first, is a Hello.
  void receive(unsigned who, const std::string& bytes) {
    v1::ClientFrame frame;
    const bool is_in = connections_.contains(who);
    if (!frame.ParseFromString(bytes) || frame.has_hello() == is_in) return leave(who);
    if (frame.has_hello()) {
      // Most inputs would end here for nothing.
      if (frame.hello().protocol_version() % 2 == 0)
        frame.mutable_hello()->set_protocol_version(session::kProtocolVersion);
      connections_[who] = ++last_connection_;
      const v1::Role role = who < 2 ? v1::OWNER : who == 2 ? v1::PERFORMER : v1::LISTENER;
      room_->join(last_connection_, {.id = {1}, .user = who < 2 ? "anna" : "ben", .role = role}, frame.hello());
    } else if (is_in && frame.has_submit()) {
      room_->submit(connections_[who], frame.submit().edit(), now_);
    } else if (is_in && frame.has_lease()) {
      room_->ask_for_lease(connections_[who], frame.lease());
    } else if (is_in && frame.has_record_order()) {
      room_->order_recording(connections_[who], frame.record_order(), now_);
    } else if (is_in && frame.has_record_answer()) {
      room_->answer_recording(connections_[who], frame.record_answer(), now_);
    } else if (is_in && frame.has_presence()) {
      room_->show_presence(connections_[who], frame.presence(), now_);
    }
  }

  void leave(unsigned who) {
    const auto found = connections_.find(who);
    if (found == connections_.end()) return;
    room_->leave(found->second);
    connections_.erase(found);
  }

  void store() {
    while (auto batch = room_->take_batch()) {
      for (const v1::CommittedEdit& committed : batch->edits) {
        log_.push_back(committed.SerializeAsString());
        names_.push_back({.edit_id = committed.edit().edit_id(), .revision = committed.revision()});
      }
      room_->stored({});
    }
  }

  void send() {
    for (const domain::Delivery& delivery : room_->take_outbox()) {
      v1::ServerFrame read;
      TALKBACK_CHECK(read.ParseFromString(delivery.frame.SerializeAsString()));
    }
  }

  std::optional<Room> room_;
  std::vector<std::string> log_;
  std::vector<domain::EditName> names_;
  std::map<unsigned, ConnectionId> connections_;
  ConnectionId last_connection_ = 0;
  std::int64_t now_ = 0;
};

}  // namespace

const google::protobuf::Message* message_of_chunk(std::uint8_t what) {
  return what_of(what) <= What::frame_3 ? &v1::ClientFrame::default_instance() : nullptr;
}

}  // namespace talkback::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  talkback::fuzz::Server server;
  for (const talkback::fuzz::Chunk& chunk : talkback::fuzz::chunks_of(data, size)) server.take(chunk);
  server.check();
  return 0;
}
