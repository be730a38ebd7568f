#include "engine/session/value_text.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "engine/session/routing.hpp"
#include "engine/session/rules.hpp"
#include "engine/timeline/bar_beat.hpp"
#include "talkback/v1/rules.pb.h"

namespace talkback::session {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool is_position(const FieldDescriptor& leaf) { return leaf.name() == "position_ticks"; }
bool is_tick_length(const FieldDescriptor& leaf) {
  return leaf.name() == "length_ticks" || leaf.name() == "step_ticks";
}

// Positions of notes and controllers count from their clip: bars would mislead.
bool counts_from_clip(const FieldDescriptor& leaf) {
  const std::string& holder = leaf.containing_type()->name();
  return holder == "Note" || holder == "Controller";
}

std::string beats_text(std::int64_t ticks) {
  char text[48];
  std::snprintf(text, sizeof text, "%.6g beats", static_cast<double>(ticks) / static_cast<double>(kTicksPerQuarter));
  return text;
}

std::string with_unit(std::string text, const v1::FieldRule& rule) {
  if (rule.unit().empty()) return text;
  return rule.unit() == ":1" ? text + ":1" : text + " " + rule.unit();
}

std::string decimal(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.6g", value == 0.0 ? 0.0 : value);
  return text;
}

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string lowered(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return low;
}

// A number, with the unit behind it or without. nullopt for anything else.
std::optional<double> number_from(std::string_view text, std::string_view unit) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view rest = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  if (!rest.empty() && lowered(rest) != lowered(unit) && !(unit == "beats" && lowered(rest) == "beat"))
    return std::nullopt;
  return value;
}

std::optional<std::int64_t> ticks_from(const timeline::TempoMap& map, std::string_view text,
                                       const FieldDescriptor& leaf) {
  if (text.starts_with("ticks:")) {
    const auto number = number_from(text.substr(6), "");
    return number ? std::optional(std::llround(*number)) : std::nullopt;
  }
  if (is_position(leaf) && !counts_from_clip(leaf)) {
    if (text.starts_with("bar ")) text.remove_prefix(4);
    const auto position = timeline::position_from_text(map, trimmed(text));
    return position ? std::optional(position->count) : std::nullopt;
  }
  const auto beats = number_from(text, "beats");
  if (!beats || std::abs(*beats) > 1e9) return std::nullopt;
  return std::llround(*beats * static_cast<double>(kTicksPerQuarter));
}

// "bus or folder track", "source".
std::string kinds_text(const FieldDescriptor& leaf) {
  std::string text;
  bool tracks = false;
  for (const std::string& kind : rule_of(leaf).refers_to()) {
    const std::size_t colon = kind.find(':');
    tracks = tracks || colon != std::string::npos;
    text += (text.empty() ? "" : " or ") + (colon == std::string::npos ? kind : kind.substr(colon + 1));
  }
  return tracks ? text + " track" : text;
}

Result<ObjectId> reference_from(const Session& session, std::string_view text, const FieldDescriptor& leaf) {
  if (text == "none" || text.empty()) return ObjectId{};
  if (text.starts_with('#')) {
    if (const auto id = object_id_from(text.substr(1))) return *id;
  }
  for (const std::string& kind : rule_of(leaf).refers_to()) {
    ObjectId found;
    session.for_each([&](const v1::Object& object) {
      if (matches_kind(object, kind) && name_of(object) == text && (!found || id_of(object) < found))
        found = id_of(object);
    });
    if (found) return found;
  }
  return Error{ErrorCode::invalid, "there is no " + kinds_text(leaf) + " called \"" + std::string(text) + "\""};
}

Error not_a(const FieldDescriptor& leaf, std::string_view text, const std::string& wanted) {
  return Error{ErrorCode::invalid,
               "\"" + std::string(text) + "\" is no value for " + label_of(leaf) + "; give " + wanted};
}

Result<void> set_number(std::string_view text, Message& holder, const FieldDescriptor& leaf) {
  const auto number = number_from(text, rule_of(leaf).unit());
  if (!number)
    return not_a(leaf, text, "a number" + (rule_of(leaf).unit().empty() ? "" : " in " + rule_of(leaf).unit()));
  const Reflection* r = holder.GetReflection();
  if (leaf.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    r->SetDouble(&holder, &leaf, *number);
    return {};
  }
  const double low = leaf.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 ? 0.0 : -9e15;
  const double high = leaf.cpp_type() == FieldDescriptor::CPPTYPE_INT64 ? 9e15 : 2147483647.0;
  if (*number != std::floor(*number) || *number < std::max(low, -high) || *number > high)
    return not_a(leaf, text, "a whole number");
  switch (leaf.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      r->SetInt32(&holder, &leaf, static_cast<std::int32_t>(*number));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      r->SetUInt32(&holder, &leaf, static_cast<std::uint32_t>(*number));
      break;
    default:
      r->SetInt64(&holder, &leaf, static_cast<std::int64_t>(*number));
      break;
  }
  return {};
}

Result<void> set_flag(std::string_view text, Message& holder, const FieldDescriptor& leaf) {
  const std::string low = lowered(text);
  const bool on = low == "on" || low == "true" || low == "yes" || low == "1";
  if (!on && low != "off" && low != "false" && low != "no" && low != "0") return not_a(leaf, text, "on or off");
  holder.GetReflection()->SetBool(&holder, &leaf, on);
  return {};
}

Result<void> set_enum(std::string_view text, Message& holder, const FieldDescriptor& leaf) {
  std::string wanted = lowered(text);
  std::ranges::replace(wanted, ' ', '_');
  std::string choices;
  for (int i = 0; i < leaf.enum_type()->value_count(); ++i) {
    const auto* value = leaf.enum_type()->value(i);
    const bool unspecified = value->number() == 0;
    const std::string name = unspecified ? "off" : enum_text(*value);
    if (name == wanted) {
      holder.GetReflection()->SetEnumValue(&holder, &leaf, value->number());
      return {};
    }
    if (!unspecified) choices += (choices.empty() ? "" : ", ") + name;
  }
  return not_a(leaf, text, "one of " + choices);
}

}  // namespace

std::string value_text(const Session& session, const timeline::TempoMap& map, const Message& holder,
                       const FieldDescriptor& leaf) {
  const Reflection* r = holder.GetReflection();
  const v1::FieldRule& rule = rule_of(leaf);
  if (leaf.has_presence() && !r->HasField(holder, &leaf) && rule.has_default_value() && is_tick_length(leaf))
    return beats_text(static_cast<std::int64_t>(rule.default_value()));
  if (leaf.has_presence() && !r->HasField(holder, &leaf) && rule.has_default_value())
    return with_unit(decimal(rule.default_value()), rule);
  switch (leaf.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->GetBool(holder, &leaf) ? "on" : "off";
    case FieldDescriptor::CPPTYPE_STRING:
      return r->GetString(holder, &leaf);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return with_unit(decimal(r->GetDouble(holder, &leaf)), rule);
    case FieldDescriptor::CPPTYPE_INT32:
      return with_unit(std::to_string(r->GetInt32(holder, &leaf)), rule);
    case FieldDescriptor::CPPTYPE_UINT32:
      return with_unit(std::to_string(r->GetUInt32(holder, &leaf)), rule);
    case FieldDescriptor::CPPTYPE_INT64: {
      const std::int64_t value = r->GetInt64(holder, &leaf);
      if (is_position(leaf) && !counts_from_clip(leaf)) return timeline::to_text(map, TickPosition{value});
      if (is_position(leaf) || is_tick_length(leaf)) return beats_text(value);
      return with_unit(std::to_string(value), rule);
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = leaf.enum_type()->FindValueByNumber(r->GetEnumValue(holder, &leaf));
      return value == nullptr || value->number() == 0 ? "off" : enum_text(*value);
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      const ObjectId target{r->GetUInt64(holder, &leaf)};
      if (!target) return "none";
      const v1::Object* object = session.find(target);
      if (object == nullptr) return "#" + to_string(target);
      return name_of(*object).empty() ? title_of(session, *object) : std::string(name_of(*object));
    }
    default:
      return {};
  }
}

Result<void> set_from_text(const Session& session, const timeline::TempoMap& map, std::string_view text,
                           Message& holder, const FieldDescriptor& leaf) {
  if (leaf.cpp_type() != FieldDescriptor::CPPTYPE_STRING) text = trimmed(text);
  if (text == "default") {
    holder.GetReflection()->ClearField(&holder, &leaf);
    return {};
  }
  switch (leaf.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      holder.GetReflection()->SetString(&holder, &leaf, std::string(text));
      return {};
    case FieldDescriptor::CPPTYPE_BOOL:
      return set_flag(text, holder, leaf);
    case FieldDescriptor::CPPTYPE_ENUM:
      return set_enum(text, holder, leaf);
    case FieldDescriptor::CPPTYPE_UINT64: {
      TALKBACK_ASSIGN(const ObjectId id, reference_from(session, text, leaf));
      holder.GetReflection()->SetUInt64(&holder, &leaf, id.value);
      return {};
    }
    case FieldDescriptor::CPPTYPE_INT64:
      if (is_position(leaf) || is_tick_length(leaf)) {
        const auto ticks = ticks_from(map, text, leaf);
        const bool as_bar = is_position(leaf) && !counts_from_clip(leaf);
        if (!ticks) return not_a(leaf, text, as_bar ? "a place such as 17 or 17.3 (bar.beat)" : "a number of beats");
        holder.GetReflection()->SetInt64(&holder, &leaf, *ticks);
        return {};
      }
      return set_number(text, holder, leaf);
    default:
      return set_number(text, holder, leaf);
  }
}

}  // namespace talkback::session
