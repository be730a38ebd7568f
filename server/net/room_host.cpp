#include "server/net/room_host.hpp"

#include <algorithm>

#include "server/domain/named_moments.hpp"
#include "server/net/limits.hpp"
#include "server/ops/log.hpp"
#include "server/ops/memory.hpp"

namespace talkback::net {

using domain::ConnectionId;
using domain::Delivery;

namespace {

OutgoingPointer goodbye(ErrorCode code, const std::string& why) {
  v1::ServerFrame frame;
  frame.mutable_goodbye()->set_code(std::string(to_string(code)));
  frame.mutable_goodbye()->set_message(why);
  return outgoing(Opcode::binary, std::make_shared<const std::string>(frame.SerializeAsString()));
}

}  // namespace

RoomHost::RoomHost(Outside outside, domain::Room::Opened opened)
    : outside_(std::move(outside)),
      project_(opened.project),
      branch_(opened.branch),
      strand_(asio::make_strand(outside_.io)),
      room_(std::move(opened)),
      presence_timer_(strand_),
      lease_timer_(strand_),
      digest_timer_(strand_),
      empty_timer_(strand_) {}

template <class Work>
void RoomHost::on_strand(Work work) {
  asio::post(strand_, [self = shared_from_this(), work = std::move(work)]() mutable {
    work(*self);
    self->pump();
  });
}

void RoomHost::expect(ConnectionId connection, domain::UserId user, std::string name, domain::TokenId token) {
  on_strand([=, name = std::move(name)](RoomHost& host) {
    host.expected_[connection] = {.user = user, .name = name, .token = token};
  });
}

void RoomHost::join(ConnectionId connection, std::shared_ptr<RoomPeer> peer, domain::Participant participant,
                    domain::TokenId token, v1::Hello hello) {
  on_strand([=, participant = std::move(participant), hello = std::move(hello)](RoomHost& host) {
    const auto expected = host.expected_.extract(connection);
    if (!expected.empty() && expected.mapped().is_outdated)
      return peer->deliver(goodbye(ErrorCode::unavailable, "your rights have changed: connect again"),
                           RoomPeer::Kind::goodbye);
    host.seats_[connection] = Seat{.peer = peer, .user = participant.id, .token = token};
    host.room_.join(connection, participant, hello);
  });
}

void RoomHost::leave(ConnectionId connection) {
  on_strand([connection](RoomHost& host) {
    host.room_.leave(connection);
    host.seats_.erase(connection);
    host.expected_.erase(connection);
  });
}

void RoomHost::submit(ConnectionId connection, SubmittedEdits edits) {
  const auto names_others = [](const v1::Edit* edit) { return domain::names_other_moments(*edit); };
  if (std::ranges::none_of(edits.edits, names_others))
    return on_strand([connection, edits = std::move(edits)](RoomHost& host) { host.take(connection, edits, {}); });
  // The connection is not read on meanwhile: what it sends later does not overtake these.
  asio::post(outside_.pool, [self = shared_from_this(), connection, edits = std::move(edits)]() mutable {
    std::vector<Result<void>> named;
    for (const v1::Edit* edit : edits.edits)
      named.push_back(domain::names_other_moments(*edit) ? self->outside_.check_named_moments(self->branch_, *edit)
                                                         : Result<void>());
    self->on_strand([connection, edits = std::move(edits), named = std::move(named)](RoomHost& host) {
      host.take(connection, edits, named);
    });
  });
}

// named: empty where none of them names other moments.
void RoomHost::take(ConnectionId connection, const SubmittedEdits& edits, const std::vector<Result<void>>& named) {
  const std::int64_t now_unix_ms = outside_.clock.now_unix_ms();
  // An edit that comes after the end was announced is not acknowledged; its author sends it again.
  for (std::size_t i = 0; !finishing_ && i < edits.edits.size(); ++i)
    room_.submit(connection, *edits.edits[i], now_unix_ms, named.empty() ? Result<void>() : named[i]);
  if (const auto seat = seats_.find(connection); seat != seats_.end()) held_.push_back(seat->second.peer);
}

void RoomHost::show_presence(ConnectionId connection, v1::PresenceState state) {
  on_strand([connection, state = std::move(state)](RoomHost& host) {
    host.room_.show_presence(connection, state, host.outside_.clock.now_unix_ms());
  });
}

void RoomHost::ask_for_lease(ConnectionId connection, v1::LeaseRequest request) {
  on_strand([connection, request](RoomHost& host) { host.room_.ask_for_lease(connection, request); });
}

void RoomHost::order_recording(ConnectionId connection, v1::RecordOrder order) {
  on_strand([connection, order = std::move(order)](RoomHost& host) {
    host.room_.order_recording(connection, order, host.outside_.clock.now_unix_ms());
  });
}

void RoomHost::answer_recording(ConnectionId connection, v1::RecordAnswer answer) {
  on_strand([connection, answer = std::move(answer)](RoomHost& host) {
    host.room_.answer_recording(connection, answer, host.outside_.clock.now_unix_ms());
  });
}

void RoomHost::change_role(std::string user, v1::Role role) {
  on_strand([user = std::move(user), role](RoomHost& host) {
    host.room_.change_role(user, role);
    for (auto& [connection, expected] : host.expected_)
      expected.is_outdated = expected.is_outdated || expected.name == user;
  });
}

void RoomHost::announce(v1::RenderStatus status) {
  on_strand([status = std::move(status)](RoomHost& host) { host.room_.announce(status); });
}

void RoomHost::announce(v1::HistoryNews news) {
  on_strand([news = std::move(news)](RoomHost& host) { host.room_.announce(news); });
}

void RoomHost::revoke_token(domain::TokenId token) {
  on_strand([token](RoomHost& host) {
    host.dismiss_all([token](domain::UserId, domain::TokenId held) { return held == token; }, "you signed out");
  });
}

void RoomHost::revoke_tokens(domain::UserId user, domain::TokenId kept) {
  on_strand([user, kept](RoomHost& host) {
    host.dismiss_all([=](domain::UserId holder, domain::TokenId held) { return holder == user && held != kept; },
                     "the password was changed: sign in again");
  });
}

void RoomHost::dismiss(domain::UserId user, std::string why) {
  on_strand([user, why = std::move(why)](RoomHost& host) {
    host.dismiss_all([user](domain::UserId holder, domain::TokenId) { return holder == user; }, why);
  });
}

void RoomHost::finish(Error why) {
  on_strand([why = std::move(why)](RoomHost& host) { host.finishing_ = why; });
}

void RoomHost::dismiss_all(const std::function<bool(domain::UserId, domain::TokenId)>& chosen, const std::string& why) {
  const OutgoingPointer message = goodbye(ErrorCode::denied, why);
  for (const auto& [connection, seat] : seats_)
    if (chosen(seat.user, seat.token)) seat.peer->deliver(message, RoomPeer::Kind::goodbye);
  for (auto& [connection, expected] : expected_)
    expected.is_outdated = expected.is_outdated || chosen(expected.user, expected.token);
}

void RoomHost::pump() {
  if (finishing_ && room_.is_settled()) room_.end(*finishing_);
  store_batch();
  room_.tend_leases(outside_.clock.now_unix_ms());
  // Before the Goodbyes go out: whoever comes back at once is to find the next room, not this one.
  if (room_.is_over() && !std::exchange(told_over_, true)) outside_.on_over(*this);
  send_outbox();
  release_held();
  ask_questions();
  if (room_.is_over()) return let_go();
  if (room_.wants_snapshot()) store_snapshot();
  if (room_.holds_presence()) arm_presence();
  if (room_.holds_lapsing_lease()) arm_leases();
  if (room_.is_empty()) arm_empty();
}

// Those who sit here hold the room: whoever has not left by the time that the I/O context stops would be held by it for
// ever, and it by them. Nor does a timer keep it.
void RoomHost::let_go() {
  seats_.clear();
  for (asio::steady_timer* timer : {&presence_timer_, &lease_timer_, &digest_timer_, &empty_timer_}) timer->cancel();
}

void RoomHost::store_batch() {
  auto batch = room_.take_batch(domain::Room::BatchForm::bytes);
  if (!batch) return;
  std::vector<domain::BranchId> suggestions;
  for (const domain::SuggestionTaken& taken : batch->taken) suggestions.push_back(taken.suggestion);
  outside_.log.append(*std::move(batch),
                      [self = shared_from_this(), suggestions = std::move(suggestions)](Result<void> result) {
                        self->on_strand([result = std::move(result), suggestions](RoomHost& host) mutable {
                          host.batch_stored(std::move(result), suggestions);
                        });
                      });
}

void RoomHost::batch_stored(Result<void> result, const std::vector<domain::BranchId>& suggestions) {
  if (!result && result.error().code == ErrorCode::conflict) return look_up_refused_batch(result.error());
  if (!result) ops::log_error("edits were not stored", {{"branch", branch_}, {"why", result.error().message}});
  room_.stored(result);
  if (result && !suggestions.empty())
    asio::post(outside_.pool,
               [self = shared_from_this(), suggestions] { self->outside_.on_suggestions_taken(suggestions); });
  arm_digest();
}

// Somebody sent an edit again that the room had forgotten, and it applied: the log has it under its old revision.
void RoomHost::look_up_refused_batch(Error refusal) {
  asio::post(outside_.pool, [self = shared_from_this(), ids = room_.storing_ids(), refusal = std::move(refusal)] {
    auto known = self->outside_.log.find_edits(self->branch_, ids);
    self->on_strand([known = std::move(known), refusal](RoomHost& host) {
      if (known && !known->empty()) return host.room_.take_back(*known);
      ops::log_error("edits were not stored", {{"branch", host.branch_}, {"why", refusal.message}});
      host.room_.stored(refusal);
    });
  });
}

void RoomHost::ask_questions() {
  auto ids = room_.take_questions();
  if (ids.empty()) return;
  asio::post(outside_.pool, [self = shared_from_this(), ids = std::move(ids)] {
    auto known = self->outside_.log.find_edits(self->branch_, ids);
    self->on_strand([known = std::move(known)](RoomHost& host) { host.room_.answer_questions(known); });
  });
}

void RoomHost::release_held() {
  if (room_.waiting_bytes() > kRoomHoldsBytes) return;
  for (const auto& peer : held_) peer->read_on();
  held_.clear();
}

void RoomHost::send_outbox() {
  for (const Delivery& delivery : room_.take_deliveries()) {
    const auto message = outgoing(
        Opcode::binary,
        delivery.bytes ? delivery.bytes : std::make_shared<const std::string>(delivery.frame.SerializeAsString()));
    if (delivery.to == Delivery::To::one) {
      if (const auto seat = seats_.find(delivery.connection); seat != seats_.end())
        seat->second.peer->deliver(message, delivery.kind);
      continue;
    }
    for (const auto& [connection, seat] : seats_)
      if (delivery.to == Delivery::To::all || connection != delivery.connection)
        seat.peer->deliver(message, delivery.kind);
  }
}

void RoomHost::store_snapshot() {
  if (storing_snapshot_) return;
  storing_snapshot_ = true;
  asio::post(outside_.pool, [self = shared_from_this(), frozen = room_.freeze_snapshot()] {
    const v1::SessionState state = session::to_state(frozen);
    // Without it the next opening only replays more edits.
    if (const auto stored = self->outside_.log.add_snapshot(self->branch_, state); !stored)
      ops::log_warning("a snapshot was not stored", {{"branch", self->branch_}, {"why", stored.error().message}});
    self->on_strand([bytes = state.ByteSizeLong()](RoomHost& host) {
      host.room_.note_snapshot_bytes(bytes);
      host.storing_snapshot_ = false;
    });
  });
}

void RoomHost::arm_presence() {
  if (presence_armed_) return;
  presence_armed_ = true;
  presence_timer_.expires_after(std::chrono::milliseconds(domain::kPresenceIntervalMs));
  presence_timer_.async_wait([self = shared_from_this()](SystemError) {
    self->presence_armed_ = false;
    self->room_.send_held_presence(self->outside_.clock.now_unix_ms());
    self->pump();
  });
}

void RoomHost::arm_leases() {
  if (leases_armed_) return;
  leases_armed_ = true;
  lease_timer_.expires_after(kLeaseLookInterval);
  lease_timer_.async_wait([self = shared_from_this()](SystemError) {
    self->leases_armed_ = false;
    self->pump();
  });
}

void RoomHost::arm_digest() {
  digest_timer_.expires_after(kQuietTimeForDigest);
  digest_timer_.async_wait([self = shared_from_this()](SystemError error) {
    if (error || self->room_.is_over() || !self->room_.is_settled()) return;
    self->room_.publish_digest();
    self->pump();
    asio::post(self->outside_.pool, [] { ops::give_back_memory(); });
  });
}

void RoomHost::arm_empty() {
  empty_timer_.expires_after(kEmptyRoomTime);
  empty_timer_.async_wait([self = shared_from_this()](SystemError error) {
    if (!error) self->close_if_empty();
  });
}

void RoomHost::close_if_empty() {
  if (!room_.is_empty() || !room_.is_settled() || room_.is_over()) return;
  room_.end({ErrorCode::unavailable, "the room was empty and closed: come back"});
  pump();
}

}  // namespace talkback::net
