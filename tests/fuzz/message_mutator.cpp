#include "tests/fuzz/message_mutator.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "engine/session/field_path.hpp"
#include "engine/session/model.hpp"

namespace talkback::fuzz {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

// Every path of a leaf from Object on, and some that are none.
const std::vector<std::string>& paths() {
  static const auto kPaths = [] {
    std::vector<std::string> found{"parent_id", "order", "id", "track", "", ".", "track.", "insert.equaliser"};
    const auto walk = [&](const auto& self, const Descriptor& type, const std::string& before) -> void {
      for (int i = 0; i < type.field_count(); ++i) {
        const std::string path = before + type.field(i)->name();
        if (type.field(i)->message_type() != nullptr)
          self(self, *type.field(i)->message_type(), path + ".");
        else
          found.push_back(path);
      }
    };
    walk(walk, *v1::Object::descriptor(), "");
    return found;
  }();
  return kPaths;
}

}  // namespace

void MessageMutator::mutate(Message& message) {
  const Descriptor* type = message.GetDescriptor();
  if (type->field_count() == 0) return;
  std::vector<const FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  // Mostly deeper into what is there: the tree is wide, and an empty branch means little.
  if (!set.empty() && number(4) != 0) return mutate_field(message, *set[number(set.size())]);
  mutate_field(message, *type->field(static_cast<int>(number(static_cast<std::uint64_t>(type->field_count())))));
}

void MessageMutator::mutate_field(Message& message, const FieldDescriptor& field) {
  const auto* r = message.GetReflection();
  if (field.is_repeated()) return mutate_repeated(message, field);
  if (number(12) == 0) return r->ClearField(&message, &field);
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return set_leaf(message, field);
  const bool is_new = !r->HasField(message, &field);
  Message& inner = *r->MutableMessage(&message, &field);
  for (std::uint64_t i = 0; i < (is_new ? 1 + number(6) : 1); ++i) mutate(inner);
}

void MessageMutator::mutate_repeated(Message& message, const FieldDescriptor& field) {
  const auto* r = message.GetReflection();
  const int size = r->FieldSize(message, &field);
  const auto any = [&] { return static_cast<int>(number(static_cast<std::uint64_t>(size))); };
  const std::uint64_t what = size == 0 ? 0 : number(8);
  if (what == 1) return r->RemoveLast(&message, &field);
  if (what == 2) return r->SwapElements(&message, &field, any(), any());
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) r->AddString(&message, &field, any_text(field));
    return;
  }
  if (what == 3) {
    const int from = any();
    Message& copy = *r->AddMessage(&message, &field);
    copy.CopyFrom(r->GetRepeatedMessage(message, &field, from));
    return mutate(copy);
  }
  Message& inner = what == 0 ? *r->AddMessage(&message, &field) : *r->MutableRepeatedMessage(&message, &field, any());
  for (std::uint64_t i = 0; i < (what == 0 ? 1 + number(6) : 1); ++i) mutate(inner);
}

void MessageMutator::set_leaf(Message& message, const FieldDescriptor& field) {
  const auto* r = message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return r->SetDouble(&message, &field, any_number());
    case FieldDescriptor::CPPTYPE_FLOAT:
      return r->SetFloat(&message, &field, static_cast<float>(any_number()));
    case FieldDescriptor::CPPTYPE_INT32:
      return r->SetInt32(&message, &field, static_cast<std::int32_t>(any_whole()));
    case FieldDescriptor::CPPTYPE_INT64:
      return r->SetInt64(&message, &field, static_cast<std::int64_t>(any_whole()));
    case FieldDescriptor::CPPTYPE_UINT32:
      return r->SetUInt32(&message, &field, static_cast<std::uint32_t>(any_whole()));
    case FieldDescriptor::CPPTYPE_UINT64:
      return r->SetUInt64(&message, &field, any_whole());
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->SetBool(&message, &field, number(2) == 0);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto values = static_cast<std::uint64_t>(field.enum_type()->value_count());
      return r->SetEnumValue(&message, &field, static_cast<int>(number(values + (number(20) == 0 ? 100 : 0))));
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return r->SetString(&message, &field, any_text(field));
    default:
      return;
  }
}

std::uint64_t MessageMutator::any_whole() {
  switch (number(8)) {
    case 0:
      return random_();
    case 1:
      return std::uint64_t{1} << number(64);
    case 2:
      return ~(std::uint64_t{1} << number(64)) + number(3);
    case 3:
      return number(1'000'000);
    default:
      return number(64);  // ids of the small song, and counts
  }
}

double MessageMutator::any_number() {
  constexpr std::array<double, 10> kEdges{0.0,   -0.0,  1.0,
                                          -1.0,  144.0, std::numeric_limits<double>::quiet_NaN(),
                                          1e308, 4e15,  std::numeric_limits<double>::infinity(),
                                          1e-310};
  if (number(3) == 0) return kEdges[number(kEdges.size())];
  return (static_cast<double>(number(2'000'001)) - 1e6) / std::pow(10.0, static_cast<double>(number(7)));
}

std::string MessageMutator::any_text(const FieldDescriptor& field) {
  if (field.name() == "paths" && number(10) != 0) return paths()[number(paths().size())];
  if (field.name() == "edit_id" && number(10) != 0) return std::string(16, static_cast<char>(number(8)));
  if (field.name() == "blob_sha256" && number(5) != 0) return std::string(64, "0aF"[number(3)]);
  if (field.name() == "performer" || field.name() == "user") return number(2) == 0 ? "anna" : "ben";
  if (field.name() == "field" && number(10) != 0) {
    const std::string& path = paths()[number(paths().size())];
    return path.substr(path.find('.') + 1);
  }
  constexpr std::array<const char*, 10> kTexts{"",       "V",           "z",        "V0",   "a b",
                                               "denied", "unavailable", "\xc3\xa9", "\x7f", "\n"};
  if (number(20) == 0) return std::string(number(5000), 'x');
  return kTexts[number(kTexts.size())];
}

}  // namespace talkback::fuzz
