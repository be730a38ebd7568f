#include "engine/session/field_path.hpp"

#include <unordered_map>

#include "engine/base/check.hpp"
#include "engine/session/model.hpp"

namespace talkback::session {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

Result<FieldPath> FieldPath::parse(std::string_view text) {
  std::vector<const FieldDescriptor*> steps;
  const Descriptor* type = v1::Object::descriptor();
  std::string_view rest = text;
  while (true) {
    const std::size_t dot = rest.find('.');
    const std::string name(rest.substr(0, dot));
    const FieldDescriptor* field = type == nullptr ? nullptr : type->FindFieldByName(name);
    if (field == nullptr || field->is_repeated())
      return Error{ErrorCode::invalid, "there is no field \"" + std::string(text) + "\""};
    steps.push_back(field);
    type = field->message_type();
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (type != nullptr || steps.front()->name() == "id")
    return Error{ErrorCode::invalid, "\"" + std::string(text) + "\" is not a single value; name one of its fields"};
  return FieldPath(std::move(steps));
}

namespace {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};
using PathTable = std::unordered_map<std::string, FieldPath, TextHash, std::equal_to<>>;

void add_paths(const Descriptor& type, std::vector<const FieldDescriptor*>& way, PathTable& table) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->is_repeated() || (way.empty() && field->name() == "id")) continue;
    way.push_back(field);
    if (field->message_type() != nullptr) {
      add_paths(*field->message_type(), way, table);
    } else {
      FieldPath path(way);
      std::string text = path.text();
      table.emplace(std::move(text), std::move(path));
    }
    way.pop_back();
  }
}

}  // namespace

const FieldPath* FieldPath::find(std::string_view text) {
  static const PathTable kPaths = [] {
    PathTable table;
    std::vector<const FieldDescriptor*> way;
    add_paths(*v1::Object::descriptor(), way, table);
    return table;
  }();
  const auto found = kPaths.find(text);
  return found == kPaths.end() ? nullptr : &found->second;
}

Result<FieldPath> FieldPath::parse_short(std::string_view text) {
  auto path = parse(text);
  if (path) return path;
  for (const std::string_view unit : unit_endings())
    if (auto longer = parse(std::string(text).append(unit))) return longer;
  return path;
}

std::string FieldPath::text() const {
  std::string text;
  for (const FieldDescriptor* step : steps_) {
    if (!text.empty()) text.push_back('.');
    text += step->name();
  }
  return text;
}

const Message* FieldPath::holder(const v1::Object& object) const {
  const Message* message = &object;
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
    if (!message->GetReflection()->HasField(*message, steps_[i])) return nullptr;
    message = &message->GetReflection()->GetMessage(*message, steps_[i]);
  }
  return message;
}

Message* FieldPath::mutable_holder(v1::Object& object) const {
  Message* message = &object;
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
    const FieldDescriptor* step = steps_[i];
    const Reflection* reflection = message->GetReflection();
    if (step->real_containing_oneof() != nullptr && !reflection->HasField(*message, step)) return nullptr;
    message = reflection->MutableMessage(message, step);
  }
  return message;
}

Message& FieldPath::make_holder(v1::Object& object) const {
  Message* message = &object;
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i)
    message = message->GetReflection()->MutableMessage(message, steps_[i]);
  return *message;
}

bool is_set(const Message& holder, const FieldDescriptor& leaf) {
  const Reflection* r = holder.GetReflection();
  if (!r->HasField(holder, &leaf)) return false;
  // Protobuf counts -0.0 as set where there is no presence; for us it is zero.
  return leaf.has_presence() || leaf.cpp_type() != FieldDescriptor::CPPTYPE_DOUBLE ||
         r->GetDouble(holder, &leaf) != 0.0;
}

bool same_leaf(const Message* a, const Message* b, const FieldDescriptor& leaf) {
  const bool in_a = a != nullptr && is_set(*a, leaf);
  const bool in_b = b != nullptr && is_set(*b, leaf);
  if (in_a != in_b) return false;
  if (!in_a) return true;
  const Reflection* ra = a->GetReflection();
  const Reflection* rb = b->GetReflection();
  switch (leaf.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return ra->GetInt32(*a, &leaf) == rb->GetInt32(*b, &leaf);
    case FieldDescriptor::CPPTYPE_INT64:
      return ra->GetInt64(*a, &leaf) == rb->GetInt64(*b, &leaf);
    case FieldDescriptor::CPPTYPE_UINT32:
      return ra->GetUInt32(*a, &leaf) == rb->GetUInt32(*b, &leaf);
    case FieldDescriptor::CPPTYPE_UINT64:
      return ra->GetUInt64(*a, &leaf) == rb->GetUInt64(*b, &leaf);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return ra->GetDouble(*a, &leaf) == rb->GetDouble(*b, &leaf);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return ra->GetFloat(*a, &leaf) == rb->GetFloat(*b, &leaf);
    case FieldDescriptor::CPPTYPE_BOOL:
      return ra->GetBool(*a, &leaf) == rb->GetBool(*b, &leaf);
    case FieldDescriptor::CPPTYPE_ENUM:
      return ra->GetEnumValue(*a, &leaf) == rb->GetEnumValue(*b, &leaf);
    case FieldDescriptor::CPPTYPE_STRING:
      return ra->GetString(*a, &leaf) == rb->GetString(*b, &leaf);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  TALKBACK_CHECK(!"a leaf is no message");
  return false;
}

void copy_leaf(const Message* from, Message& to, const FieldDescriptor& leaf) {
  const Reflection* rt = to.GetReflection();
  if (from == nullptr || !is_set(*from, leaf)) {
    rt->ClearField(&to, &leaf);
    return;
  }
  const Reflection* rf = from->GetReflection();
  switch (leaf.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      rt->SetInt32(&to, &leaf, rf->GetInt32(*from, &leaf));
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      rt->SetInt64(&to, &leaf, rf->GetInt64(*from, &leaf));
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      rt->SetUInt32(&to, &leaf, rf->GetUInt32(*from, &leaf));
      return;
    case FieldDescriptor::CPPTYPE_UINT64:
      rt->SetUInt64(&to, &leaf, rf->GetUInt64(*from, &leaf));
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      rt->SetDouble(&to, &leaf, rf->GetDouble(*from, &leaf));
      return;
    case FieldDescriptor::CPPTYPE_FLOAT:
      rt->SetFloat(&to, &leaf, rf->GetFloat(*from, &leaf));
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      rt->SetBool(&to, &leaf, rf->GetBool(*from, &leaf));
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      rt->SetEnumValue(&to, &leaf, rf->GetEnumValue(*from, &leaf));
      return;
    case FieldDescriptor::CPPTYPE_STRING:
      rt->SetString(&to, &leaf, rf->GetString(*from, &leaf));
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  TALKBACK_CHECK(!"a leaf is no message");
}

namespace {

void visit_leaves(const Message* message, const Descriptor& type, std::vector<const FieldDescriptor*>& way,
                  const std::function<void(const FieldPath&)>& visit) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->is_repeated() || (way.empty() && field->name() == "id")) continue;
    const bool present = message != nullptr && message->GetReflection()->HasField(*message, field);
    if (field->real_containing_oneof() != nullptr && !present) continue;
    way.push_back(field);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
      visit_leaves(present ? &message->GetReflection()->GetMessage(*message, field) : nullptr, *field->message_type(),
                   way, visit);
    else
      visit(FieldPath(way));
    way.pop_back();
  }
}

}  // namespace

void for_each_leaf(const v1::Object& object, const std::function<void(const FieldPath&)>& visit) {
  std::vector<const FieldDescriptor*> way;
  visit_leaves(&object, *v1::Object::descriptor(), way, visit);
}

std::vector<FieldPath> differing_leaves(const v1::Object& a, const v1::Object& b) {
  TALKBACK_CHECK(a.body_case() == b.body_case());
  std::vector<FieldPath> paths;
  for_each_leaf(a, [&](const FieldPath& path) {
    if (!same_leaf(path.holder(a), path.holder(b), path.leaf())) paths.push_back(path);
  });
  return paths;
}

}  // namespace talkback::session
