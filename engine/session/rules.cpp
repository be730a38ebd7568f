#include "engine/session/rules.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <unordered_map>
#include <vector>

#include "engine/base/sha256.hpp"
#include "engine/session/defaults.hpp"
#include "engine/session/field_path.hpp"
#include "engine/session/limits.hpp"
#include "engine/session/order_key.hpp"
#include "talkback/v1/rules.pb.h"

namespace talkback::session {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

Error invalid(std::string message) { return Error{ErrorCode::invalid, std::move(message)}; }

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

std::string range_text(const v1::FieldRule& rule) {
  const std::string unit = rule.unit().empty() ? "" : " " + rule.unit();
  if (rule.has_min() && rule.has_max())
    return "between " + number_text(rule.min()) + " and " + number_text(rule.max()) + unit;
  return rule.has_min() ? "at least " + number_text(rule.min()) + unit : "at most " + number_text(rule.max()) + unit;
}

double number_of(const Message& holder, const FieldDescriptor& field) {
  const Reflection* r = holder.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return r->GetInt32(holder, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return static_cast<double>(r->GetInt64(holder, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return r->GetUInt32(holder, &field);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return static_cast<double>(r->GetFloat(holder, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return r->GetDouble(holder, &field);
    default:
      return 0.0;
  }
}

// What is checked of a message type, gathered once: looking up a field's options costs more than the check.
struct TypeRules;

struct LeafRules {
  const FieldDescriptor* field = nullptr;
  const v1::FieldRule* rule = nullptr;
  const TypeRules* inside = nullptr;  // of a message
  bool may_be_unset = false;
};

struct TypeRules {
  const Reflection* reflection = nullptr;
  std::vector<LeafRules> fields;
};

using RuleTable = std::unordered_map<const Descriptor*, TypeRules>;

const TypeRules& add_rules(const Descriptor& type, RuleTable& table) {
  const auto [entry, is_new] = table.try_emplace(&type);
  TypeRules& rules = entry->second;
  if (!is_new) return rules;
  rules.reflection = google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    const v1::FieldRule& rule = rule_of(*field);
    const TypeRules* inside = field->message_type() == nullptr ? nullptr : &add_rules(*field->message_type(), table);
    rules.fields.push_back({.field = field,
                            .rule = &rule,
                            .inside = inside,
                            .may_be_unset = !rule.required() && (field->has_presence() || !rule.has_min())});
  }
  return rules;
}

// Of the bodies of objects and what is in them. References into the table stay: it is never changed again.
const TypeRules& rules_of(const Descriptor& type) {
  static const RuleTable kTable = [] {
    RuleTable table;
    (void)add_rules(*v1::Object::descriptor(), table);
    return table;
  }();
  return kTable.at(&type);
}

class ObjectCheck {
 public:
  ObjectCheck(const Session& session, const v1::Object& object) : session_(session), object_(object) {}

  Result<void> run(const v1::Object* before) const {
    TALKBACK_TRY(check_envelope());
    TALKBACK_TRY(check_parent(before));
    const Message& body = *body_of(object_);
    TALKBACK_TRY(check_message(body, rules_of(*body.GetDescriptor())));
    return check_meaning();
  }

 private:
  std::string title() const { return title_of(session_, object_); }

  Result<void> check_envelope() const {
    const Message* body = body_of(object_);
    if (body == nullptr)
      return invalid("the object " + to_string(id_of(object_)) +
                     " is of a kind that this version does not know; please update Talkback");
    if (!object_.order().empty() && !is_order_key(object_.order()))
      return invalid(title() + ": \"" + object_.order() + "\" is not an order key");
    if (!object_.GetReflection()->GetUnknownFields(object_).empty())
      return invalid(title() + " has fields that this version does not know; please update Talkback");
    return {};
  }

  Result<void> check_parent(const v1::Object* before) const {
    const bool is_root = id_of(object_) == kRootId;
    if (is_root != object_.has_settings() || (is_root && object_.parent_id() != 0))
      return invalid("the session settings are the root of the tree, and only they");
    if (is_root) return {};
    const v1::Object* parent = session_.find(parent_of(object_));
    if (parent == nullptr) return invalid(title() + ": what it belongs to has been deleted or does not exist");
    const auto& rule = rule_of(*body_of(object_)->GetDescriptor());
    if (std::ranges::none_of(rule.parents(), [&](const std::string& kind) { return matches_kind(*parent, kind); }))
      return invalid("a " + std::string(noun_of(object_)) + " cannot lie in " + title_of(session_, *parent));
    const bool is_new_here = before == nullptr || before->parent_id() != object_.parent_id();
    if (!is_new_here) return {};
    if (rule.siblings_max() > 0 &&
        session_.count_children(parent_of(object_), object_.body_case()) > rule.siblings_max())
      return Error{ErrorCode::exhausted, title_of(session_, *parent) + " can hold at most " +
                                             std::to_string(rule.siblings_max()) + " of the kind " + rule.noun()};
    return check_depth();
  }

  // Also finds a folder that was moved into itself.
  Result<void> check_depth() const {
    const v1::Object* at = &object_;
    for (int depth = 0; at != nullptr && at->parent_id() != 0; ++depth) {
      if (depth > kTreeDepthMax) return invalid(title() + " would lie inside itself, or more than 32 folders deep");
      at = session_.find(parent_of(*at));
    }
    return {};
  }

  Result<void> check_message(const Message& message, const TypeRules& rules) const {
    const Reflection& reflection = *rules.reflection;
    if (!reflection.GetUnknownFields(message).empty())
      return invalid(title() + " has fields that this version does not know; please update Talkback");
    for (const LeafRules& field : rules.fields) {
      const bool is_there = reflection.HasField(message, field.field);
      if (field.inside == nullptr)
        TALKBACK_TRY(check_leaf(message, is_there, field));
      else if (is_there)
        TALKBACK_TRY(check_message(reflection.GetMessage(message, field.field), *field.inside));
    }
    return {};
  }

  Result<void> check_leaf(const Message& holder, bool is_there, const LeafRules& rules) const {
    if (!is_there && rules.may_be_unset) return {};
    const FieldDescriptor& field = *rules.field;
    const v1::FieldRule& rule = *rules.rule;
    if (!is_set(holder, field)) {
      if (rule.required()) return invalid(title() + " needs a " + label_of(field));
      if (field.has_presence() || !rule.has_min()) return {};
    }
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return check_text(holder, field, rule);
      case FieldDescriptor::CPPTYPE_ENUM:
        return check_enum(holder, field);
      case FieldDescriptor::CPPTYPE_BOOL:
        return {};
      case FieldDescriptor::CPPTYPE_UINT64:
        return check_reference(holder, field, rule);
      default:
        return check_number(number_of(holder, field), field, rule);
    }
  }

  Result<void> check_number(double value, const FieldDescriptor& field, const v1::FieldRule& rule) const {
    const bool inside =
        std::isfinite(value) && (!rule.has_min() || value >= rule.min()) && (!rule.has_max() || value <= rule.max());
    if (inside) return {};
    if (!rule.has_min() && !rule.has_max()) return invalid(title() + ": " + label_of(field) + " is not a number");
    return invalid(title() + ": " + label_of(field) + " must lie " + range_text(rule) + ", not " + number_text(value));
  }

  Result<void> check_text(const Message& holder, const FieldDescriptor& field, const v1::FieldRule& rule) const {
    const std::string& text = holder.GetReflection()->GetStringReference(holder, &field, nullptr);
    const std::size_t bytes_max = rule.bytes_max() > 0 ? rule.bytes_max() : kTextBytesMax;
    if (text.size() > bytes_max)
      return invalid(title() + ": " + label_of(field) + " may have " + std::to_string(bytes_max) + " bytes, not " +
                     std::to_string(text.size()));
    const auto is_control = [](unsigned char c) { return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f; };
    if (std::ranges::any_of(text, is_control))
      return invalid(title() + ": " + label_of(field) + " contains control characters");
    return {};
  }

  Result<void> check_enum(const Message& holder, const FieldDescriptor& field) const {
    const int number = holder.GetReflection()->GetEnumValue(holder, &field);
    if (field.enum_type()->FindValueByNumber(number) == nullptr)
      return invalid(title() + ": " + label_of(field) + " has a value that this version does not know");
    return {};
  }

  Result<void> check_reference(const Message& holder, const FieldDescriptor& field, const v1::FieldRule& rule) const {
    if (rule.refers_to_size() == 0) return {};
    const ObjectId target{holder.GetReflection()->GetUInt64(holder, &field)};
    const v1::Object* object = session_.find(target);
    if (object == nullptr)
      return invalid(title() + ": the " + label_of(field) + " it names has been deleted or does not exist");
    if (std::ranges::none_of(rule.refers_to(), [&](const std::string& kind) { return matches_kind(*object, kind); }))
      return invalid(title() + ": " + title_of(session_, *object) + " cannot be its " + label_of(field));
    return {};
  }

  // What no option can state.
  Result<void> check_meaning() const {
    switch (object_.body_case()) {
      case v1::Object::kTrack:
        if ((object_.track().kind() == v1::Track::MASTER) != (id_of(object_) == kMasterId))
          return invalid("a session has exactly one master track");
        if (id_of(object_) == kMasterId && (object_.track().output_id() != 0 || parent_of(object_) != kRootId))
          return invalid("the master track has no output and lies in no folder");
        return {};
      case v1::Object::kSignature:
        if (object_.signature().has_denominator() && !std::has_single_bit(object_.signature().denominator()))
          return invalid(title() + ": the denominator must be 1, 2, 4, 8, 16, 32 or 64");
        return {};
      case v1::Object::kSource:
        if (!sha256_from_hex(object_.source().blob_sha256()))
          return invalid(title() + ": \"" + object_.source().blob_sha256() + "\" is not a SHA-256 in lower-case hex");
        return {};
      case v1::Object::kAutomation:
        return check_automation();
      case v1::Object::kSamplerZone:
        return check_zone();
      default:
        return {};
    }
  }

  Result<void> check_zone() const {
    if (!session_.find(parent_of(object_))->instrument().has_sampler())
      return invalid("a sampler zone lies in a sampler; " + title_of(session_, *session_.find(parent_of(object_))) +
                     " is none");
    const v1::Object full = with_defaults(object_);
    const v1::SamplerZone& zone = full.sampler_zone();
    if (zone.low_pitch() > zone.high_pitch())
      return invalid(title() + ": its lowest key " + std::to_string(zone.low_pitch()) + " lies above its highest, " +
                     std::to_string(zone.high_pitch()));
    if (zone.low_velocity() > zone.high_velocity())
      return invalid(title() + ": its lowest velocity " + std::to_string(zone.low_velocity()) +
                     " lies above its highest, " + std::to_string(zone.high_velocity()));
    return {};
  }

  Result<void> check_automation() const {
    const v1::Object& parent = *session_.find(parent_of(object_));
    const std::string& field = object_.automation().field();
    const auto path = FieldPath::parse(body_field_of(parent)->name() + "." + field);
    v1::Object probe = parent;
    if (!path || path->mutable_holder(probe) == nullptr || !rule_of(path->leaf()).automatable())
      return invalid(title_of(session_, parent) + " has no parameter \"" + field + "\" that can be automated");
    for (const v1::Object* lane : session_.children(parent_of(object_), v1::Object::kAutomation))
      if (lane->id() != object_.id() && lane->automation().field() == field)
        return invalid(title_of(session_, parent) + " has an automation lane for " + field + " already");
    return {};
  }

  const Session& session_;
  const v1::Object& object_;
};

std::string spaced(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

// "compressor" for an insert that holds one, else the noun.
std::string species_of(const v1::Object& object) {
  const Message* body = body_of(object);
  if (body == nullptr) return "object";
  const Descriptor* type = body->GetDescriptor();
  for (int i = 0; i < type->real_oneof_decl_count(); ++i)
    if (const FieldDescriptor* set = body->GetReflection()->GetOneofFieldDescriptor(*body, type->oneof_decl(i)))
      return spaced(set->name());
  return std::string(noun_of(object));
}

}  // namespace

Result<void> check_object(const Session& session, const v1::Object& object, const v1::Object* before) {
  return ObjectCheck(session, object).run(before);
}

std::string title_of(const Session& session, const v1::Object& object) {
  std::string title;
  const v1::Object* at = &object;
  // Bounded: an edit that is about to be refused may have made an object its own ancestor.
  for (int depth = 0; at != nullptr && depth < kTreeDepthMax; ++depth) {
    if (at->has_settings()) return depth == 0 ? "the session" : title;
    if (depth > 0) title += " of ";
    title += species_of(*at);
    if (at->has_pattern_step()) title += " " + std::to_string(at->pattern_step().step());
    if (const std::string_view name = name_of(*at); !name.empty()) title += " \"" + std::string(name) + "\"";
    if (at->has_track()) return title;
    at = session.find(parent_of(*at));
  }
  return title;
}

}  // namespace talkback::session
