#include "client/project/cue_mix.hpp"

#include <algorithm>
#include <charconv>

#include "engine/session/apply.hpp"
#include "engine/session/routing.hpp"

namespace talkback::project {
namespace {

constexpr double kFaderDbMin = -144.0;
constexpr double kFaderDbMax = 24.0;

Result<const v1::Object*> find_track(const session::Session& session, const std::string& name) {
  std::string names;
  for (const v1::Object* track : session::all_tracks(session)) {
    if (track->track().name() == name) return track;
    names += (names.empty() ? "" : ", ") + track->track().name();
  }
  return Error{ErrorCode::not_found, "there is no track \"" + name + "\"; there are " + names};
}

v1::Object& change(v1::Edit& edit, const v1::Object& track, const char* field) {
  v1::Update& update = *edit.add_operations()->mutable_update();
  update.mutable_values()->set_id(track.id());
  update.mutable_fields()->add_paths(field);
  return *update.mutable_values();
}

}  // namespace

Result<std::pair<std::string, double>> cue_level_from_text(const std::string& text) {
  const Error wrong{ErrorCode::invalid, "a cue level is written TRACK=DB, as in \"Drums=-6\", not \"" + text + "\""};
  const std::size_t at = text.rfind('=');
  if (at == std::string::npos || at == 0) return wrong;
  std::size_t begin = at + 1;
  if (begin < text.size() && text[begin] == '+') ++begin;
  double level = 0.0;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + text.size(), level);
  if (error != std::errc{} || end != text.data() + text.size() || !(level >= kFaderDbMin && level <= kFaderDbMax))
    return wrong;
  return std::pair{text.substr(0, at), level};
}

Result<session::Session> heard_with(const CueMix& cue, session::Session session) {
  v1::Edit edit;
  for (const std::string& name : cue.solo) {
    TALKBACK_ASSIGN(const v1::Object* track, find_track(session, name));
    change(edit, *track, "track.solo").mutable_track()->set_solo(true);
  }
  for (const std::string& name : cue.mute) {
    TALKBACK_ASSIGN(const v1::Object* track, find_track(session, name));
    change(edit, *track, "track.mute").mutable_track()->set_mute(true);
  }
  for (const auto& [name, level] : cue.levels) {
    TALKBACK_ASSIGN(const v1::Object* track, find_track(session, name));
    change(edit, *track, "track.fader_db")
        .mutable_track()
        ->set_fader_db(std::clamp(track->track().fader_db() + level, kFaderDbMin, kFaderDbMax));
  }
  if (edit.operations_size() > 0) TALKBACK_TRY(session::apply(session, edit));
  return session;
}

}  // namespace talkback::project
