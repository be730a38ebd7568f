// Random edits over every object type, made by reflection: most keep the rules, some break them.
//
// Deterministic for a seed. Used by the property tests of the session and by whoever needs busy editors.
#pragma once

#include <random>

#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::support {

class RandomEdits {
 public:
  explicit RandomEdits(std::uint64_t seed) : random_(seed) {}

  // One to six operations that look at `session` as it is: creations, updates of single fields, moves and deletions.
  v1::Edit next(const session::Session& session);

  std::uint64_t number(std::uint64_t below) { return random_() % below; }

 private:
  v1::Operation create(const session::Session& session);
  v1::Operation update(const session::Session& session);
  v1::Operation erase(const session::Session& session);
  const v1::Object* any_object(const session::Session& session);
  std::uint64_t any_target(const session::Session& session, const google::protobuf::FieldDescriptor& field);
  void fill(const session::Session& session, google::protobuf::Message& message);
  void fill_leaf(const session::Session& session, google::protobuf::Message& holder,
                 const google::protobuf::FieldDescriptor& field);

  std::mt19937_64 random_;
};

}  // namespace talkback::support
