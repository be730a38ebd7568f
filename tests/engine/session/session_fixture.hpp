// A small song to test with, and a small language to edit it.
#pragma once

#include <string>

#include "engine/session/apply.hpp"

namespace talkback::session {

inline constexpr ObjectId kVocal{100};
inline constexpr ObjectId kKeys{101};
inline constexpr ObjectId kReverbBus{102};
inline constexpr ObjectId kBand{103};  // folder track
inline constexpr ObjectId kCompressor{110};
inline constexpr ObjectId kEqualiser{111};
inline constexpr ObjectId kSend{112};
inline constexpr ObjectId kSource{120};
inline constexpr ObjectId kClip{121};
inline constexpr ObjectId kMidiClip{122};

// Vocal (audio, with a compressor, an equaliser, a send to Reverb and one clip), Keys (instrument, one MIDI clip),
// Reverb (bus) and Band (folder).
Session small_song();

v1::Edit edit_with(v1::Operation operation);
v1::Operation create(const v1::Object& object);
v1::Operation erase(ObjectId id);

// Sets one field by its path and readable value: set(kVocal, "track.fader_db", "-3").
v1::Operation set(const Session& session, ObjectId id, const std::string& path, const std::string& value);

v1::Object new_track(ObjectId id, const std::string& name, v1::Track::Kind kind, ObjectId parent = kRootId);

}  // namespace talkback::session
