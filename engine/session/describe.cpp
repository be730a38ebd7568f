#include "engine/session/describe.hpp"

#include <algorithm>
#include <map>

#include "engine/session/field_path.hpp"
#include "engine/session/rules.hpp"
#include "engine/session/value_text.hpp"

namespace talkback::session {
namespace {

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

// Titles of objects that may be gone are looked up in the session before.
Session before_of(const std::vector<Change>& changes, const Session& after) {
  Session before = after;
  for (const Change& change : changes) {
    if (change.before)
      before.put(change.before);
    else if (before.find(id_of(*change.after)) != nullptr)
      before.remove(id_of(*change.after));
  }
  return before;
}

class Describer {
 public:
  Describer(const std::vector<Change>& changes, const Session& before, const Session& after,
            const timeline::TempoMap& map)
      : changes_(changes), after_(after), before_(before), map_(map) {}

  std::vector<std::string> run() {
    for (const Change& change : changes_) group(change);
    for (const Group& group : groups_) write(group);
    return std::move(sentences_);
  }

 private:
  enum class Verb { added, deleted, changed };
  struct Group {
    Verb verb;
    std::vector<const Change*> changes;
  };

  void group(const Change& change) {
    const Verb verb = !change.before ? Verb::added : !change.after ? Verb::deleted : Verb::changed;
    const v1::Object& object = change.after ? *change.after : *change.before;
    if (verb != Verb::changed && is_part_of_its_parents_change(change)) return;
    const auto key = std::make_tuple(verb, object.parent_id(), static_cast<int>(object.body_case()));
    const auto [at, fresh] = index_.try_emplace(key, groups_.size());
    if (fresh) groups_.push_back({verb, {}});
    groups_[at->second].changes.push_back(&change);
  }

  // What comes or goes with its parent needs no sentence, the parent's has it.
  bool is_part_of_its_parents_change(const Change& change) const {
    const v1::Object& object = change.after ? *change.after : *change.before;
    const bool parent_before = before_.find(parent_of(object)) != nullptr;
    const bool parent_after = after_.find(parent_of(object)) != nullptr;
    return change.after ? !parent_before && object.parent_id() != 0 : !parent_after;
  }

  void write(const Group& group) {
    const v1::Object& first = group.changes[0]->after ? *group.changes[0]->after : *group.changes[0]->before;
    const Session& where = group.verb == Verb::deleted ? before_ : after_;
    const v1::Object* parent = where.find(parent_of(first));
    if (group.changes.size() > kListedMax && parent != nullptr) {
      const char* word = group.verb == Verb::added     ? " added to "
                         : group.verb == Verb::deleted ? " deleted from "
                                                       : " changed in ";
      sentences_.push_back(std::to_string(group.changes.size()) + " " + std::string(noun_of(first)) + "s" + word +
                           title_of(where, *parent));
      return;
    }
    for (const Change* change : group.changes) write(*change, group.verb);
  }

  void write(const Change& change, Verb verb) {
    if (verb == Verb::added) {
      sentences_.push_back(capitalised(title_of(after_, *change.after)) + " added" + place_of(*change.after));
    } else if (verb == Verb::deleted) {
      sentences_.push_back(capitalised(title_of(before_, *change.before)) + " deleted");
    } else if (change.before->body_case() == change.after->body_case()) {
      for (const FieldPath& path : differing_leaves(*change.before, *change.after)) write(change, path);
    }
  }

  void write(const Change& change, const FieldPath& path) {
    const std::string title = capitalised(title_of(before_, *change.before));
    const std::string name = path.text();
    if (name == "order") {
      sentences_.push_back(title + " moved among its neighbours");
    } else if (name == "parent_id") {
      const v1::Object* parent = after_.find(parent_of(*change.after));
      sentences_.push_back(title + " moved to " + (parent == nullptr ? "nowhere" : title_of(after_, *parent)));
    } else {
      sentences_.push_back(title + ": " + label_within(path) + " " + value(before_, *change.before, path) + " -> " +
                           value(after_, *change.after, path));
    }
  }

  // "band 2 gain", "kick tune": what stands between the effect or instrument and the leaf is part of the name.
  static std::string label_within(const FieldPath& path) {
    std::string groups = path.text();
    for (int steps = 0; steps < 2; ++steps) {
      const std::size_t dot = groups.find('.');
      if (dot == std::string::npos) return label_of(path.leaf());
      groups.erase(0, dot + 1);
    }
    const std::size_t last = groups.rfind('.');
    if (last == std::string::npos) return label_of(path.leaf());
    groups.resize(last);
    std::ranges::replace_if(
        groups, [](char c) { return c == '.' || c == '_'; }, ' ');
    return groups + " " + label_of(path.leaf());
  }

  std::string value(const Session& session, const v1::Object& object, const FieldPath& path) const {
    const auto* holder = path.holder(object);
    if (holder == nullptr) {
      v1::Object probe = object;
      holder = path.mutable_holder(probe);
      return holder == nullptr ? "nothing" : value_text(session, map_, *holder, path.leaf());
    }
    const std::string text = value_text(session, map_, *holder, path.leaf());
    return text.empty() ? "nothing" : text;
  }

  std::string place_of(const v1::Object& object) const {
    const auto* body = body_of(object);
    const auto* field = body->GetDescriptor()->FindFieldByName("position_ticks");
    if (field == nullptr || object.has_note() || object.has_controller()) return {};
    return " at bar " + value_text(after_, map_, *body, *field);
  }

  const std::vector<Change>& changes_;
  const Session& after_;
  const Session& before_;
  const timeline::TempoMap& map_;
  std::vector<Group> groups_;
  std::map<std::tuple<Verb, std::uint64_t, int>, std::size_t> index_;
  std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> Wording::describe(const std::vector<Change>& changes) const {
  return Describer(changes, before_, after_, map_).run();
}

std::vector<std::string> describe(const std::vector<Change>& changes, const Session& after) {
  const Session before = before_of(changes, after);
  return Wording(before, after).describe(changes);
}

}  // namespace talkback::session
