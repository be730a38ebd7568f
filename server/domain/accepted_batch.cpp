#include "server/domain/accepted_batch.hpp"

#include <utility>

#include "engine/session/limits.hpp"
#include "server/domain/wire.hpp"

namespace talkback::domain {
namespace {

using wire::append_number;
using wire::append_size;
using wire::append_text;

FrameBytes frame_of(std::string_view entries, std::size_t* prefix_bytes = nullptr) {
  auto frame = std::make_shared<std::string>();
  frame->reserve(entries.size() + wire::kPrefixBytesMax);
  append_size(*frame, v1::ServerFrame::kCommittedFieldNumber, entries.size());
  if (prefix_bytes != nullptr) *prefix_bytes = frame->size();
  frame->append(entries);
  return frame;
}

}  // namespace

void AcceptedBatch::add(AcceptedEdit accepted, const v1::Edit& edit) {
  const std::size_t edit_bytes = edit.ByteSizeLong();
  std::string head;
  append_number(head, v1::CommittedEdit::kRevisionFieldNumber, accepted.revision);
  append_size(head, v1::CommittedEdit::kEditFieldNumber, edit_bytes);
  std::string rest;
  append_text(rest, v1::CommittedEdit::kAuthorFieldNumber, accepted.author.user);
  append_number(rest, v1::CommittedEdit::kCommittedUnixMsFieldNumber,
                static_cast<std::uint64_t>(accepted.committed_unix_ms));

  Place place{.begin = static_cast<std::uint32_t>(entries_.size())};
  append_size(entries_, v1::CommittedBatch::kEditsFieldNumber, head.size() + edit_bytes + rest.size());
  entries_ += head;
  place.edit_begin = static_cast<std::uint32_t>(entries_.size());
  entries_.resize(entries_.size() + edit_bytes);
  // The sizes were computed above, and are kept in the message.
  edit.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(entries_.data() + place.edit_begin));
  place.edit_end = static_cast<std::uint32_t>(entries_.size());
  entries_ += rest;
  places_.push_back(place);
  edits_.push_back(std::move(accepted));
}

std::string_view AcceptedBatch::edit_bytes(std::size_t at) const {
  const Place& place = places_[at];
  const std::string_view all = frame_.bytes ? std::string_view(*frame_.bytes) : std::string_view(entries_);
  return all.substr(place.edit_begin, place.edit_end - place.edit_begin);
}

v1::Edit AcceptedBatch::edit(std::size_t at) const {
  const std::string_view bytes = edit_bytes(at);
  v1::Edit edit;
  TALKBACK_CHECK(edit.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return edit;
}

void AcceptedBatch::close() {
  std::size_t prefix = 0;
  frame_.bytes = frame_of(entries_, &prefix);
  frame_.first_revision = edits_.front().revision;
  frame_.begins.reserve(places_.size() + 1);
  for (Place& place : places_) {
    place.begin += static_cast<std::uint32_t>(prefix);
    place.edit_begin += static_cast<std::uint32_t>(prefix);
    place.edit_end += static_cast<std::uint32_t>(prefix);
    frame_.begins.push_back(place.begin);
  }
  frame_.begins.push_back(static_cast<std::uint32_t>(frame_.bytes->size()));
  entries_ = {};
}

std::vector<SuggestionTaken> AcceptedBatch::taken() const {
  std::vector<SuggestionTaken> taken;
  for (const AcceptedEdit& accepted : edits_)
    if (accepted.taken) taken.push_back(*accepted.taken);
  return taken;
}

EditBatch AcceptedBatch::messages(const BranchId& branch) const {
  EditBatch batch{.branch = branch, .edits = {}, .author_ids = {}, .taken = taken()};
  v1::ServerFrame frame;
  TALKBACK_CHECK(frame.ParseFromString(*frame_.bytes));
  for (v1::CommittedEdit& committed : *frame.mutable_committed()->mutable_edits())
    batch.edits.push_back(std::move(committed));
  for (const AcceptedEdit& accepted : edits_) batch.author_ids.push_back(accepted.author.id);
  return batch;
}

EditBatch AcceptedBatch::bytes_only(const BranchId& branch) const {
  EditBatch batch{.branch = branch, .edits = {}, .author_ids = {}, .bytes = frame_.bytes, .taken = taken()};
  batch.stored.reserve(edits_.size());
  for (std::size_t i = 0; i < edits_.size(); ++i) {
    const std::string_view edit = edit_bytes(i);
    // Field 1, so it stands first; what else the author wrote before it cannot be: it was serialised here.
    static_assert(v1::Edit::kEditIdFieldNumber == 1);
    batch.stored.push_back({.revision = edits_[i].revision,
                            .author = edits_[i].author.id,
                            .committed_unix_ms = edits_[i].committed_unix_ms,
                            .edit_id = edit.substr(2, session::kEditIdBytes),
                            .edit = edit});
  }
  return batch;
}

std::string_view entries_after(const CommittedFrame& frame, std::uint64_t revision) {
  const std::uint64_t skipped = revision < frame.first_revision ? 0 : revision - frame.first_revision + 1;
  return std::string_view(*frame.bytes).substr(frame.begins[static_cast<std::size_t>(skipped)]);
}

FrameBytes committed_frame(std::string_view entries) { return frame_of(entries); }

}  // namespace talkback::domain
