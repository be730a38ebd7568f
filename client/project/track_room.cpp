#include "client/project/track_room.hpp"

#include <algorithm>
#include <cmath>

#include "engine/session/source_frames.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::project {
namespace {

class Room {
 public:
  Room(v1::Edit& edit, const session::Session& session, TickPosition from, TickPosition to,
       const std::function<ObjectId()>& new_id)
      : edit_(edit), session_(session), from_(from), to_(to), new_id_(new_id) {}

  void cut(const v1::Object& object, const v1::AudioClip& clip) {
    const v1::Source* source = session::source_of(session_, clip.source_id());
    if (source == nullptr) return;
    // In frames of the recording from the clip's first on, which its lengths count.
    const timeline::TempoMap map = session::tempo_map(session_, {static_cast<int>(source->sample_rate_hz())});
    const auto recorded = [&](TickPosition position) {
      const Frames heard = map.frame_at(position) - map.frame_at(TickPosition{clip.position_ticks()});
      return std::llround(static_cast<double>(heard.count) / session::stretch_of(clip));
    };
    const std::int64_t end = clip.length_frames();
    const std::int64_t from = recorded(from_);
    const std::int64_t to = to_ == kNoEnd ? end : recorded(to_);
    if (end <= from || to <= 0) return;
    if (from <= 0 && end <= to) return remove(object);
    v1::AudioClip right = clip;
    right.set_position_ticks(to_.count);
    right.set_offset_frames(clip.offset_frames() + to);
    right.set_length_frames(end - to);
    right.set_fade_in_frames(0);
    if (from > 0) {
      v1::Object& left = update(object, {"length_frames", "fade_out_frames"});
      left.mutable_audio_clip()->set_length_frames(from);
      if (end > to) *copy(object).mutable_audio_clip() = right;
    } else {
      *update(object, {"position_ticks", "offset_frames", "length_frames", "fade_in_frames"}).mutable_audio_clip() =
          right;
    }
  }

  void cut(const v1::Object& object, const v1::CompSegment& segment) {
    const std::int64_t begin = segment.position_ticks();
    const std::int64_t end = begin + segment.length_ticks();
    const std::int64_t to = std::min(to_.count, end);
    if (end <= from_.count || begin >= to_.count) return;
    if (begin >= from_.count && end <= to_.count) return remove(object);
    v1::CompSegment right = segment;
    right.set_position_ticks(to);
    right.set_length_ticks(end - to);
    if (begin < from_.count) {
      update(object, {"length_ticks"}).mutable_comp()->set_length_ticks(from_.count - begin);
      if (end > to) *copy(object).mutable_comp() = right;
    } else {
      *update(object, {"position_ticks", "length_ticks"}).mutable_comp() = right;
    }
  }

 private:
  void remove(const v1::Object& object) { edit_.add_operations()->set_delete_id(object.id()); }

  v1::Object& copy(const v1::Object& object) {
    v1::Object& made = *edit_.add_operations()->mutable_create();
    made = object;
    made.set_id(new_id_().value);
    return made;
  }

  v1::Object& update(const v1::Object& object, std::initializer_list<const char*> fields) {
    v1::Update& change = *edit_.add_operations()->mutable_update();
    change.mutable_values()->set_id(object.id());
    const std::string body = object.has_comp() ? "comp." : "audio_clip.";
    for (const char* field : fields) change.mutable_fields()->add_paths(body + field);
    return *change.mutable_values();
  }

  v1::Edit& edit_;
  const session::Session& session_;
  TickPosition from_;
  TickPosition to_;
  const std::function<ObjectId()>& new_id_;
};

}  // namespace

void make_room(v1::Edit& edit, const session::Session& session, ObjectId track, TickPosition from, TickPosition to,
               const std::function<ObjectId()>& new_id) {
  Room room(edit, session, from, to, new_id);
  for (const v1::Object* object : session.children(track, v1::Object::kAudioClip))
    room.cut(*object, object->audio_clip());
  for (const v1::Object* object : session.children(track, v1::Object::kComp)) room.cut(*object, object->comp());
}

}  // namespace talkback::project
