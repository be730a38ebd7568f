#include "engine/session/canonical.hpp"

#include <bit>
#include <cstring>
#include <vector>

#include "engine/base/check.hpp"
#include "engine/session/field_path.hpp"
#include "engine/session/session.hpp"

namespace talkback::session {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Part of every digest: raise it when the form changes.
constexpr std::string_view kFormVersion = "talkback session form 1";

void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>((value >> shift) & 0xff));
}

void append_u64(std::string& out, std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>((value >> shift) & 0xff));
}

void append_message(std::string& out, const Message& message);

// Type letter and value of a leaf.
void append_leaf(std::string& out, const Message& message, const FieldDescriptor* field) {
  const Reflection* r = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      out.push_back('i');
      return append_u64(out, static_cast<std::uint64_t>(std::int64_t{r->GetInt32(message, field)}));
    case FieldDescriptor::CPPTYPE_INT64:
      out.push_back('i');
      return append_u64(out, static_cast<std::uint64_t>(r->GetInt64(message, field)));
    case FieldDescriptor::CPPTYPE_UINT32:
      out.push_back('u');
      return append_u64(out, r->GetUInt32(message, field));
    case FieldDescriptor::CPPTYPE_UINT64:
      out.push_back('u');
      return append_u64(out, r->GetUInt64(message, field));
    case FieldDescriptor::CPPTYPE_BOOL:
      out.push_back('b');
      return append_u64(out, r->GetBool(message, field) ? 1 : 0);
    case FieldDescriptor::CPPTYPE_ENUM:
      out.push_back('e');
      return append_u64(out, static_cast<std::uint64_t>(std::int64_t{r->GetEnumValue(message, field)}));
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const double value = field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE
                               ? r->GetDouble(message, field)
                               : static_cast<double>(r->GetFloat(message, field));
      out.push_back('d');
      return append_u64(out, std::bit_cast<std::uint64_t>(value == 0.0 ? 0.0 : value));
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = r->GetString(message, field);
      out.push_back('s');
      append_u64(out, text.size());
      out += text;
      return;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  TALKBACK_CHECK(!"a leaf is no message");
}

void append_field(std::string& out, const Message& message, const FieldDescriptor* field) {
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    std::string inner;
    append_message(inner, message.GetReflection()->GetMessage(message, field));
    if (inner.empty() && field->real_containing_oneof() == nullptr) return;
    append_u32(out, static_cast<std::uint32_t>(field->number()));
    out.push_back('m');
    append_u64(out, inner.size());
    out += inner;
    return;
  }
  if (!is_set(message, *field)) return;
  append_u32(out, static_cast<std::uint32_t>(field->number()));
  append_leaf(out, message, field);
}

void append_message(std::string& out, const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);  // set ones, in number order
  for (const FieldDescriptor* field : fields) append_field(out, message, field);
}

}  // namespace

std::string canonical_form(const v1::Object& object) {
  std::string form;
  form.reserve(160);
  append_message(form, object);
  return form;
}

Sha256Digest object_digest(const v1::Object& object) { return sha256(canonical_form(object)); }

Sha256Digest digest(const Session& session) {
  std::string form(kFormVersion);
  append_u64(form, session.size());
  for (const std::uint64_t sum : session.hash_lanes()) append_u64(form, sum);
  return sha256(form);
}

}  // namespace talkback::session
