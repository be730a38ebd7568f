#include "tests/simulation/oracle.hpp"

#include <cstdio>
#include <set>

#include "talkback/v1/rules.pb.h"

namespace talkback::simulation {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string number_text(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value == 0.0 ? 0.0 : value);
  return text;
}

// Empty where nothing is set: absent, or zero where the field cannot tell the two apart.
std::string leaf_text(const Message& message, const FieldDescriptor* field) {
  const auto* r = message.GetReflection();
  if (field->has_presence() && !r->HasField(message, field)) return {};
  const bool shows_zero = field->has_presence();
  const auto shown = [&](bool is_zero, std::string text) { return is_zero && !shows_zero ? std::string() : text; };
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return shown(r->GetInt32(message, field) == 0, std::to_string(r->GetInt32(message, field)));
    case FieldDescriptor::CPPTYPE_INT64:
      return shown(r->GetInt64(message, field) == 0, std::to_string(r->GetInt64(message, field)));
    case FieldDescriptor::CPPTYPE_UINT32:
      return shown(r->GetUInt32(message, field) == 0, std::to_string(r->GetUInt32(message, field)));
    case FieldDescriptor::CPPTYPE_UINT64:
      return shown(r->GetUInt64(message, field) == 0, std::to_string(r->GetUInt64(message, field)));
    case FieldDescriptor::CPPTYPE_BOOL:
      return shown(!r->GetBool(message, field), r->GetBool(message, field) ? "yes" : "no");
    case FieldDescriptor::CPPTYPE_ENUM:
      return shown(r->GetEnumValue(message, field) == 0, std::to_string(r->GetEnumValue(message, field)));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return shown(r->GetDouble(message, field) == 0.0, number_text(r->GetDouble(message, field)));
    case FieldDescriptor::CPPTYPE_STRING:
      return shown(r->GetString(message, field).empty(), "\"" + r->GetString(message, field) + "\"");
    default:
      return "?";
  }
}

void collect(const Message& message, const std::string& before, Fields& fields) {
  const auto* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (before.empty() && field->name() == "id") continue;
    const std::string path = before + field->name();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!message.GetReflection()->HasField(message, field)) continue;
      if (field->real_containing_oneof() != nullptr) fields[path] = "{}";
      collect(message.GetReflection()->GetMessage(message, field), path + ".", fields);
    } else if (std::string text = leaf_text(message, field); !text.empty()) {
      fields[path] = std::move(text);
    }
  }
}

// Every reference of the model by its path, and whether its owner dies with what it names.
const std::map<std::string, bool>& references() {
  static const auto kReferences = [] {
    std::map<std::string, bool> found;
    const auto* object = v1::Object::descriptor();
    for (int b = 0; b < object->field_count(); ++b) {
      const auto* body = object->field(b)->message_type();
      for (int f = 0; body != nullptr && f < body->field_count(); ++f) {
        const v1::FieldRule& rule = body->field(f)->options().GetExtension(v1::rule);
        if (rule.refers_to_size() > 0)
          found[object->field(b)->name() + "." + body->field(f)->name()] = rule.dies_with_target();
      }
    }
    return found;
  }();
  return kReferences;
}

bool goes_with(const Fields& fields, const std::set<std::string>& gone) {
  for (const auto& [path, value] : fields) {
    if (path == "parent_id" && gone.contains(value)) return true;
    const auto reference = references().find(path);
    if (reference != references().end() && reference->second && gone.contains(value)) return true;
  }
  return false;
}

void erase(Model& model, std::uint64_t id) {
  if (!model.objects.contains(id)) return;
  std::set<std::string> gone{std::to_string(id)};
  model.objects.erase(id);
  // Whoever lies below or cannot live without one that is gone, until nobody follows.
  for (bool grew = true; grew;) {
    grew = false;
    for (auto object = model.objects.begin(); object != model.objects.end();) {
      if (goes_with(*object->second, gone)) {
        gone.insert(std::to_string(object->first));
        object = model.objects.erase(object);
        grew = true;
      } else {
        ++object;
      }
    }
  }
  for (auto& [other, fields] : model.objects) {
    Fields kept = *fields;
    std::erase_if(kept,
                  [&](const auto& field) { return references().contains(field.first) && gone.contains(field.second); });
    if (kept.size() != fields->size()) fields = std::make_shared<const Fields>(std::move(kept));
  }
}

}  // namespace

Fields fields_of(const v1::Object& object) {
  Fields fields;
  collect(object, "", fields);
  return fields;
}

const Fields* Model::find(std::uint64_t id) const {
  const auto found = objects.find(id);
  return found == objects.end() ? nullptr : found->second.get();
}

std::string Model::value(std::uint64_t id, const std::string& path) const {
  const Fields* fields = find(id);
  if (fields == nullptr) return {};
  const auto found = fields->find(path);
  return found == fields->end() ? std::string() : found->second;
}

Model model_of(const google::protobuf::RepeatedPtrField<v1::Object>& objects) {
  Model model;
  for (const v1::Object& object : objects)
    model.objects[object.id()] = std::make_shared<const Fields>(fields_of(object));
  return model;
}

void apply(Model& model, const v1::Operation& operation) {
  if (operation.has_create()) {
    model.objects[operation.create().id()] = std::make_shared<const Fields>(fields_of(operation.create()));
  } else if (operation.kind_case() == v1::Operation::kDeleteId) {
    erase(model, operation.delete_id());
  } else if (operation.has_update()) {
    const auto object = model.objects.find(operation.update().values().id());
    if (object == model.objects.end()) return;
    const Fields given = fields_of(operation.update().values());
    Fields changed = *object->second;
    for (const std::string& path : operation.update().fields().paths()) {
      const auto value = given.find(path);
      if (value == given.end())
        changed.erase(path);
      else
        changed[path] = value->second;
    }
    object->second = std::make_shared<const Fields>(std::move(changed));
  }
}

void apply(Model& model, const v1::Edit& edit) {
  for (const v1::Operation& operation : edit.operations()) apply(model, operation);
}

bool names_an_object(const std::string& path) { return path == "parent_id" || references().contains(path); }

std::string difference(const Model& expected, const Model& found) {
  for (const auto& [id, fields] : expected.objects) {
    const Fields* other = found.find(id);
    const std::string name = "object " + std::to_string(id);
    if (other == nullptr) return name + " is missing";
    for (const auto& [path, value] : *fields)
      if (found.value(id, path) != value)
        return name + ": " + path + " is " + found.value(id, path) + " instead of " + value;
    for (const auto& [path, value] : *other)
      if (!fields->contains(path)) return name + ": " + path + " is " + value + " instead of nothing";
  }
  for (const auto& [id, fields] : found.objects)
    if (!expected.objects.contains(id)) return "object " + std::to_string(id) + " should not be there";
  return {};
}

}  // namespace talkback::simulation
