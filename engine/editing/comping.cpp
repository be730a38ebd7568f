#include "engine/editing/comping.hpp"

#include <algorithm>

#include "engine/session/defaults.hpp"
#include "engine/session/edit_text.hpp"
#include "engine/session/order_key.hpp"
#include "engine/session/source_frames.hpp"
#include "engine/timeline/bar_beat.hpp"

namespace talkback::editing {
namespace {

using session::Session;

// What a length or an offset of a take is in frames of the session; of a source that is gone, as many.
Frames at_session_rate(const Session& session, std::uint64_t source_id, std::int64_t frames, SampleRate rate) {
  const v1::Source* source = session::source_of(session, source_id);
  return Frames{source != nullptr ? session::at_session_rate(frames, *source, rate) : frames};
}

// How long a clip sounds.
Frames length_of(const Session& session, const v1::AudioClip& clip, SampleRate rate) {
  const v1::Source* source = session::source_of(session, clip.source_id());
  return Frames{source != nullptr ? session::heard_frames(clip.length_frames(), clip, *source, rate)
                                  : clip.length_frames()};
}

// Ends that were recorded to a bar line lie on a frame, the line between two.
constexpr Frames kTolerance{1};

// A segment as it is, or as a clip will become one.
struct Layer {
  ObjectId id;
  std::string order;
  v1::CompSegment segment;
  bool is_new = false;
  std::int64_t from() const { return segment.position_ticks(); }
  std::int64_t to() const { return segment.position_ticks() + segment.length_ticks(); }
};

// The comp under construction: the segments there are, those that clips become, and the operations so far.
class Workbench {
 public:
  Workbench(const Session& session, const timeline::TempoMap& map, ObjectId track, const NewId& new_id)
      : session_(session), map_(map), track_(track), new_id_(new_id) {
    for (const v1::Object* object : session.children(track, v1::Object::kComp))
      layers_.push_back({session::id_of(*object), object->order(), object->comp()});
    convert_clips();
  }

  const std::vector<Layer>& layers() const { return layers_; }

  void erase(const Layer& layer) {
    if (!layer.is_new) edit_.add_operations()->set_delete_id(layer.id.value);
  }
  // New segments that were not erased.
  void create(const Layer& layer) {
    v1::Object& object = *edit_.add_operations()->mutable_create();
    object.set_id(layer.id.value);
    object.set_parent_id(track_.value);
    object.set_order(layer.order);
    *object.mutable_comp() = layer.segment;
  }
  // The layer is now `from` to `to`.
  void resize(const Layer& layer, std::int64_t from, std::int64_t to) {
    Layer cut = layer;
    cut.segment.set_position_ticks(from);
    cut.segment.set_length_ticks(to - from);
    if (layer.is_new) return create(cut);
    v1::Update& update = *edit_.add_operations()->mutable_update();
    update.mutable_values()->set_id(layer.id.value);
    *update.mutable_values()->mutable_comp() = cut.segment;
    if (from != layer.from()) update.mutable_fields()->add_paths("comp.position_ticks");
    if (to - from != layer.to() - layer.from()) update.mutable_fields()->add_paths("comp.length_ticks");
  }
  ObjectId new_id() const { return new_id_(); }
  std::string top_order() const { return session::order_between(layers_.empty() ? "" : layers_.back().order, ""); }
  // The key straight above a layer, below the next.
  std::string order_above(std::size_t index) const {
    const std::string& here = layers_[index].order;
    for (std::size_t next = index + 1; next < layers_.size(); ++next)
      if (layers_[next].order > here) return session::order_between(here, layers_[next].order);
    return session::order_between(here, "");
  }

  CompEdit finish(TickPosition from, TickPosition to) {
    CompEdit result;
    // What goes is gone before anything comes: the words of an edit read better so.
    for (const ObjectId clip : converted_) result.edit.add_operations()->set_delete_id(clip.value);
    result.edit.MergeFrom(edit_);
    result.from = from;
    result.to = to;
    result.converted = static_cast<int>(converted_.size());
    for (const v1::Object* clip : beside_) {
      const FramePosition start = map_.frame_at(TickPosition{clip->audio_clip().position_ticks()});
      const Frames length = length_of(session_, clip->audio_clip(), map_.rate());
      if (start < map_.frame_at(to) && map_.frame_at(from) < start + length)
        result.beside.push_back(clip->audio_clip().name());
    }
    return result;
  }

 private:
  // Clips of takes become segments below the comp, where a segment can say what they do.
  void convert_clips() {
    std::vector<Layer> made;
    const std::string above = layers_.empty() ? "" : layers_.front().order;
    std::string below;
    for (const v1::Object* object : session_.children(track_, v1::Object::kAudioClip)) {
      const v1::AudioClip& clip = object->audio_clip();
      const v1::Object* take = session_.find(ObjectId{clip.take_id()});
      if (clip.take_id() == 0 || clip.mute() || take == nullptr || !take->has_take()) continue;
      if (!is_in_place(clip, take->take())) {
        beside_.push_back(object);
        continue;
      }
      Layer layer{new_id_(), below = session::order_between(below, above), {}, true};
      const TickPosition from{clip.position_ticks()};
      const Frames length = length_of(session_, clip, map_.rate());
      const TickPosition to = map_.tick_at(map_.frame_at(from) + length);
      layer.segment.set_take_id(clip.take_id());
      layer.segment.set_position_ticks(from.count);
      layer.segment.set_length_ticks(std::max<std::int64_t>((to - from).count, 1));
      made.push_back(std::move(layer));
      converted_.push_back(session::id_of(*object));
    }
    layers_.insert(layers_.begin(), made.begin(), made.end());
  }

  // It plays the take where it was recorded, at its level, length and pitch.
  bool is_in_place(const v1::AudioClip& clip, const v1::Take& take) const {
    if (clip.source_id() != take.source_id() || std::abs(clip.gain_db()) > 0.0) return false;
    if (session::stretch_of(clip) != 1.0 || clip.transpose_st() != 0.0) return false;
    const auto zero_of = [&](std::int64_t position_ticks, std::int64_t offset_frames) {
      return map_.frame_at(TickPosition{position_ticks}) -
             at_session_rate(session_, clip.source_id(), offset_frames, map_.rate());
    };
    const Frames apart =
        zero_of(clip.position_ticks(), clip.offset_frames()) - zero_of(take.position_ticks(), take.offset_frames());
    return apart <= kTolerance && -apart <= kTolerance;
  }

  const Session& session_;
  const timeline::TempoMap& map_;
  ObjectId track_;
  const NewId& new_id_;
  std::vector<Layer> layers_;  // from the lowest to the topmost
  std::vector<ObjectId> converted_;
  std::vector<const v1::Object*> beside_;
  v1::Edit edit_;
};

Error empty_range() { return Error{ErrorCode::invalid, "the end of the range must lie behind its start"}; }

// The whole range plays the take already, and nothing has to be converted.
bool is_chosen(const Session& session, ObjectId track, const CompPick& pick) {
  return std::ranges::any_of(uses_of(session, track, pick.take), [&](const session::CompStretch& stretch) {
    return stretch.from <= pick.from && pick.to <= stretch.to;
  });
}

}  // namespace

TakeExtent extent_of(const Session& session, const timeline::TempoMap& map, const v1::Take& take) {
  const TickPosition from{take.position_ticks()};
  const Frames length = at_session_rate(session, take.source_id(), take.length_frames(), map.rate());
  return {from, map.tick_at(map.frame_at(from) + length)};
}

std::vector<session::CompStretch> uses_of(const Session& session, ObjectId track, ObjectId take) {
  std::vector<session::CompStretch> uses = session::comp_of(session, track);
  std::erase_if(uses, [&](const session::CompStretch& stretch) { return stretch.take != take; });
  return uses;
}

Result<CompEdit> pick(const Session& session, const timeline::TempoMap& map, ObjectId track, const CompPick& wanted,
                      const NewId& new_id) {
  if (wanted.to <= wanted.from) return empty_range();
  const v1::Object* object = session.find(wanted.take);
  if (object == nullptr || !object->has_take() || session::parent_of(*object) != track)
    return Error{ErrorCode::invalid, "the take lies on another track"};
  const v1::Take& take = object->take();
  if (take.trashed()) return Error{ErrorCode::invalid, "\"" + take.name() + "\" is in the trash; restore it first"};
  const TakeExtent extent = extent_of(session, map, take);
  CompPick clipped = wanted;
  if (map.frame_at(extent.from) > map.frame_at(wanted.from) + kTolerance) clipped.from = extent.from;
  if (map.frame_at(extent.to) + kTolerance < map.frame_at(wanted.to)) clipped.to = extent.to;
  if (clipped.to <= clipped.from)
    return Error{ErrorCode::invalid, "\"" + take.name() + "\" has nothing there: it was recorded from " +
                                         timeline::to_text(map, extent.from) + " to " +
                                         timeline::to_text(map, extent.to)};
  Workbench bench(session, map, track, new_id);
  const bool converts = std::ranges::any_of(bench.layers(), &Layer::is_new);
  if (!converts && !wanted.crossfade_ms && is_chosen(session, track, clipped)) {
    CompEdit same = bench.finish(clipped.from, clipped.to);
    same.is_clipped = clipped.from != wanted.from || clipped.to != wanted.to;
    return same;
  }
  for (const Layer& layer : bench.layers()) {
    const bool is_covered = clipped.from.count <= layer.from() && layer.to() <= clipped.to.count;
    if (is_covered)
      bench.erase(layer);
    else if (layer.is_new)
      bench.create(layer);
  }
  Layer top{bench.new_id(), bench.top_order(), {}, true};
  top.segment.set_take_id(wanted.take.value);
  top.segment.set_position_ticks(clipped.from.count);
  top.segment.set_length_ticks((clipped.to - clipped.from).count);
  if (wanted.crossfade_ms) top.segment.set_crossfade_ms(*wanted.crossfade_ms);
  bench.create(top);
  CompEdit result = bench.finish(clipped.from, clipped.to);
  result.is_clipped = clipped.from != wanted.from || clipped.to != wanted.to;
  return result;
}

Result<CompEdit> clear(const Session& session, const timeline::TempoMap& map, ObjectId track, TickPosition from,
                       TickPosition to, const NewId& new_id) {
  if (to <= from) return empty_range();
  Workbench bench(session, map, track, new_id);
  for (std::size_t i = 0; i < bench.layers().size(); ++i) {
    const Layer& layer = bench.layers()[i];
    if (layer.to() <= from.count || to.count <= layer.from()) {
      if (layer.is_new) bench.create(layer);
      continue;
    }
    const bool has_left = layer.from() < from.count;
    const bool has_right = to.count < layer.to();
    if (!has_left && !has_right) {
      bench.erase(layer);
    } else if (!has_left) {
      bench.resize(layer, to.count, layer.to());
    } else {
      bench.resize(layer, layer.from(), from.count);
      if (!has_right) continue;
      Layer right = layer;
      right.id = bench.new_id();
      right.order = bench.order_above(i);
      right.is_new = true;
      bench.resize(right, to.count, layer.to());
    }
  }
  return bench.finish(from, to);
}

}  // namespace talkback::editing
