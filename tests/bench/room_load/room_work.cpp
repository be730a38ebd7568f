#include "tests/bench/room_load/room_work.hpp"

#include <cstring>

#include "engine/session/protocol_version.hpp"
#include "talkback/v1/room.pb.h"
#include "tests/bench/room_load/room_socket.hpp"

namespace talkback::bench {
namespace {

constexpr std::uint64_t kFirstTrack = 1'000;
constexpr std::uint64_t kFirstClip = 10'000;
constexpr std::uint64_t kFirstSeedNote = 1'000'000;
constexpr std::uint64_t kFirstNote = std::uint64_t{1} << 40;
constexpr std::int64_t kTicksPerQuarter = 1'612'800;

v1::Object make_note(std::uint64_t id, std::uint64_t number) {
  v1::Object object;
  object.set_id(id);
  object.set_parent_id(kFirstClip + number % kTracks);
  object.mutable_note()->set_position_ticks(static_cast<std::int64_t>(number / kTracks) * kTicksPerQuarter / 4);
  object.mutable_note()->set_length_ticks(kTicksPerQuarter / 4);
  object.mutable_note()->set_pitch(36 + static_cast<std::uint32_t>(number % 60));
  object.mutable_note()->set_velocity(100);
  return object;
}

v1::Edit numbered(std::uint64_t number) {
  v1::Edit edit;
  edit.set_edit_id(edit_id(number));
  return edit;
}

}  // namespace

// Random to an index, as the ids of real clients are; the number lies open in the second half.
std::string edit_id(std::uint64_t number) {
  std::uint64_t mixed = number * 0x9e3779b97f4a7c15U;
  mixed = (mixed ^ (mixed >> 29)) * 0xbf58476d1ce4e5b9U;
  std::string id(16, '\0');
  std::memcpy(id.data(), &mixed, sizeof mixed);
  std::memcpy(id.data() + 8, &number, sizeof number);
  return id;
}

std::uint64_t number_of(std::string_view edit_id) {
  std::uint64_t number = 0;
  std::memcpy(&number, edit_id.data() + 8, sizeof number);
  return number;
}

v1::Edit make_edit(Kind kind, std::uint64_t number, std::uint64_t base_revision) {
  v1::Edit edit = numbered(number);
  edit.set_base_revision(base_revision);
  if (kind == Kind::note) {
    *edit.add_operations()->mutable_create() = make_note(kFirstNote + number, number);
    return edit;
  }
  v1::Update& update = *edit.add_operations()->mutable_update();
  update.mutable_values()->set_id(kFirstTrack + number % kTracks);
  update.mutable_values()->mutable_track()->set_fader_db(-static_cast<double>(number % 600) / 10);
  update.mutable_fields()->add_paths("track.fader_db");
  return edit;
}

std::string message_of(const v1::Edit& edit) {
  v1::ClientFrame frame;
  *frame.mutable_submit()->mutable_edit() = edit;
  return masked_message(frame.SerializeAsString());
}

std::string submit_message(Mix mix, std::uint64_t number, std::uint64_t base_revision) {
  const bool is_note = mix == Mix::both && number % 2 == 1;
  return message_of(make_edit(is_note ? Kind::note : Kind::fader, number, base_revision));
}

std::string hello_message() {
  v1::ClientFrame frame;
  frame.mutable_hello()->set_protocol_version(session::kProtocolVersion);
  frame.mutable_hello()->set_client("room_load");
  return masked_message(frame.SerializeAsString());
}

std::vector<v1::Edit> seed_edits() {
  std::vector<v1::Edit> edits;
  edits.push_back(numbered(kSeedNumber));
  for (std::uint64_t i = 0; i < kTracks; ++i) {
    v1::Object& track = *edits.back().add_operations()->mutable_create();
    track.set_id(kFirstTrack + i);
    track.set_parent_id(1);
    track.set_order("m");
    track.mutable_track()->set_kind(v1::Track::INSTRUMENT);
    track.mutable_track()->set_name("Track " + std::to_string(i + 1));
    v1::Object& clip = *edits.back().add_operations()->mutable_create();
    clip.set_id(kFirstClip + i);
    clip.set_parent_id(track.id());
    clip.mutable_midi_clip()->set_length_ticks(1'000 * kTicksPerQuarter);
  }
  for (std::uint64_t i = 0; i < kTracks * kNotesPerTrack; ++i) {
    if (i % 2'000 == 0) edits.push_back(numbered(kSeedNumber + edits.size()));
    *edits.back().add_operations()->mutable_create() = make_note(kFirstSeedNote + i, i);
  }
  return edits;
}

}  // namespace talkback::bench
