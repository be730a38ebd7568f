#include "engine/session/model.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "talkback/v1/rules.pb.h"

namespace talkback::session {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* body_field_of(const v1::Object& object) {
  if (object.body_case() == v1::Object::BODY_NOT_SET) return nullptr;
  return v1::Object::descriptor()->FindFieldByNumber(static_cast<int>(object.body_case()));
}

const Message* body_of(const v1::Object& object) {
  const FieldDescriptor* field = body_field_of(object);
  return field == nullptr ? nullptr : &object.GetReflection()->GetMessage(object, field);
}

Message* mutable_body_of(v1::Object& object) {
  const FieldDescriptor* field = body_field_of(object);
  return field == nullptr ? nullptr : object.GetReflection()->MutableMessage(&object, field);
}

const v1::FieldRule& rule_of(const FieldDescriptor& field) { return field.options().GetExtension(v1::rule); }

const v1::ObjectRule& rule_of(const Descriptor& body) { return body.options().GetExtension(v1::object); }

bool is_reference(const FieldDescriptor& field) { return rule_of(field).refers_to_size() > 0; }

std::string_view noun_of(const v1::Object& object) {
  const Message* body = body_of(object);
  return body == nullptr ? std::string_view("object") : std::string_view(rule_of(*body->GetDescriptor()).noun());
}

std::string kind_of(const v1::Object& object) {
  std::string kind(noun_of(object));
  if (object.has_track()) {
    const auto* value = v1::Track::Kind_descriptor()->FindValueByNumber(object.track().kind());
    if (value != nullptr) kind += ":" + enum_text(*value);
  }
  return kind;
}

bool matches_kind(const v1::Object& object, std::string_view pattern) {
  if (pattern.find(':') == std::string_view::npos) return noun_of(object) == pattern;
  return kind_of(object) == pattern;
}

std::string_view name_of(const v1::Object& object) {
  const Message* body = body_of(object);
  if (body == nullptr) return {};
  for (const char* name : {"name", "title", "symbol", "text", "field"}) {
    const FieldDescriptor* field = body->GetDescriptor()->FindFieldByName(name);
    if (field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING)
      return body->GetReflection()->GetStringReference(*body, field, nullptr);
  }
  return {};
}

std::span<const std::string_view> unit_endings() {
  // Longer ones before those that they end in.
  static constexpr std::array<std::string_view, 18> kUnits{
      "_db_per_octave", "_dbtp", "_lufs", "_percent", "_quarters", "_degrees", "_ticks", "_frames", "_unix_ms",
      "_bytes",         "_hz",   "_db",   "_ms",      "_st",       "_id",      "_s",     "_sha256", "_ppm"};
  return kUnits;
}

std::string label_of(const FieldDescriptor& field) {
  std::string label = field.name();
  for (const std::string_view unit : unit_endings()) {
    if (label.size() > unit.size() && label.ends_with(unit)) {
      label.resize(label.size() - unit.size());
      break;
    }
  }
  std::ranges::replace(label, '_', ' ');
  return label;
}

std::string enum_text(const EnumValueDescriptor& value) {
  std::string text = value.name();
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace talkback::session
