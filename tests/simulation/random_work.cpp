#include "tests/simulation/random_work.hpp"

#include <algorithm>

#include "engine/session/apply.hpp"
#include "engine/session/state.hpp"
#include "engine/session/undo.hpp"
#include "server/domain/history.hpp"
#include "tests/simulation/schedule.hpp"
#include "tests/support/random_edits.hpp"

namespace talkback::simulation {
namespace {

using session::Session;

v1::Object& add(v1::Edit& edit, std::uint64_t id, std::uint64_t parent) {
  v1::Object& object = *edit.add_operations()->mutable_create();
  object.set_id(id);
  object.set_parent_id(parent);
  object.set_order("V");
  return object;
}

void add_track(v1::Edit& edit, std::uint64_t id, std::uint64_t parent, v1::Track::Kind kind, const std::string& name,
               const std::string& performer = "") {
  v1::Track& track = *add(edit, id, parent).mutable_track();
  track.set_kind(kind);
  track.set_name(name);
  track.set_performer(performer);
}

v1::SessionState make_small_song() {
  v1::Edit edit;
  add_track(edit, 10, 1, v1::Track::FOLDER, "Band");
  add_track(edit, 11, 10, v1::Track::AUDIO, "Drums");
  add_track(edit, 12, 1, v1::Track::BUS, "Reverb");
  v1::Source& source = *add(edit, 13, 1).mutable_source();
  source.set_blob_sha256(std::string(64, 'a'));
  source.set_sample_rate_hz(48'000);
  source.set_channels(1);
  source.set_length_frames(480'000);
  for (int person = 1; person <= 3; ++person) {
    const auto id = static_cast<std::uint64_t>(20 + 10 * person);
    add_track(edit, id, person == 2 ? 10 : 1, v1::Track::AUDIO, "Part", user_name(person));
    add(edit, id + 1, id).mutable_audio_clip()->set_source_id(13);
    edit.mutable_operations()->rbegin()->mutable_create()->mutable_audio_clip()->set_length_frames(48'000);
  }
  add(edit, 14, 11).mutable_send()->set_target_id(12);
  add(edit, 15, 30).mutable_send()->set_target_id(12);
  add(edit, 16, 30).mutable_insert()->mutable_compressor();
  add(edit, 17, 16).mutable_automation()->set_field("compressor.threshold_db");
  add(edit, 18, 17).mutable_breakpoint()->set_value(-20);
  Session session = Session::create({.title = "Small song"});
  const auto made = session::apply(session, edit);
  TALKBACK_CHECK(made.has_value());
  return session::to_state(session, 0);
}

// The few objects that a small edit chooses from: what editors fight about.
class Bench {
 public:
  Bench(const Session& view, const std::string& user, v1::Role role, Dice& dice) : view_(view), dice_(dice) {
    const bool own_only = role == v1::PERFORMER && !dice.chance(6);
    view.for_each([&](const v1::Object& object) {
      if (!own_only || is_own(object, user)) objects_.push_back(&object);
    });
    std::ranges::sort(objects_, {}, [](const v1::Object* object) { return object->id(); });
  }

  // nullptr where there is none.
  template <class Fits>
  const v1::Object* choose(Fits fits) {
    std::vector<const v1::Object*> fitting;
    for (const v1::Object* object : objects_)
      if (fits(*object)) fitting.push_back(object);
    return fitting.empty() ? nullptr : fitting[dice_.number(fitting.size())];
  }
  // Whoever it belongs to.
  template <class Fits>
  std::uint64_t name(Fits fits) {
    std::vector<std::uint64_t> fitting;
    view_.for_each([&](const v1::Object& object) {
      if (fits(object)) fitting.push_back(object.id());
    });
    std::ranges::sort(fitting);
    return fitting.empty() ? 0 : fitting[dice_.number(fitting.size())];
  }

 private:
  bool is_own(const v1::Object& object, const std::string& user) const {
    const v1::Object* at = &object;
    for (int depth = 0; at != nullptr && depth < 40; ++depth) {
      if (at->has_track() && at->track().performer() == user) return true;
      at = view_.find(session::parent_of(*at));
    }
    return false;
  }

  const Session& view_;
  Dice& dice_;
  std::vector<const v1::Object*> objects_;
};

bool is_track(const v1::Object& object) { return object.has_track(); }
bool is_folder(const v1::Object& object) { return object.has_track() && object.track().kind() == v1::Track::FOLDER; }
bool is_bus(const v1::Object& object) { return object.has_track() && object.track().kind() == v1::Track::BUS; }

// As a recorder does it: the source, the take and the clip that plays it in one edit.
void record(v1::Edit& edit, std::uint64_t track, Dice& dice) {
  const std::uint64_t id = dice.next() | 64;
  v1::Source& source = *add(edit, id, 1).mutable_source();
  source.set_blob_sha256(std::string(64, 'b'));
  source.set_sample_rate_hz(48'000);
  source.set_channels(1);
  source.set_length_frames(1000);
  v1::Take& take = *add(edit, id + 1, track).mutable_take();
  take.set_source_id(id);
  take.set_length_frames(1000);
  v1::AudioClip& clip = *add(edit, id + 2, track).mutable_audio_clip();
  clip.set_source_id(id);
  clip.set_take_id(id + 1);
  clip.set_length_frames(1000);
}

void create_something(v1::Edit& edit, Bench& bench, const std::string& user, v1::Role role, Dice& dice) {
  const std::uint64_t id = dice.next() | 64;
  if (dice.chance(3)) {
    const bool is_performer = role == v1::PERFORMER;
    const v1::Track::Kind kind = is_performer || dice.chance(2) ? v1::Track::AUDIO
                                 : dice.chance(2)               ? v1::Track::BUS
                                                                : v1::Track::FOLDER;
    return add_track(edit, id, is_performer || dice.chance(2) ? 1 : std::max<std::uint64_t>(bench.name(is_folder), 1),
                     kind, "New",
                     is_performer     ? user
                     : dice.chance(2) ? user_name(static_cast<int>(dice.number(4)))
                                      : "");
  }
  const v1::Object* track = bench.choose(is_track);
  if (track == nullptr) return;
  if (track->track().kind() == v1::Track::AUDIO && dice.chance(4)) {
    record(edit, track->id(), dice);
  } else if (track->track().kind() == v1::Track::AUDIO && dice.chance(2)) {
    v1::AudioClip& clip = *add(edit, id, track->id()).mutable_audio_clip();
    clip.set_source_id(bench.name([](const v1::Object& object) { return object.has_source(); }));
    clip.set_length_frames(1 + static_cast<std::int64_t>(dice.number(1000)));
  } else if (dice.chance(2)) {
    add(edit, id, track->id()).mutable_send()->set_target_id(bench.name(is_bus));
  } else {
    add(edit, id, track->id()).mutable_insert()->mutable_equaliser()->mutable_band_1()->set_gain_db(3);
  }
}

// A field in words of a track, clip, send or insert, with a value; the rest moves among its siblings.
void update_something(v1::Edit& edit, Bench& bench, Dice& dice) {
  const v1::Object* object = bench.choose([](const v1::Object& any) { return !any.has_settings(); });
  if (object == nullptr) return;
  v1::Update& update = *edit.add_operations()->mutable_update();
  v1::Object& values = *update.mutable_values();
  values.set_id(object->id());
  const auto name = [&](const char* path) { update.mutable_fields()->add_paths(path); };
  const auto decibels = static_cast<double>(dice.number(24)) - 18.0;
  const std::uint64_t which = dice.number(6);
  if (which == 5) {
    name("parent_id");
    const bool is_top = object->has_track() && dice.chance(2);
    values.set_parent_id(is_top ? 1 : object->has_track() ? bench.name(is_folder) : bench.name(is_track));
    if (object->has_track()) values.mutable_track();
  } else if (object->has_track()) {
    v1::Track& track = *values.mutable_track();
    if (which == 0) name("track.fader_db"), track.set_fader_db(decibels);
    if (which == 1) name("track.pan"), track.set_pan(decibels / 20.0);
    if (which == 2) name("track.output_id"), track.set_output_id(dice.chance(3) ? 0 : bench.name(is_bus));
    if (which == 3) name("track.name"), track.set_name("Name " + std::to_string(dice.number(100)));
    if (which == 4) name("track.performer"), track.set_performer(user_name(static_cast<int>(dice.number(4))));
  } else if (object->has_audio_clip()) {
    v1::AudioClip& clip = *values.mutable_audio_clip();
    if (which < 2)
      name("audio_clip.position_ticks"), clip.set_position_ticks(static_cast<std::int64_t>(dice.number(9)));
    if (which == 2) name("audio_clip.gain_db"), clip.set_gain_db(decibels);
    if (which >= 3) name("audio_clip.length_frames"), clip.set_length_frames(1 + static_cast<int>(dice.number(9)));
  } else if (object->has_send()) {
    if (which < 3) name("send.level_db"), values.mutable_send()->set_level_db(decibels);
    if (which >= 3) name("send.target_id"), values.mutable_send()->set_target_id(bench.name(is_bus));
  } else if (object->insert().has_equaliser()) {
    name("insert.equaliser.band_2.gain_db");
    if (which > 0) values.mutable_insert()->mutable_equaliser()->mutable_band_2()->set_gain_db(decibels);
  } else if (object->has_insert()) {
    name("insert.side_chain_id");
    values.mutable_insert()->set_side_chain_id(bench.name(is_track));
  } else {
    name("order");
    values.set_order(std::string(1, static_cast<char>('A' + dice.number(26))));
  }
}

void delete_something(v1::Edit& edit, Bench& bench) {
  const v1::Object* object = bench.choose([](const v1::Object& any) { return any.id() > 2; });
  if (object != nullptr) edit.add_operations()->set_delete_id(object->id());
}

}  // namespace

const v1::SessionState& small_song() {
  static const v1::SessionState kSong = make_small_song();
  return kSong;
}

v1::Edit random_edit(const Session& view, const std::string& user, v1::Role role, std::uint64_t seed) {
  Dice dice(seed);
  v1::Edit edit;
  if (dice.chance(4)) {
    // Anything at all, over every type of object.
    edit = support::RandomEdits(seed).next(view);
  } else {
    Bench bench(view, user, role, dice);
    for (std::uint64_t count = 1 + dice.number(3); count > 0; --count) {
      const std::uint64_t what = dice.number(10);
      if (what < 3)
        create_something(edit, bench, user, role, dice);
      else if (what < 8)
        update_something(edit, bench, dice);
      else
        delete_something(edit, bench);
    }
  }
  edit.clear_edit_id();
  for (int i = 0; i < 16; ++i) edit.mutable_edit_id()->push_back(static_cast<char>(dice.number(256)));
  return edit;
}

std::optional<v1::Edit> random_undo(SimulatedStore& store, const Session& view, std::uint64_t revision,
                                    const std::string& user, std::uint64_t seed, Sabotage sabotage) {
  Dice dice(seed);
  std::uint64_t back = dice.number(3) == 0 ? 1 : 0;
  for (std::uint64_t at = std::min<std::uint64_t>(revision, store.durable_revision()); at > store.first_revision();
       --at) {
    const v1::CommittedEdit& committed = store.at(at);
    if (committed.author() != user || back-- > 0) continue;
    auto before = domain::load_session(store, kProject, at - 1);
    TALKBACK_CHECK(before.has_value());
    const auto report = session::apply(before->session, committed.edit());
    TALKBACK_CHECK(report.has_value());
    const auto undo = session::undo_of(view, report->changes);
    if (!undo || undo->edit.operations().empty()) return std::nullopt;
    v1::Edit edit = sabotage == Sabotage::undo_overwrites ? session::inverse_of(*report) : undo->edit;
    edit.set_undoes(at);
    for (int i = 0; i < 16; ++i) edit.mutable_edit_id()->push_back(static_cast<char>(dice.number(256)));
    return edit;
  }
  return std::nullopt;
}

std::string words(const v1::Edit& edit) {
  std::string text = edit.undoes() != 0 ? "takes back revision " + std::to_string(edit.undoes()) + ": " : "";
  if (!edit.undoes_edit().empty()) text = "takes back an edit: ";
  for (const v1::Operation& operation : edit.operations()) {
    if (operation.has_create()) {
      const auto* body = v1::Object::descriptor()->FindFieldByNumber(static_cast<int>(operation.create().body_case()));
      text += "create " + (body == nullptr ? std::string("nothing") : body->name()) + " " +
              std::to_string(operation.create().id()) + " in " + std::to_string(operation.create().parent_id());
    } else if (operation.has_update()) {
      text += "set";
      for (const std::string& path : operation.update().fields().paths())
        text += " " + path +
                (path == "parent_id" ? "=" + std::to_string(operation.update().values().parent_id()) : std::string());
      text += " of " + std::to_string(operation.update().values().id());
    } else {
      text += "delete " + std::to_string(operation.delete_id());
    }
    text += "; ";
  }
  return text;
}

}  // namespace talkback::simulation
