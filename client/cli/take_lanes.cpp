#include "client/cli/take_lanes.hpp"

#include <algorithm>

#include "engine/session/routing.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::cli {

Result<const v1::Object*> find_audio_track(const session::Session& session, const std::string& name) {
  std::string names;
  for (const v1::Object* track : session::all_tracks(session)) {
    if (track->track().kind() != v1::Track::AUDIO) continue;
    if (track->track().name() == name) return track;
    names += (names.empty() ? "" : ", ") + track->track().name();
  }
  return Error{ErrorCode::not_found,
               "there is no audio track \"" + name + "\"" + (names.empty() ? "" : "; there are " + names)};
}

Result<std::vector<TakeLane>> take_lanes(const session::Session& session, const std::string& track) {
  std::vector<const v1::Object*> tracks = session::all_tracks(session);
  if (!track.empty()) {
    TALKBACK_ASSIGN(const v1::Object* found, find_audio_track(session, track));
    tracks = {found};
  }
  std::vector<TakeLane> lanes;
  for (const v1::Object* each : tracks) {
    int number = 0;
    for (const v1::Object* take : session.children(session::id_of(*each), v1::Object::kTake))
      lanes.push_back({each, take, ++number});
  }
  return lanes;
}

Result<TakeLane> find_take(const session::Session& session, const std::string& track, const std::string& text) {
  TALKBACK_ASSIGN(const std::vector<TakeLane> lanes, take_lanes(session, track));
  std::vector<TakeLane> found;
  std::ranges::copy_if(lanes, std::back_inserter(found),
                       [&](const TakeLane& lane) { return lane.take().name() == text; });
  if (found.empty())
    std::ranges::copy_if(lanes, std::back_inserter(found),
                         [&](const TakeLane& lane) { return std::to_string(lane.number) == text; });
  if (found.size() == 1) return found.front();
  std::string names;
  for (const TakeLane& lane : found.empty() ? lanes : found)
    names += (names.empty() ? "" : ", ") + std::to_string(lane.number) + " \"" + lane.take().name() + "\"" +
             (track.empty() ? " on " + lane.track->track().name() : "");
  if (!found.empty())
    return Error{ErrorCode::conflict,
                 "several takes are meant by \"" + text + "\": " + names + "; give --track and the number"};
  if (lanes.empty())
    return Error{ErrorCode::not_found,
                 track.empty() ? "nothing has been recorded yet" : "there are no takes on " + track};
  return Error{ErrorCode::not_found, "there is no take \"" + text + "\"; there are " + names};
}

Result<TickPosition> place_from(const timeline::TempoMap& map, const std::string& text) {
  if (const auto place = timeline::position_from_text(map, text)) return *place;
  return Error{ErrorCode::invalid,
               "\"" + text + "\" is no place in the song: give a bar (17) or a bar and beat (17.3)"};
}

std::string range_text(const timeline::TempoMap& map, TickPosition from, TickPosition to) {
  return timeline::to_text(map, from) + " to " + timeline::to_text(map, to);
}

}  // namespace talkback::cli
