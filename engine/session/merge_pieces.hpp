// The smallest parts of a merge: a field, an object with what comes below it, a deletion. Only merge.cpp knows them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/session/apply.hpp"
#include "engine/session/field_path.hpp"

namespace talkback::session {

struct MergePiece {
  enum class Kind { create, update, remove };
  Kind kind = Kind::update;
  ObjectId id;
  std::string key;
  // update: what is taken from theirs.
  std::vector<FieldPath> paths;
  // create: the object and all below it that ours does not have, parents first.
  std::vector<ObjectId> tree;
  // remove: what ours moved into it and theirs still has. It goes back to where theirs has it.
  std::vector<ObjectId> moved_back;
  bool is_conflict = false;
  // From base to each side.
  std::vector<Change> theirs;
  std::vector<Change> ours;
  // Pieces, by index, without which this one breaks a rule.
  std::set<std::size_t> needs;
  std::string obstacle;
};

// Everything that theirs did and ours does not have, without what `ignored` names.
std::vector<MergePiece> find_merge_pieces(const Session& base, const Session& ours, const Session& theirs,
                                          const std::set<std::string>& ignored);

}  // namespace talkback::session
