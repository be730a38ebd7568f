#include "tests/engine/session/session_fixture.hpp"

#include "engine/session/field_path.hpp"
#include "engine/session/tempo.hpp"
#include "engine/session/value_text.hpp"

namespace talkback::session {

v1::Object new_track(ObjectId id, const std::string& name, v1::Track::Kind kind, ObjectId parent) {
  v1::Object object;
  object.set_id(id.value);
  object.set_parent_id(parent.value);
  object.set_order("V");
  object.mutable_track()->set_name(name);
  object.mutable_track()->set_kind(kind);
  return object;
}

namespace {

v1::Object child(ObjectId id, ObjectId parent) {
  v1::Object object;
  object.set_id(id.value);
  object.set_parent_id(parent.value);
  object.set_order("V");
  return object;
}

}  // namespace

Session small_song() {
  Session session = Session::create({"Small song", 48'000});
  v1::Edit edit;
  const auto add = [&](const v1::Object& object) { *edit.add_operations() = create(object); };
  add(new_track(kVocal, "Vocal", v1::Track::AUDIO));
  add(new_track(kKeys, "Keys", v1::Track::INSTRUMENT));
  add(new_track(kReverbBus, "Reverb", v1::Track::BUS));
  add(new_track(kBand, "Band", v1::Track::FOLDER));
  v1::Object compressor = child(kCompressor, kVocal);
  compressor.mutable_insert()->mutable_compressor()->set_threshold_db(-20);
  add(compressor);
  v1::Object equaliser = child(kEqualiser, kVocal);
  equaliser.mutable_insert()->mutable_equaliser();
  add(equaliser);
  v1::Object send = child(kSend, kVocal);
  send.mutable_send()->set_target_id(kReverbBus.value);
  add(send);
  v1::Object source = child(kSource, kRootId);
  source.mutable_source()->set_blob_sha256(std::string(64, 'a'));
  source.mutable_source()->set_sample_rate_hz(48'000);
  source.mutable_source()->set_channels(1);
  source.mutable_source()->set_length_frames(480'000);
  add(source);
  v1::Object clip = child(kClip, kVocal);
  clip.mutable_audio_clip()->set_source_id(kSource.value);
  clip.mutable_audio_clip()->set_length_frames(48'000);
  clip.mutable_audio_clip()->set_name("verse");
  add(clip);
  v1::Object midi = child(kMidiClip, kKeys);
  midi.mutable_midi_clip()->set_length_ticks(4 * kTicksPerQuarter);
  midi.mutable_midi_clip()->set_name("riff");
  add(midi);
  TALKBACK_CHECK(apply(session, edit).has_value());
  return session;
}

v1::Edit edit_with(v1::Operation operation) {
  v1::Edit edit;
  *edit.add_operations() = std::move(operation);
  return edit;
}

v1::Operation create(const v1::Object& object) {
  v1::Operation operation;
  *operation.mutable_create() = object;
  return operation;
}

v1::Operation erase(ObjectId id) {
  v1::Operation operation;
  operation.set_delete_id(id.value);
  return operation;
}

v1::Operation set(const Session& session, ObjectId id, const std::string& path_text, const std::string& value) {
  v1::Operation operation;
  v1::Update& update = *operation.mutable_update();
  update.mutable_values()->set_id(id.value);
  update.mutable_fields()->add_paths(path_text);
  const FieldPath path = FieldPath::parse(path_text).value();
  TALKBACK_CHECK(
      set_from_text(session, tempo_map(session), value, path.make_holder(*update.mutable_values()), path.leaf())
          .has_value());
  return operation;
}

}  // namespace talkback::session
