// The oracle: what a session must be after the edits of a log, worked out again in the plainest way.
//
// An object is a map of field path -> value in print; a session is a map of objects. Nothing of engine/session is used:
// only the messages, and the options of their fields that say which are references and who dies with its target. It
// believes the server that a committed edit keeps the rules, and knows what it does to the fields.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "talkback/v1/edit.pb.h"

namespace talkback::simulation {

// "track.fader_db" -> "-3". Members of a oneof stand there by their name with "{}". Without the id.
using Fields = std::map<std::string, std::string>;

Fields fields_of(const v1::Object& object);

struct Model {
  std::map<std::uint64_t, std::shared_ptr<const Fields>> objects;

  // nullptr where it is not there.
  const Fields* find(std::uint64_t id) const;
  // Empty where the object or the field is not there.
  std::string value(std::uint64_t id, const std::string& path) const;
};

Model model_of(const google::protobuf::RepeatedPtrField<v1::Object>& objects);

void apply(Model& model, const v1::Operation& operation);
void apply(Model& model, const v1::Edit& edit);

// The path names another object: a reference, or the parent.
bool names_an_object(const std::string& path);

// Where the two differ first, in words; empty where they are equal.
std::string difference(const Model& expected, const Model& found);

}  // namespace talkback::simulation
