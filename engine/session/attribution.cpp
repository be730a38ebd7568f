#include "engine/session/attribution.hpp"

#include <map>

#include "engine/session/diff.hpp"
#include "engine/session/field_path.hpp"

namespace talkback::session {
namespace {

std::string key_of(const v1::Object& object) { return to_string(id_of(object)); }

std::string key_of(const v1::Object& object, const FieldPath& path) { return key_of(object) + "." + path.text(); }

// Objects that came, went or became something else are told as a whole.
bool is_whole(const Change& change) {
  return !change.before || !change.after || !is_same_kind(*change.before, *change.after);
}

}  // namespace

void Attribution::note(const std::string& author, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    const v1::Object& object = change.after ? *change.after : *change.before;
    if (is_whole(change)) {
      author_of_[key_of(object)] = author;
      continue;
    }
    for (const FieldPath& path : differing_leaves(*change.before, *change.after))
      author_of_[key_of(object, path)] = author;
  }
}

std::vector<Attribution::Part> Attribution::split(const std::vector<Change>& difference) const {
  const auto author = [&](const std::string& key) {
    const auto found = author_of_.find(key);
    return found == author_of_.end() ? std::string() : found->second;
  };
  std::map<std::string, std::vector<Change>> parts;
  for (const Change& change : difference) {
    const v1::Object& object = change.after ? *change.after : *change.before;
    if (is_whole(change)) {
      parts[author(key_of(object))].push_back(change);
      continue;
    }
    std::map<std::string, std::shared_ptr<v1::Object>> changed;
    for (const FieldPath& path : differing_leaves(*change.before, *change.after)) {
      auto& copy = changed[author(key_of(object, path))];
      if (!copy) copy = std::make_shared<v1::Object>(*change.before);
      if (auto* holder = path.mutable_holder(*copy)) copy_leaf(path.holder(*change.after), *holder, path.leaf());
    }
    for (auto& [name, copy] : changed) parts[name].push_back({change.before, std::move(copy)});
  }
  std::vector<Part> list;
  for (auto& [name, changes] : parts) list.push_back({name, std::move(changes)});
  return list;
}

}  // namespace talkback::session
