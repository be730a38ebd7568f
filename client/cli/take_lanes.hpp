// Takes as people name them: by the track that they lie on, and a number or a name.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/session/session.hpp"
#include "engine/timeline/tempo_map.hpp"

namespace talkback::cli {

struct TakeLane {
  const v1::Object* track = nullptr;
  const v1::Object* object = nullptr;
  int number = 0;  // from 1, on its track; those in the trash are counted, so that numbers stay
  const v1::Take& take() const { return object->take(); }
};

// An audio track by its name. `not_found` with the names there are.
Result<const v1::Object*> find_audio_track(const session::Session& session, const std::string& name);

// Of one track (empty: of all), in the order of the mixer and of recording.
Result<std::vector<TakeLane>> take_lanes(const session::Session& session, const std::string& track);

// By name, or by number on its track. `conflict` where several are meant; `not_found` with those there are.
Result<TakeLane> find_take(const session::Session& session, const std::string& track, const std::string& text);

// "17" or "17.3". `invalid` for anything else.
Result<TickPosition> place_from(const timeline::TempoMap& map, const std::string& text);

// "5 to 9"
std::string range_text(const timeline::TempoMap& map, TickPosition from, TickPosition to);

}  // namespace talkback::cli
