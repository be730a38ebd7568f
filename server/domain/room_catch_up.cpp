// The part of a room that brings newcomers, and those who come back, to the head.
#include <algorithm>

#include "engine/session/canonical.hpp"
#include "engine/session/state.hpp"
#include "server/domain/room.hpp"
#include "server/domain/wire.hpp"

namespace talkback::domain {
namespace {

std::string bytes_of(const Sha256Digest& digest) {
  return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
}

FrameBytes part_of(std::string objects, std::uint64_t revision, const Sha256Digest* digest) {
  std::string inside;
  wire::append_number(inside, v1::SnapshotPart::kRevisionFieldNumber, revision);
  inside += objects;
  if (digest != nullptr) {
    wire::append_number(inside, v1::SnapshotPart::kLastFieldNumber, 1);
    wire::append_text(inside, v1::SnapshotPart::kDigestFieldNumber, bytes_of(*digest));
  }
  auto frame = std::make_shared<std::string>();
  frame->reserve(inside.size() + wire::kPrefixBytesMax);
  wire::append_size(*frame, v1::ServerFrame::kSnapshotFieldNumber, inside.size());
  frame->append(inside);
  return frame;
}

// Object by object, straight to the wire: copies of a large session would cost more than all else here.
std::vector<FrameBytes> frames_of(const session::FrozenState& state) {
  std::vector<FrameBytes> frames;
  std::string objects;
  for (const session::ObjectPointer& object : state.objects) {
    const std::size_t size = object->ByteSizeLong();
    if (!objects.empty() && objects.size() + size > kSnapshotPartBytesMax)
      frames.push_back(part_of(std::exchange(objects, {}), state.revision, nullptr));
    wire::append_size(objects, v1::SnapshotPart::kObjectsFieldNumber, size);
    object->AppendToString(&objects);
  }
  frames.push_back(part_of(std::move(objects), state.revision, &state.digest));
  return frames;
}

}  // namespace

void Room::send_missing(ConnectionId connection, const v1::Hello& hello) {
  const std::uint64_t since = hello.since_revision();
  // A client ahead of us kept what a restored server has lost; one without anything starts from a snapshot.
  if (since == 0 || since > durable_revision_ || since + 1 < tail_begin()) return send_snapshot(connection);
  if (since < durable_revision_) return send_tail(connection, since);
  if (!hello.since_digest().empty() && hello.since_digest() != bytes_of(session::digest(durable_)))
    send_snapshot(connection);
}

// The first revision that the tail holds, or the next one.
std::uint64_t Room::tail_begin() const noexcept {
  return tail_.empty() ? durable_revision_ + 1 : tail_.front().first_revision;
}

// Few large frames rather than one a commit.
void Room::send_tail(ConnectionId connection, std::uint64_t after) {
  std::string entries;
  const auto send_entries = [&] {
    if (!entries.empty())
      send_bytes(Delivery::To::one, connection, committed_frame(std::exchange(entries, {})), Delivery::Kind::ordinary);
  };
  for (const CommittedFrame& frame : tail_) {
    if (frame.last_revision() <= after) continue;
    const std::string_view more = entries_after(frame, after);
    if (entries.size() + more.size() > kBatchBytesMax) send_entries();
    entries += more;
  }
  send_entries();
}

void Room::send_snapshot(ConnectionId connection) {
  const bool is_usable = !snapshot_frames_.empty() && snapshot_frames_revision_ + 1 >= tail_begin() &&
                         durable_revision_ - snapshot_frames_revision_ <= kSnapshotReuseEdits;
  if (!is_usable) {
    snapshot_frames_ = frames_of(session::freeze(durable_, durable_revision_));
    snapshot_frames_revision_ = durable_revision_;
  }
  for (const FrameBytes& frame : snapshot_frames_)
    send_bytes(Delivery::To::one, connection, frame, Delivery::Kind::snapshot);
  send_tail(connection, snapshot_frames_revision_);
}

void Room::keep_in_tail(const CommittedFrame& frame) {
  tail_edits_ += frame.count();
  tail_bytes_ += frame.bytes->size();
  tail_.push_back(frame);
  while (tail_edits_ > kRoomTailEditsMax || tail_bytes_ > kRoomTailBytesMax) {
    tail_edits_ -= tail_.front().count();
    tail_bytes_ -= tail_.front().bytes->size();
    tail_.pop_front();
  }
  if (durable_revision_ - snapshot_frames_revision_ > kSnapshotReuseEdits) snapshot_frames_ = {};
}

}  // namespace talkback::domain
