// The way from an object to one of its leaf fields: "order", "track.fader_db", "insert.equaliser.band_2.q".
//
// A leaf is a number, flag, enum, text or id. The generated types are walked by reflection; nothing here
// knows a single object type.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"
#include "talkback/v1/session.pb.h"

namespace talkback::session {

class FieldPath {
 public:
  // Fails with `invalid` where a name is unknown or the path does not end at a leaf. `id` is no path: an id never
  // changes.
  static Result<FieldPath> parse(std::string_view text);
  // As parse(), but the path is made only once in the process; nullptr where parse() fails.
  static const FieldPath* find(std::string_view text);
  // Also where the name's unit is left out: "track.fader", "track.output". The first that fits.
  static Result<FieldPath> parse_short(std::string_view text);

  explicit FieldPath(std::vector<const google::protobuf::FieldDescriptor*> steps) : steps_(std::move(steps)) {}

  const google::protobuf::FieldDescriptor& leaf() const { return *steps_.back(); }
  std::string text() const;

  // The message that holds the leaf; nullptr where a step of the way is not set.
  const google::protobuf::Message* holder(const v1::Object& object) const;

  // As above, setting what is missing; nullptr where the way leads into another member of a oneof than the set one.
  google::protobuf::Message* mutable_holder(v1::Object& object) const;

  // As above, but also switching oneofs to the members on the way: for building an object up.
  google::protobuf::Message& make_holder(v1::Object& object) const;

  friend bool operator==(const FieldPath&, const FieldPath&) = default;

 private:
  std::vector<const google::protobuf::FieldDescriptor*> steps_;
};

// The leaf has the same value (and presence) in both. A null holder counts as "not set".
bool same_leaf(const google::protobuf::Message* a, const google::protobuf::Message* b,
               const google::protobuf::FieldDescriptor& leaf);

// Sets the leaf of `to` to that of `from`, clearing it where `from` is null or has none.
void copy_leaf(const google::protobuf::Message* from, google::protobuf::Message& to,
               const google::protobuf::FieldDescriptor& leaf);

// Is anything stored there: presence for optional fields, another value than zero for the others.
bool is_set(const google::protobuf::Message& holder, const google::protobuf::FieldDescriptor& leaf);

// Calls `visit` for every leaf below (and including) the object's body, also unset ones, in field order, within the
// set members of oneofs; envelope fields (parent_id, order) first.
void for_each_leaf(const v1::Object& object, const std::function<void(const FieldPath&)>& visit);

// Paths of the leaves that differ. Both objects have the same body and oneof members, or it is a bug.
std::vector<FieldPath> differing_leaves(const v1::Object& a, const v1::Object& b);

}  // namespace talkback::session
