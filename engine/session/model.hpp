// The session's vocabulary, read from the options of session.proto by reflection.
//
// Everything here is pure and may be called by any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/base/object_id.hpp"
#include "talkback/v1/session.pb.h"

namespace talkback::session {

// The one master track of every session.
inline constexpr ObjectId kMasterId{2};

inline ObjectId id_of(const v1::Object& object) noexcept { return ObjectId{object.id()}; }
inline ObjectId parent_of(const v1::Object& object) noexcept { return ObjectId{object.parent_id()}; }

// The set body of an object, or nullptr; and the field that holds it.
const google::protobuf::Message* body_of(const v1::Object& object);
google::protobuf::Message* mutable_body_of(v1::Object& object);
const google::protobuf::FieldDescriptor* body_field_of(const v1::Object& object);

const v1::FieldRule& rule_of(const google::protobuf::FieldDescriptor& field);
const v1::ObjectRule& rule_of(const google::protobuf::Descriptor& body);

// The field holds the id of another object.
bool is_reference(const google::protobuf::FieldDescriptor& field);

// "track", "midi clip"; "object" without a body.
std::string_view noun_of(const v1::Object& object);

// The noun, for tracks with their kind: "track:bus".
std::string kind_of(const v1::Object& object);

// `pattern` (a noun, or noun:kind) names objects of this one's kind.
bool matches_kind(const v1::Object& object, std::string_view pattern);

// What people call it: a track's or clip's name, a marker's text; else empty.
std::string_view name_of(const v1::Object& object);

// What field names end in to tell a unit or a reference: "_db", "_id" …
std::span<const std::string_view> unit_endings();

// "fader" for fader_db: the field's name without its unit, underscores as spaces.
std::string label_of(const google::protobuf::FieldDescriptor& field);

// Lower-case name of an enum value as people type it: "high_pass".
std::string enum_text(const google::protobuf::EnumValueDescriptor& value);

}  // namespace talkback::session
