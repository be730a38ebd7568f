// What a merge promises, seen on fields of objects alone.
#include <set>

#include "tests/simulation/judge.hpp"

namespace talkback::simulation {
namespace {

bool exists(const Model& model, const std::string& id) { return !id.empty() && model.find(std::stoull(id)) != nullptr; }

// A reference to what the merge has taken away goes with it.
bool lost_its_target(const Model& after, const std::string& path, const std::string& was) {
  return names_an_object(path) && !was.empty() && !exists(after, was);
}

std::set<std::string> paths_of(const Fields* one, const Fields* other) {
  std::set<std::string> paths;
  for (const Fields* fields : {one, other})
    if (fields != nullptr)
      for (const auto& [path, value] : *fields) paths.insert(path);
  return paths;
}

// What theirs have left as it was, ours keep.
std::string check_keeps(const JudgedMerge& merge, const Model& after) {
  for (const auto& [id, fields] : merge.ours.objects) {
    const Fields* now = after.find(id);
    const Fields* base = merge.base.find(id);
    const Fields* theirs = merge.theirs.find(id);
    const std::string name = std::to_string(id);
    if (now == nullptr) {
      // Gone: theirs deleted it, or something that it lay in or lived by.
      bool has_lost = base != nullptr && theirs == nullptr;
      for (const auto& [path, value] : *fields) has_lost = has_lost || lost_its_target(after, path, value);
      if (!has_lost) return "takes away " + name + ", which nobody has deleted";
      continue;
    }
    for (const std::string& path : paths_of(fields.get(), now)) {
      if (merge.ours.value(id, path) == after.value(id, path)) continue;
      if (lost_its_target(after, path, merge.ours.value(id, path))) continue;
      if (theirs == nullptr || (base != nullptr && merge.theirs.value(id, path) == merge.base.value(id, path)))
        return "sets " + path + " of " + name + ", which theirs have not";
      if (merge.theirs.value(id, path) != after.value(id, path))
        return "sets " + path + " of " + name + " to what neither side has";
    }
  }
  for (const auto& [id, fields] : after.objects) {
    if (merge.ours.find(id) != nullptr) continue;
    const Fields* theirs = merge.theirs.find(id);
    if (theirs == nullptr) return "makes " + std::to_string(id) + ", which neither side has";
    for (const std::string& path : paths_of(fields.get(), theirs)) {
      const std::string wanted = merge.theirs.value(id, path);
      if (after.value(id, path) != wanted && !lost_its_target(after, path, wanted))
        return "makes " + std::to_string(id) + " with another " + path + " than theirs";
    }
  }
  return {};
}

// What theirs have done, without meeting other work, is done now.
std::string check_takes(const JudgedMerge& merge, const Model& after) {
  for (const auto& [id, fields] : merge.theirs.objects) {
    const Fields* base = merge.base.find(id);
    const Fields* ours = merge.ours.find(id);
    const std::string name = std::to_string(id);
    if (base == nullptr && after.find(id) == nullptr) return "leaves out " + name;
    if (base == nullptr || ours == nullptr || after.find(id) == nullptr) continue;
    for (const std::string& path : paths_of(fields.get(), base)) {
      const std::string theirs = merge.theirs.value(id, path);
      if (theirs == merge.base.value(id, path) || merge.ours.value(id, path) != merge.base.value(id, path)) continue;
      if (after.value(id, path) != theirs && !lost_its_target(after, path, theirs))
        return "leaves " + path + " of " + name + " as it was";
    }
  }
  for (const auto& [id, fields] : merge.base.objects)
    if (merge.theirs.find(id) == nullptr && after.find(id) != nullptr)
      return "leaves " + std::to_string(id) + ", which theirs have deleted";
  return {};
}

}  // namespace

std::string check_merge(const JudgedMerge& merge, const v1::Edit& edit) {
  Model after = merge.ours;
  apply(after, edit);
  if (std::string fault = check_keeps(merge, after); !fault.empty()) return fault;
  return merge.is_whole ? check_takes(merge, after) : std::string();
}

}  // namespace talkback::simulation
