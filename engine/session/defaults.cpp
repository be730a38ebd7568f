#include "engine/session/defaults.hpp"

#include "engine/base/check.hpp"
#include "engine/session/model.hpp"
#include "talkback/v1/rules.pb.h"

namespace talkback::session {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void set_number(Message& message, const FieldDescriptor* field, double value) {
  const Reflection* r = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return r->SetDouble(&message, field, value);
    case FieldDescriptor::CPPTYPE_INT32:
      return r->SetInt32(&message, field, static_cast<std::int32_t>(value));
    case FieldDescriptor::CPPTYPE_UINT32:
      return r->SetUInt32(&message, field, static_cast<std::uint32_t>(value));
    case FieldDescriptor::CPPTYPE_INT64:
      return r->SetInt64(&message, field, static_cast<std::int64_t>(value));
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->SetBool(&message, field, value >= 0.5);
    default:
      TALKBACK_CHECK(!"a default stands only at numbers and flags");
  }
}

void fill(Message& message) {
  const Reflection* r = message.GetReflection();
  const auto* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->is_repeated()) continue;
    const bool present = r->HasField(message, field);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (present || field->real_containing_oneof() == nullptr) fill(*r->MutableMessage(&message, field));
    } else if (!present && rule_of(*field).has_default_value()) {
      set_number(message, field, rule_of(*field).default_value());
    }
  }
}

}  // namespace

v1::Object with_defaults(const v1::Object& object) {
  v1::Object filled = object;
  if (Message* body = mutable_body_of(filled)) fill(*body);
  return filled;
}

v1::Settings with_defaults(const v1::Settings& settings) {
  v1::Settings filled = settings;
  fill(filled);
  return filled;
}

}  // namespace talkback::session
