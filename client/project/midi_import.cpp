#include "client/project/midi_import.hpp"

#include <algorithm>

#include "client/project/audio_import.hpp"
#include "client/project/midi_clip.hpp"
#include "client/replica/sync.hpp"
#include "engine/session/edit_text.hpp"
#include "engine/session/order_key.hpp"

namespace talkback::project {
namespace {

constexpr int kDrumChannel = 9;  // General MIDI, channel 10 as musicians count

v1::Object& create(v1::Edit& edit, ObjectId parent, const std::string& order) {
  v1::Object& object = *edit.add_operations()->mutable_create();
  object.set_id(replica::new_object_id().value);
  object.set_parent_id(parent.value);
  object.set_order(order);
  return object;
}

void add_tempo_map(v1::Edit& edit, const media::MidiFile& midi) {
  for (const media::MidiTempo& tempo : midi.tempos) {
    v1::TempoChange& change = *create(edit, kRootId, "").mutable_tempo();
    change.set_position_ticks(tempo.position.count);
    change.set_bpm(std::clamp(tempo.bpm, kTempoBpmMin, kTempoBpmMax));
  }
  for (const media::MidiSignature& signature : midi.signatures) {
    v1::SignatureChange& change = *create(edit, kRootId, "").mutable_signature();
    change.set_position_ticks(signature.position.count);
    change.set_numerator(static_cast<std::uint32_t>(signature.numerator));
    change.set_denominator(static_cast<std::uint32_t>(signature.denominator));
  }
}

// One clip over the whole part, so that nothing is cut.
void add_clip(v1::Edit& edit, ObjectId track, const media::MidiTrack& part, const std::string& name) {
  Ticks length{1};
  for (const media::MidiNote& note : part.notes)
    length = std::max(length, note.position + note.length - TickPosition{0});
  for (const media::MidiController& controller : part.controllers)
    length = std::max(length, controller.position - TickPosition{0} + Ticks{1});
  for (const media::MidiSystemExclusive& exclusive : part.exclusives)
    length = std::max(length, exclusive.position - TickPosition{0} + Ticks{1});
  v1::Object& clip = create(edit, track, "V");
  const ObjectId clip_id = session::id_of(clip);
  clip.mutable_midi_clip()->set_name(name);
  clip.mutable_midi_clip()->set_length_ticks(length.count);
  for (v1::Operation& operation : content_operations(
           clip_id, {part.notes, part.controllers, part.exclusives, TickPosition{0}}, &replica::new_object_id))
    *edit.add_operations() = std::move(operation);
}

}  // namespace

MidiImport import_midi(const session::Session& session, const media::MidiFile& midi, const std::string& name) {
  MidiImport result;
  v1::Edit& edit = result.edit;
  result.tempo_map = !(midi.tempos.empty() && midi.signatures.empty()) &&
                     session.children(kRootId, v1::Object::kTempo).empty() &&
                     session.children(kRootId, v1::Object::kSignature).empty();
  if (result.tempo_map) add_tempo_map(edit, midi);
  std::string order = session::last_order(session, kRootId, v1::Object::kTrack);
  const std::string& master_order = session.find(session::kMasterId)->order();
  for (const media::MidiTrack& part : midi.tracks) {
    v1::Object& track = create(edit, kRootId, order);
    const ObjectId track_id = session::id_of(track);
    const std::string part_name = unused_track_name(session, edit, part.name.empty() ? name : part.name);
    track.mutable_track()->set_kind(v1::Track::INSTRUMENT);
    track.mutable_track()->set_name(part_name);
    v1::SoundFontPlayer& player = *create(edit, track_id, "V").mutable_instrument()->mutable_soundfont();
    player.set_drums(part.channel == kDrumChannel);
    player.set_bank(static_cast<std::uint32_t>(part.bank));
    player.set_program(static_cast<std::uint32_t>(part.program));
    add_clip(edit, track_id, part, part_name);
    order = session::order_between(order, order < master_order ? master_order : "");
    ++result.tracks;
    result.notes += static_cast<int>(part.notes.size());
  }
  return result;
}

}  // namespace talkback::project
