#include "client/project/take_edit.hpp"

#include <algorithm>
#include <cstring>

#include "client/project/audio_import.hpp"
#include "client/project/track_room.hpp"
#include "engine/base/sha256.hpp"
#include "engine/editing/comping.hpp"
#include "engine/session/apply.hpp"
#include "engine/session/edit_text.hpp"
#include "engine/session/order_key.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::project {
namespace {

using recorder::CapturedMark;
using recorder::CapturedTake;
using recorder::CaptureEvent;

constexpr std::size_t kMarksMax = 2'000;

std::string derived(const std::string& recording_id, const std::string& what, std::size_t bytes) {
  const Sha256Digest digest = sha256(recording_id + "/" + what);
  return {reinterpret_cast<const char*>(digest.data()), bytes};
}

ObjectId derived_id(const std::string& recording_id, const std::string& what) {
  const std::string bytes = derived(recording_id, what, sizeof(std::uint64_t));
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return ObjectId{std::max<std::uint64_t>(value, 1'000)};
}

v1::TakeMark::Kind mark_kind(CaptureEvent::Kind kind) {
  switch (kind) {
    case CaptureEvent::Kind::xrun:
      return v1::TakeMark::XRUN;
    case CaptureEvent::Kind::lost:
      return v1::TakeMark::DROPOUT;
    case CaptureEvent::Kind::clip:
      return v1::TakeMark::CLIP;
    default:
      return v1::TakeMark::CUE;
  }
}

// Which of the takes play: none over another, the longest first, of equal ones the last.
std::vector<std::size_t> chosen(const std::vector<CapturedTake>& takes) {
  std::vector<std::size_t> order(takes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return takes[a].length != takes[b].length ? takes[a].length > takes[b].length : a > b;
  });
  std::vector<std::size_t> result;
  for (const std::size_t i : order) {
    const bool is_free = std::ranges::all_of(result, [&](std::size_t other) {
      return takes[i].song >= takes[other].song + takes[other].length ||
             takes[other].song >= takes[i].song + takes[i].length;
    });
    if (is_free) result.push_back(i);
  }
  std::ranges::sort(result);
  return result;
}

class Writer {
 public:
  Writer(const session::Session& session, const recorder::CaptureRecord& record, const RecordedFile& file)
      : session_(session), record_(record), file_(file), map_(map_of(record.start)) {}

  v1::Edit write(const std::vector<CapturedTake>& takes) {
    edit_.set_edit_id(derived(record_.start.recording_id, "edit", 16));
    const ObjectId track = find_track();
    const std::size_t before = session_.count_children(track, v1::Object::kTake);
    const std::string last = std::to_string(before + takes.size());
    edit_.set_summary("Recorded " + track_name_ + " take " +
                      (takes.size() > 1 ? std::to_string(before + 1) + " to " + last : last));
    write_source(track_name_ + " take " + std::to_string(before + 1));
    std::string order = session::last_order(session_, track, v1::Object::kTake);
    for (std::size_t i = 0; i < takes.size(); ++i) {
      write_take(takes[i], track, track_name_ + " take " + std::to_string(before + i + 1), i, order);
      order = session::order_between(order, {});
    }
    const std::vector<std::size_t> playing = chosen(takes);
    if (session_.count_children(track, v1::Object::kComp) > 0) {
      pick(takes, playing, track);
      return std::move(edit_);
    }
    for (const std::size_t i : playing)
      make_room(edit_, session_, track, tick_of(takes[i].song), tick_of(takes[i].song + takes[i].length),
                [this] { return next_id(); });
    order = session::last_order(session_, track, v1::Object::kAudioClip);
    for (const std::size_t i : playing) {
      write_clip(takes[i], track, track_name_ + " take " + std::to_string(before + i + 1), i, order);
      order = session::order_between(order, {});
    }
    return std::move(edit_);
  }

 private:
  static timeline::TempoMap map_of(const recorder::CaptureStart& start) {
    auto map = timeline::TempoMap::create(start.rate, start.tempos, start.signatures);
    // A journal that somebody wrote by hand: the song's beginning at 120 bpm is better than nothing.
    if (!map) map = timeline::TempoMap::create(start.rate, {}, {});
    return *std::move(map);
  }

  TickPosition tick_of(FramePosition song) const { return map_.tick_at(song); }
  ObjectId id(const std::string& what) const { return derived_id(record_.start.recording_id, what); }
  ObjectId next_id() { return id("part " + std::to_string(++parts_)); }

  v1::Object& create(ObjectId object, ObjectId parent) {
    v1::Object& made = *edit_.add_operations()->mutable_create();
    made.set_id(object.value);
    made.set_parent_id(parent.value);
    return made;
  }

  ObjectId find_track() {
    const ObjectId track{record_.start.track_id};
    if (const v1::Object* found = session_.find(track); found != nullptr && found->has_track()) {
      track_name_ = found->track().name();
      return track;
    }
    v1::Object& made = create(id("track"), kRootId);
    made.set_order(session::last_order(session_, kRootId, v1::Object::kTrack));
    track_name_ = unused_track_name(session_, edit_, record_.start.track + " (recovered)");
    made.mutable_track()->set_kind(v1::Track::AUDIO);
    made.mutable_track()->set_name(track_name_);
    made.mutable_track()->set_performer(record_.start.user);
    return ObjectId{made.id()};
  }

  void write_source(const std::string& name) {
    v1::Object& object = create(id("source"), kRootId);
    object.set_order(session::last_order(session_, kRootId, v1::Object::kSource));
    v1::Source& source = *object.mutable_source();
    source.set_name(name);
    source.set_file_name(file_.file_name);
    source.set_blob_sha256(file_.blob.sha256);
    source.set_size_bytes(file_.blob.size_bytes);
    source.set_preview_sha256(file_.preview_sha256);
    source.set_sample_rate_hz(static_cast<std::uint32_t>(record_.start.rate.hz));
    source.set_channels(static_cast<std::uint32_t>(record_.start.channels));
    source.set_length_frames(file_.length.count);
  }

  void write_take(const CapturedTake& captured, ObjectId track, const std::string& name, std::size_t index,
                  const std::string& order) {
    const recorder::CaptureStart& start = record_.start;
    const recorder::CaptureLatency latency = recorder::latency_of(record_);
    v1::Object& object = create(id("take " + std::to_string(index)), track);
    object.set_order(order);
    v1::Take& take = *object.mutable_take();
    take.set_name(name);
    take.set_source_id(id("source").value);
    take.set_position_ticks(tick_of(captured.song).count);
    take.set_offset_frames(captured.source_start.count);
    take.set_length_frames(captured.length.count);
    take.set_performer(start.user);
    take.set_device(start.device.substr(0, 200));
    take.set_latency_frames(latency.frames.count);
    take.set_latency_measured(latency.is_measured);
    take.set_recorded_unix_ms(start.recorded_unix_ms);
    take.set_software(start.software);
    take.set_drift_ppm(recorder::drift_ppm_of(record_));
    take.set_input_gain_db(start.input_gain_db);
    std::int64_t lost = 0;
    std::uint32_t xruns = 0;
    std::size_t marks = 0;
    const ObjectId take_id{object.id()};
    for (const CapturedMark& mark : captured.marks) {
      if (mark.kind == CaptureEvent::Kind::xrun) ++xruns;
      lost += mark.length.count;
    }
    take.set_xruns(xruns);
    take.set_lost_frames(lost);
    for (const CapturedMark& mark : captured.marks) {
      if (marks++ == kMarksMax) break;
      v1::Object& made = create(next_id(), take_id);
      made.set_order(session::order_between({}, {}));
      made.mutable_take_mark()->set_kind(mark_kind(mark.kind));
      made.mutable_take_mark()->set_position_frames(mark.position);
      made.mutable_take_mark()->set_length_frames(mark.length.count);
    }
  }

  // On a track that is comped the new takes are picks on top, as if the performer had made them by hand.
  void pick(const std::vector<CapturedTake>& takes, const std::vector<std::size_t>& playing, ObjectId track) {
    session::Session session = session_;
    if (!session::apply(session, edit_)) return;
    const timeline::TempoMap map = session::tempo_map(session);
    for (const std::size_t i : playing) {
      const auto picked = editing::pick(session, map, track,
                                        {.take = id("take " + std::to_string(i)),
                                         .from = tick_of(takes[i].song),
                                         .to = tick_of(takes[i].song + takes[i].length)},
                                        [this] { return next_id(); });
      if (!picked) continue;
      edit_.mutable_operations()->MergeFrom(picked->edit.operations());
      if (!session::apply(session, picked->edit)) return;
    }
  }

  void write_clip(const CapturedTake& captured, ObjectId track, const std::string& name, std::size_t index,
                  const std::string& order) {
    v1::Object& object = create(id("clip " + std::to_string(index)), track);
    object.set_order(order);
    v1::AudioClip& clip = *object.mutable_audio_clip();
    clip.set_name(name);
    clip.set_source_id(id("source").value);
    clip.set_take_id(id("take " + std::to_string(index)).value);
    clip.set_position_ticks(tick_of(captured.song).count);
    clip.set_offset_frames(captured.source_start.count);
    clip.set_length_frames(captured.length.count);
  }

  const session::Session& session_;
  const recorder::CaptureRecord& record_;
  const RecordedFile& file_;
  const timeline::TempoMap map_;
  v1::Edit edit_;
  std::string track_name_;
  int parts_ = 0;
};

}  // namespace

bool holds_recording(const session::Session& session, const std::string& recording_id) {
  return session.find(derived_id(recording_id, "source")) != nullptr;
}

v1::Edit edit_of_takes(const session::Session& session, const recorder::CaptureRecord& record,
                       const std::vector<recorder::CapturedTake>& takes, const RecordedFile& file) {
  return Writer(session, record, file).write(takes);
}

}  // namespace talkback::project
