// Edits that a room has accepted, on their way to the store and the members.
//
// Each is serialised once, as it is accepted: the batch is the frame that every member gets, the store writes the edits
// that lie in it, the tail keeps it for those who come back.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/session/apply.hpp"
#include "server/domain/edit_log.hpp"
#include "talkback/v1/room.pb.h"

namespace talkback::domain {

using ConnectionId = std::uint64_t;
// A ServerFrame as it stands on the wire, shared by all who send or keep it.
using FrameBytes = std::shared_ptr<const std::string>;

struct Participant {
  UserId id;
  std::string user;
  v1::Role role = v1::ROLE_UNSPECIFIED;
};

// What the room has to know of an edit besides its bytes, until it is durable.
struct AcceptedEdit {
  std::uint64_t revision = 0;
  std::int64_t committed_unix_ms = 0;
  ConnectionId connection = 0;
  Participant author;
  std::vector<session::Change> changes;
  // Null for nearly all.
  std::shared_ptr<const SuggestionTaken> taken = {};
};

// A frame of committed edits with the places of its edits: entries [begin of i, begin of i + 1).
struct CommittedFrame {
  FrameBytes bytes;
  std::uint64_t first_revision = 0;
  std::vector<std::uint32_t> begins;  // one more than there are edits

  std::size_t count() const noexcept { return begins.size() - 1; }
  std::uint64_t last_revision() const noexcept { return first_revision + count() - 1; }
};

class AcceptedBatch {
 public:
  void add(AcceptedEdit accepted, const v1::Edit& edit);

  std::size_t size() const noexcept { return edits_.size(); }
  std::size_t bytes() const noexcept { return entries_.size(); }
  const std::vector<AcceptedEdit>& edits() const noexcept { return edits_; }
  std::vector<AcceptedEdit> take_edits() { return std::move(edits_); }
  // The edit as it came.
  v1::Edit edit(std::size_t at) const;

  // Nothing is added from now on.
  void close();
  const CommittedFrame& frame() const noexcept { return frame_; }
  // For the store, of a closed batch.
  EditBatch messages(const BranchId& branch) const;
  EditBatch bytes_only(const BranchId& branch) const;

 private:
  struct Place {
    std::uint32_t begin = 0;
    std::uint32_t edit_begin = 0;
    std::uint32_t edit_end = 0;
  };

  std::string_view edit_bytes(std::size_t at) const;
  std::vector<SuggestionTaken> taken() const;

  std::string entries_;
  std::vector<Place> places_;
  std::vector<AcceptedEdit> edits_;
  CommittedFrame frame_;
};

// Those of the frame's entries that come after a revision, and a frame of entries.
std::string_view entries_after(const CommittedFrame& frame, std::uint64_t revision);
FrameBytes committed_frame(std::string_view entries);

}  // namespace talkback::domain
