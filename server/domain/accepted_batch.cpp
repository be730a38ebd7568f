#include "server/domain/accepted_batch.hpp"

#include <utility>

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

void AcceptedBatch::add(AcceptedEdit edit) {
  const v1::CommittedEdit& committed = edit.committed;
  const std::size_t edit_bytes = committed.edit().ByteSizeLong();
  std::string head;
  append_number(head, v1::CommittedEdit::kRevisionFieldNumber, committed.revision());
  append_size(head, v1::CommittedEdit::kEditFieldNumber, edit_bytes);
  std::string rest;
  append_text(rest, v1::CommittedEdit::kAuthorFieldNumber, committed.author());
  append_number(rest, v1::CommittedEdit::kCommittedUnixMsFieldNumber,
                static_cast<std::uint64_t>(committed.committed_unix_ms()));

  Place place{.begin = static_cast<std::uint32_t>(entries_.size())};
  append_size(entries_, v1::CommittedBatch::kEditsFieldNumber, head.size() + edit_bytes + rest.size());
  entries_ += head;
  place.edit_begin = static_cast<std::uint32_t>(entries_.size());
  entries_.resize(entries_.size() + edit_bytes);
  // The size was computed above, and is kept in the message.
  committed.edit().SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(entries_.data() + place.edit_begin));
  place.edit_end = static_cast<std::uint32_t>(entries_.size());
  entries_ += rest;
  places_.push_back(place);
  edits_.push_back(std::move(edit));
}

void AcceptedBatch::close() {
  std::size_t prefix = 0;
  frame_.bytes = frame_of(entries_, &prefix);
  frame_.first_revision = edits_.front().committed.revision();
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

EditBatch AcceptedBatch::for_store(const BranchId& branch) {
  EditBatch batch{.branch = branch, .edits = {}, .author_ids = {}, .edit_bytes = {}, .bytes = frame_.bytes};
  batch.edits.reserve(edits_.size());
  batch.author_ids.reserve(edits_.size());
  batch.edit_bytes.reserve(edits_.size());
  for (std::size_t i = 0; i < edits_.size(); ++i) {
    const Place& place = places_[i];
    batch.edit_bytes.push_back(
        std::string_view(*frame_.bytes).substr(place.edit_begin, place.edit_end - place.edit_begin));
    batch.author_ids.push_back(edits_[i].author.id);
    batch.edits.push_back(std::move(edits_[i].committed));
  }
  return batch;
}

std::string_view entries_after(const CommittedFrame& frame, std::uint64_t revision) {
  const std::uint64_t skipped = revision < frame.first_revision ? 0 : revision - frame.first_revision + 1;
  return std::string_view(*frame.bytes).substr(frame.begins[static_cast<std::size_t>(skipped)]);
}

FrameBytes committed_frame(std::string_view entries) { return frame_of(entries); }

}  // namespace talkback::domain
