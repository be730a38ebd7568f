#include "engine/session/edit_text.hpp"

#include <algorithm>
#include <vector>

#include "engine/session/address.hpp"
#include "engine/session/order_key.hpp"
#include "engine/session/rules.hpp"
#include "engine/session/tempo.hpp"
#include "engine/session/value_text.hpp"
#include "talkback/v1/rules.pb.h"

namespace talkback::session {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

Error invalid(std::string message) { return Error{ErrorCode::invalid, std::move(message)}; }

struct Assignment {
  std::string field;
  std::string value;
};

// The first character outside quotes and brackets that is one of `wanted`. A quote opens where a word begins: the one
// in O'Brien is a letter.
std::size_t find_outside(std::string_view text, std::string_view wanted) {
  char quote = 0;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if ((c == '"' || c == '\'') && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '=')) {
      quote = c;
    } else if (c == '[') {
      ++depth;
    } else if (c == ']') {
      --depth;
    } else if (depth == 0 && wanted.find(c) != std::string_view::npos) {
      return i;
    }
  }
  return std::string_view::npos;
}

std::string unquoted(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front())
    text = text.substr(1, text.size() - 2);
  return std::string(text);
}

Result<std::vector<Assignment>> assignments_from(std::string_view text) {
  std::vector<Assignment> assignments;
  while (true) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (text.empty()) return assignments;
    const std::size_t end = std::min(find_outside(text, " "), text.size());
    const std::string_view word = text.substr(0, end);
    const std::size_t equals = find_outside(word, "=");
    if (equals == std::string_view::npos) return invalid("\"" + std::string(word) + "\" should be field=value");
    assignments.push_back({std::string(word.substr(0, equals)), unquoted(word.substr(equals + 1))});
    text.remove_prefix(end);
  }
}

// The body type with this noun ("midi_clip") or effect ("compressor"): the field of Object, and the member of its
// oneof.
struct Species {
  const FieldDescriptor* body = nullptr;
  const FieldDescriptor* member = nullptr;
};

Species species_from(std::string_view word) {
  const Descriptor* object = v1::Object::descriptor();
  for (int i = 0; i < object->field_count(); ++i) {
    const FieldDescriptor* body = object->field(i);
    const Descriptor* type = body->message_type();
    if (type == nullptr) continue;
    std::string noun = rule_of(*type).noun();
    std::ranges::replace(noun, ' ', '_');
    if (noun == word || body->name() == word) return {body, nullptr};
    for (int f = 0; f < type->field_count(); ++f)
      if (type->field(f)->real_containing_oneof() != nullptr && type->field(f)->name() == word)
        return {body, type->field(f)};
  }
  return {};
}

std::string kinds_text() {
  std::string text;
  const Descriptor* object = v1::Object::descriptor();
  for (int i = 0; i < object->field_count(); ++i)
    if (object->field(i)->message_type() != nullptr && object->field(i)->name() != "settings")
      text += (text.empty() ? "" : ", ") + object->field(i)->name();
  return text;
}

// "threshold_db", or "threshold"/"target" where one field's name goes on with a unit.
Result<FieldPath> field_from(const Species& species, const std::string& name) {
  const std::string body = species.body->name() + ".";
  if (species.member != nullptr)
    if (auto path = FieldPath::parse_short(body + species.member->name() + "." + name)) return path;
  if (auto path = FieldPath::parse_short(body + name)) return path;
  return Error{ErrorCode::not_found, "a " +
                                         (species.member != nullptr ? species.member->name() : species.body->name()) +
                                         " has no field \"" + name + "\""};
}

Result<v1::Operation> creation_from(const Session& session, std::string_view text,
                                    const std::function<ObjectId()>& new_id) {
  const std::size_t end = std::min(find_outside(text, " "), text.size());
  const std::string_view place = text.substr(0, end);
  const std::size_t dot = place.rfind('.');
  if (dot == std::string_view::npos) return invalid("say where to add it: +session.track or +Vocal.compressor");
  const Species species = species_from(place.substr(dot + 1));
  if (species.body == nullptr || species.body->name() == "settings")
    return invalid("\"" + std::string(place.substr(dot + 1)) + "\" cannot be added; there are " + kinds_text() +
                   " and the effects by their names");
  TALKBACK_ASSIGN(const Address parent, find_address(session, place.substr(0, dot)));
  if (parent.field) return invalid("\"" + std::string(place.substr(0, dot)) + "\" is a field, not a place");
  TALKBACK_ASSIGN(const std::vector<Assignment> assignments, assignments_from(text.substr(end)));
  v1::Operation operation;
  v1::Object& object = *operation.mutable_create();
  object.set_id(new_id().value);
  object.set_parent_id(parent.object.value);
  auto* body = object.GetReflection()->MutableMessage(&object, species.body);
  if (species.member != nullptr) body->GetReflection()->MutableMessage(body, species.member);
  object.set_order(last_order(session, parent.object, object.body_case()));
  const timeline::TempoMap map = tempo_map(session);
  for (const Assignment& assignment : assignments) {
    TALKBACK_ASSIGN(const FieldPath path, field_from(species, assignment.field));
    TALKBACK_TRY(set_from_text(session, map, assignment.value, path.make_holder(object), path.leaf()));
  }
  return operation;
}

Result<v1::Operation> deletion_from(const Session& session, std::string_view text) {
  TALKBACK_ASSIGN(const Address address, find_address(session, text));
  if (address.field)
    return invalid("\"" + std::string(text) + "\" is a field; to clear it write " + std::string(text) + "=default");
  v1::Operation operation;
  operation.set_delete_id(address.object.value);
  return operation;
}

Result<v1::Operation> update_from(const Session& session, std::string_view text) {
  const std::size_t equals = find_outside(text, "=");
  if (equals == std::string_view::npos)
    return invalid("\"" + std::string(text) +
                   "\" is no change; write Track.field=value, +Parent.kind field=value or -Object");
  TALKBACK_ASSIGN(const Address address, find_address(session, text.substr(0, equals)));
  if (!address.field)
    return invalid("\"" + std::string(text.substr(0, equals)) + "\" is an object; name one of its fields");
  v1::Operation operation;
  v1::Update& update = *operation.mutable_update();
  update.mutable_values()->set_id(address.object.value);
  update.mutable_fields()->add_paths(address.field->text());
  TALKBACK_TRY(set_from_text(session, tempo_map(session), unquoted(text.substr(equals + 1)),
                             address.field->make_holder(*update.mutable_values()), address.field->leaf()));
  return operation;
}

}  // namespace

Result<v1::Operation> operation_from_text(const Session& session, std::string_view text,
                                          const std::function<ObjectId()>& new_id) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (text.starts_with('+')) return creation_from(session, text.substr(1), new_id);
  if (text.starts_with('-')) return deletion_from(session, text.substr(1));
  return update_from(session, text);
}

std::string last_order(const Session& session, ObjectId parent, v1::Object::BodyCase kind) {
  const auto siblings = session.children(parent, kind);
  // The master closes the mixer; new tracks go before it.
  if (kind == v1::Object::kTrack && parent == kRootId) {
    std::string before;
    for (const v1::Object* track : siblings)
      if (id_of(*track) != kMasterId) before = std::max(before, track->order());
    const std::string& master = session.find(kMasterId)->order();
    return order_between(before, before < master ? master : "");
  }
  return order_between(siblings.empty() ? "" : siblings.back()->order(), "");
}

}  // namespace talkback::session
