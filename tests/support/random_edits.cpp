#include "tests/support/random_edits.hpp"

#include <algorithm>
#include <cmath>

#include "engine/session/field_path.hpp"
#include "engine/session/order_key.hpp"
#include "talkback/v1/rules.pb.h"

namespace talkback::support {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using session::Session;

namespace {

std::vector<const v1::Object*> sorted_objects(const Session& session) {
  std::vector<const v1::Object*> objects;
  session.for_each([&](const v1::Object& object) { objects.push_back(&object); });
  std::ranges::sort(objects, {}, [](const v1::Object* object) { return object->id(); });
  return objects;
}

}  // namespace

v1::Edit RandomEdits::next(const Session& session) {
  v1::Edit edit;
  for (int i = 0; i < 16; ++i) edit.mutable_edit_id()->push_back(static_cast<char>(number(256)));
  const std::uint64_t count = 1 + number(6);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t dice = number(10);
    *edit.add_operations() = dice < 5 ? create(session) : dice < 9 ? update(session) : erase(session);
  }
  return edit;
}

const v1::Object* RandomEdits::any_object(const Session& session) {
  const auto objects = sorted_objects(session);
  return objects[number(objects.size())];
}

std::uint64_t RandomEdits::any_target(const Session& session, const FieldDescriptor& field) {
  std::vector<std::uint64_t> fitting;
  for (const v1::Object* object : sorted_objects(session))
    for (const std::string& kind : session::rule_of(field).refers_to())
      if (session::matches_kind(*object, kind)) fitting.push_back(object->id());
  return fitting.empty() ? 0 : fitting[number(fitting.size())];
}

v1::Operation RandomEdits::create(const Session& session) {
  v1::Operation operation;
  v1::Object& object = *operation.mutable_create();
  object.set_id(random_() | 1);
  const auto* type = v1::Object::descriptor();
  // A body whose parents exist; after a few tries whatever comes.
  for (int tries = 0; tries < 20; ++tries) {
    const FieldDescriptor* body =
        type->field(static_cast<int>(number(static_cast<std::uint64_t>(type->field_count()))));
    if (body->message_type() == nullptr || body->name() == "settings") continue;
    std::vector<const v1::Object*> parents;
    for (const v1::Object* candidate : sorted_objects(session))
      for (const std::string& kind : session::rule_of(*body->message_type()).parents())
        if (session::matches_kind(*candidate, kind)) parents.push_back(candidate);
    if (parents.empty()) continue;
    object.set_parent_id(parents[number(parents.size())]->id());
    object.set_order(session::order_between("", number(2) == 0 ? "" : "V"));
    fill(session, *object.GetReflection()->MutableMessage(&object, body));
    break;
  }
  if (object.has_track() && object.track().kind() == v1::Track::MASTER)
    object.mutable_track()->set_kind(v1::Track::AUDIO);
  if (object.has_automation())
    object.mutable_automation()->set_field(number(2) == 0 ? "fader_db" : "compressor.threshold_db");
  return operation;
}

v1::Operation RandomEdits::update(const Session& session) {
  v1::Operation operation;
  const v1::Object* object = any_object(session);
  v1::Update& update = *operation.mutable_update();
  update.mutable_values()->set_id(number(20) == 0 ? random_() : object->id());
  std::vector<session::FieldPath> paths;
  session::for_each_leaf(*object, [&](const session::FieldPath& path) { paths.push_back(path); });
  for (std::uint64_t i = 0; i < 1 + number(2); ++i) {
    const session::FieldPath& path = paths[number(paths.size())];
    update.mutable_fields()->add_paths(path.text());
    if (path.text() == "parent_id")
      update.mutable_values()->set_parent_id(any_object(session)->id());
    else if (path.text() == "order")
      update.mutable_values()->set_order(session::order_between("V", ""));
    else if (number(8) != 0)  // else: cleared
      fill_leaf(session, path.make_holder(*update.mutable_values()), path.leaf());
  }
  return operation;
}

v1::Operation RandomEdits::erase(const Session& session) {
  v1::Operation operation;
  operation.set_delete_id(any_object(session)->id());
  return operation;
}

void RandomEdits::fill(const Session& session, Message& message) {
  const auto* type = message.GetDescriptor();
  std::vector<const FieldDescriptor*> fields;
  for (int i = 0; i < type->field_count(); ++i)
    if (type->field(i)->real_containing_oneof() == nullptr) fields.push_back(type->field(i));
  for (int i = 0; i < type->real_oneof_decl_count(); ++i) {
    const auto* choice = type->oneof_decl(i);
    fields.push_back(choice->field(static_cast<int>(number(static_cast<std::uint64_t>(choice->field_count())))));
  }
  for (const FieldDescriptor* field : fields) {
    const bool needed = session::rule_of(*field).required() || field->real_containing_oneof() != nullptr;
    if (!needed && number(2) == 0 && !(session::rule_of(*field).has_min() && session::rule_of(*field).min() > 0))
      continue;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
      fill(session, *message.GetReflection()->MutableMessage(&message, field));
    else
      fill_leaf(session, message, *field);
  }
}

void RandomEdits::fill_leaf(const Session& session, Message& holder, const FieldDescriptor& field) {
  const auto* r = holder.GetReflection();
  const v1::FieldRule& rule = session::rule_of(field);
  const double low = rule.has_min() ? rule.min() : 0.0;
  const double high = std::min(rule.has_max() ? rule.max() : 1000.0, 1e9);
  double value = low + (high - low) * static_cast<double>(number(1'000'001)) / 1e6;
  if (number(200) == 0) value = 2.0 * high + 1.0;  // breaks the rule
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return r->SetDouble(&holder, &field, value);
    case FieldDescriptor::CPPTYPE_INT32:
      return r->SetInt32(&holder, &field, static_cast<std::int32_t>(value));
    case FieldDescriptor::CPPTYPE_UINT32:
      return r->SetUInt32(&holder, &field, static_cast<std::uint32_t>(std::abs(value)));
    case FieldDescriptor::CPPTYPE_INT64:
      return r->SetInt64(&holder, &field, std::llround(value));
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->SetBool(&holder, &field, number(2) == 0);
    case FieldDescriptor::CPPTYPE_UINT64:
      return r->SetUInt64(&holder, &field, any_target(session, field));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* type = field.enum_type();
      const auto index = static_cast<int>(number(static_cast<std::uint64_t>(type->value_count())));
      return r->SetEnumValue(&holder, &field, type->value(index)->number());
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      if (field.name() == "blob_sha256") return r->SetString(&holder, &field, std::string(64, 'a'));
      return r->SetString(&holder, &field, "name " + std::to_string(number(1000)));
    }
    default:
      return;
  }
}

}  // namespace talkback::support
