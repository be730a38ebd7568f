#include "engine/session/undo.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "engine/session/canonical.hpp"
#include "engine/session/diff.hpp"
#include "engine/session/field_path.hpp"
#include "engine/session/performer_rights.hpp"
#include "engine/session/rules.hpp"

namespace talkback::session {

namespace {

constexpr const char* kAnothers = "it is not on a track of yours";

bool is_equal(const v1::Object& a, const v1::Object& b) { return canonical_form(a) == canonical_form(b); }

class Undoing {
 public:
  Undoing(const Session& now, const std::vector<Change>& changes, std::string_view performer)
      : now_(now), performer_(performer) {
    for (const Change& change : changes) {
      const ObjectId id = id_of(*(change.before ? change.before : change.after));
      changes_.emplace(id, &change);
      order_.push_back(id);
    }
  }

  Undo run() {
    find_restored();
    for (const ObjectId id : order_) take_back(id, *changes_.at(id));
    return {edit_of(wanted_), std::move(left_)};
  }

 private:
  // Deleted objects that can come back: those whose parents and references are there, or come back as well.
  void find_restored() {
    for (const ObjectId id : order_) {
      if (!changes_.at(id)->after && now_.find(id) == nullptr) restored_.insert(id);
    }
    for (bool is_stable = false; !is_stable;) {
      const auto rights = rights_with_restored();
      const auto cannot_stand = [&](ObjectId id) { return !stands(*changes_.at(id)->before); };
      const auto is_anothers = [&](ObjectId id) {
        const bool denied = rights && !rights->check_create(*changes_.at(id)->before);
        if (denied) anothers_.insert(id);
        return denied;
      };
      is_stable = std::erase_if(restored_, is_anothers) + std::erase_if(restored_, cannot_stand) == 0;
    }
  }

  // nullopt: everything may be edited.
  std::optional<PerformerRights> rights_with_restored() const {
    if (performer_.empty()) return std::nullopt;
    PerformerRights rights(now_, performer_);
    for (const ObjectId id : restored_) rights.note_created(*changes_.at(id)->before);
    return rights;
  }

  void want(const ObjectPointer& here, ObjectPointer wanted) {
    const Change change{here, std::move(wanted)};
    if (const auto rights = rights_with_restored()) {
      const v1::Edit edit = edit_of({change});
      if (!std::ranges::all_of(edit.operations(), [&](const auto& each) { return rights->check(each).has_value(); }))
        return leave(*here, kAnothers);
    }
    wanted_.push_back(change);
  }

  bool is_there(ObjectId id) const { return now_.find(id) != nullptr || restored_.contains(id); }

  bool stands(const v1::Object& object) const {
    bool all_there = is_there(parent_of(object));
    for_each_reference(object, [&](ObjectId id) { all_there = all_there && is_there(id); });
    return all_there;
  }

  void take_back(ObjectId id, const Change& change) {
    const ObjectPointer here = now_.pointer(id);
    if (!change.after) return restore(id, change, here);
    if (!here) {
      if (change.before) leave(*change.after, "it has been deleted since");
      return;
    }
    if (!change.before) return remove(id, change, here);
    if (!is_same_kind(*change.before, *change.after) || !is_same_kind(*change.after, *here)) {
      if (!is_equal(*change.after, *here)) return leave(*here, "it has been replaced since");
      return want(here, change.before);
    }
    set_back(change, here);
  }

  void restore(ObjectId id, const Change& change, const ObjectPointer& here) {
    if (here) return leave(*here, "it is there again already");
    if (restored_.contains(id)) {
      wanted_.push_back({nullptr, change.before});
      return;
    }
    // Of a tree that cannot come back, its top is named.
    const auto parent = changes_.find(parent_of(*change.before));
    if (parent == changes_.end() || parent->second->after || now_.find(parent_of(*change.before)) != nullptr)
      leave(*change.before, anothers_.contains(id) ? kAnothers : "it cannot come back, as what it belonged to is gone");
  }

  void remove(ObjectId id, const Change& change, const ObjectPointer& here) {
    if (goes(id, change, *here)) {
      want(here, nullptr);
    } else if (made_parent_of(*here) == nullptr) {
      leave(*here, "it has been worked on since");
    }
  }

  // The change that made the object's parent, where this edit made it.
  const Change* made_parent_of(const v1::Object& object) const {
    const auto parent = changes_.find(parent_of(object));
    return parent == changes_.end() || parent->second->before ? nullptr : parent->second;
  }

  // A tree that the edit made goes as a whole or stays as a whole.
  bool goes(ObjectId id, const Change& change, const v1::Object& here) const {
    if (!is_equal(*change.after, here) || is_in_use(id)) return false;
    const Change* parent = made_parent_of(here);
    const v1::Object* parent_here = now_.find(parent_of(here));
    return parent == nullptr || parent_here == nullptr || goes(parent_of(here), *parent, *parent_here);
  }

  // Something that this edit did not make stands below it, was changed below it, or refers to it.
  bool is_in_use(ObjectId root) const {
    std::vector<ObjectId> open{root};
    while (!open.empty()) {
      const ObjectId id = open.back();
      open.pop_back();
      for (const ObjectId referrer : now_.referrers(id)) {
        if (!changes_.contains(referrer)) return true;
      }
      for (const v1::Object* child : now_.children(id)) {
        const auto change = changes_.find(id_of(*child));
        if (change == changes_.end() || change->second->before || !change->second->after) return true;
        if (!is_equal(*change->second->after, *child)) return true;
        open.push_back(id_of(*child));
      }
    }
    return false;
  }

  void set_back(const Change& change, const ObjectPointer& here) {
    auto wanted = std::make_shared<v1::Object>(*here);
    for (const FieldPath& path : differing_leaves(*change.before, *change.after)) {
      if (!same_leaf(path.holder(*here), path.holder(*change.after), path.leaf())) {
        leave(*here, "its " + label_of(path.leaf()) + " has been changed since");
        continue;
      }
      if (is_reference_to_nothing(path, *change.before)) {
        leave(*here, "what its " + label_of(path.leaf()) + " named is gone");
        continue;
      }
      if (auto* holder = path.mutable_holder(*wanted)) copy_leaf(path.holder(*change.before), *holder, path.leaf());
    }
    want(here, std::move(wanted));
  }

  bool is_reference_to_nothing(const FieldPath& path, const v1::Object& before) const {
    const auto* holder = path.holder(before);
    if (holder == nullptr || path.leaf().cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_UINT64) return false;
    if (!is_reference(path.leaf()) && path.text() != "parent_id") return false;
    const ObjectId id{holder->GetReflection()->GetUInt64(*holder, &path.leaf())};
    return id.value != 0 && !is_there(id);
  }

  void leave(const v1::Object& object, const std::string& reason) {
    left_.push_back(title_of(now_, object) + ": " + reason);
  }

  const Session& now_;
  std::string_view performer_;
  std::unordered_map<ObjectId, const Change*> changes_;
  std::vector<ObjectId> order_;
  std::unordered_set<ObjectId> restored_;
  // Of those that cannot come back.
  std::unordered_set<ObjectId> anothers_;
  std::vector<Change> wanted_;
  std::vector<std::string> left_;
};

}  // namespace

Result<Undo> undo_of(const Session& now, const std::vector<Change>& changes, std::string_view performer) {
  Undo undo = Undoing(now, changes, performer).run();
  Session tried = now;
  if (auto applied = apply(tried, undo.edit); !applied)
    return Error{ErrorCode::conflict, "it cannot be taken back any more: " + applied.error().message};
  return undo;
}

}  // namespace talkback::session
