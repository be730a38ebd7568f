#include "client/project/midi_clip.hpp"

#include <algorithm>
#include <cstring>

#include "engine/base/sha256.hpp"
#include "engine/session/edit_text.hpp"
#include "engine/session/limits.hpp"
#include "engine/session/order_key.hpp"

namespace talkback::project {
namespace {

// Below the bounds of an edit, with room for what stands around the operations.
constexpr int kPartOperationsMax = session::kEditOperationsMax - 1'000;
constexpr std::size_t kPartBytesMax = session::kEditBytesMax - (1U << 20);
constexpr std::size_t kDeviceBytesMax = 200;

// Numbers that hang on a text, as random as its hash.
class SeededIds {
 public:
  explicit SeededIds(std::string seed) : seed_(std::move(seed)) {}

  ObjectId object() {
    for (;;) {
      const Sha256Digest digest = sha256(seed_ + "|object|" + std::to_string(++objects_));
      std::uint64_t value = 0;
      std::memcpy(&value, digest.data(), sizeof value);
      // The first few are the session's own.
      if (value > 0xffff) return ObjectId{value};
    }
  }
  std::string edit(int number) const {
    const Sha256Digest digest = sha256(seed_ + "|edit|" + std::to_string(number));
    return {reinterpret_cast<const char*>(digest.data()), session::kEditIdBytes};
  }

 private:
  std::string seed_;
  std::int64_t objects_ = 0;
};

v1::Controller::Kind kind_of(media::MidiControllerKind kind) {
  switch (kind) {
    case media::MidiControllerKind::control_change:
      return v1::Controller::CONTROL_CHANGE;
    case media::MidiControllerKind::pitch_bend:
      return v1::Controller::PITCH_BEND;
    case media::MidiControllerKind::channel_pressure:
      return v1::Controller::CHANNEL_PRESSURE;
    case media::MidiControllerKind::key_pressure:
      return v1::Controller::KEY_PRESSURE;
    case media::MidiControllerKind::program_change:
      return v1::Controller::PROGRAM_CHANGE;
  }
  return v1::Controller::KIND_UNSPECIFIED;
}

std::string hexadecimal(const std::vector<std::uint8_t>& bytes) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

// Not in the middle of a character.
std::string shortened(const std::string& text, std::size_t bytes_max) {
  std::size_t size = std::min(text.size(), bytes_max);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

// Operations in order, as many to an edit as fit.
std::vector<v1::Edit> parts_of(std::vector<v1::Operation> operations, const std::string& summary,
                               const SeededIds& ids) {
  std::vector<v1::Edit> edits;
  std::size_t bytes = 0;
  for (v1::Operation& operation : operations) {
    const std::size_t more = operation.ByteSizeLong() + 8;
    if (edits.empty() || edits.back().operations_size() == kPartOperationsMax || bytes + more > kPartBytesMax) {
      edits.emplace_back().set_edit_id(ids.edit(static_cast<int>(edits.size())));
      edits.back().set_summary(edits.size() == 1 ? summary : summary + ", continued");
      bytes = 0;
    }
    *edits.back().add_operations() = std::move(operation);
    bytes += more;
  }
  return edits;
}

}  // namespace

std::vector<v1::Operation> content_operations(ObjectId clip, const MidiContent& content,
                                              const std::function<ObjectId()>& new_id) {
  std::vector<v1::Operation> operations;
  const auto create = [&]() -> v1::Object& {
    v1::Object& object = *operations.emplace_back().mutable_create();
    object.set_id(new_id().value);
    object.set_parent_id(clip.value);
    return object;
  };
  for (const media::MidiNote& note : content.notes) {
    v1::Note& written = *create().mutable_note();
    written.set_position_ticks((note.position - content.origin).count);
    written.set_length_ticks(note.length.count);
    written.set_pitch(static_cast<std::uint32_t>(note.pitch));
    written.set_velocity(static_cast<std::uint32_t>(note.velocity));
  }
  for (const media::MidiController& controller : content.controllers) {
    v1::Controller& written = *create().mutable_controller();
    written.set_position_ticks((controller.position - content.origin).count);
    written.set_kind(kind_of(controller.kind));
    written.set_number(static_cast<std::uint32_t>(controller.number));
    written.set_value(controller.value);
  }
  for (const media::MidiSystemExclusive& exclusive : content.exclusives) {
    v1::SystemExclusive& written = *create().mutable_system_exclusive();
    written.set_position_ticks((exclusive.position - content.origin).count);
    written.set_data(hexadecimal(exclusive.bytes));
  }
  return operations;
}

std::vector<v1::Edit> clip_edits(const session::Session& session, const v1::Object& track,
                                 const std::vector<recorder::MidiPass>& passes, const MidiOrigin& origin,
                                 const std::string& seed) {
  SeededIds ids(seed);
  const ObjectId parent = session::id_of(track);
  std::vector<v1::Operation> operations;
  std::vector<v1::Operation> contents;
  std::size_t number = session.count_children(parent, v1::Object::kMidiClip);
  std::string order = session::last_order(session, parent, v1::Object::kMidiClip);
  std::string first_name;
  for (const recorder::MidiPass& pass : passes) {
    const std::string name = track.track().name() + " take " + std::to_string(++number);
    if (first_name.empty()) first_name = name;
    v1::Object& object = *operations.emplace_back().mutable_create();
    object.set_id(ids.object().value);
    object.set_parent_id(parent.value);
    object.set_order(order);
    order = session::order_between(order, "");
    v1::MidiClip& clip = *object.mutable_midi_clip();
    clip.set_name(name);
    clip.set_position_ticks(pass.begin.count);
    clip.set_length_ticks(pass.length.count);
    clip.set_mute(&pass != &passes.back());
    clip.set_performer(origin.performer);
    clip.set_device(shortened(origin.device, kDeviceBytesMax));
    clip.set_recorded_unix_ms(origin.recorded_unix_ms);
    clip.set_software(origin.software);
    clip.set_latency_frames(origin.latency.count);
    auto more = content_operations(session::id_of(object), {pass.notes, pass.controllers, pass.exclusives, pass.begin},
                                   [&] { return ids.object(); });
    std::ranges::move(more, std::back_inserter(contents));
  }
  std::ranges::move(contents, std::back_inserter(operations));
  const std::string summary = passes.size() > 1
                                  ? "Recorded " + first_name + " and " + std::to_string(passes.size() - 1) + " more"
                                  : "Recorded " + first_name;
  return parts_of(std::move(operations), summary, ids);
}

}  // namespace talkback::project
