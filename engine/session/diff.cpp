#include "engine/session/diff.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "engine/session/canonical.hpp"
#include "engine/session/field_path.hpp"

namespace talkback::session {
namespace {

// The same object may have become another kind (deleted, and its id created again): then it is made anew.
bool is_replacement(const Change& change) {
  return change.before && change.after && !is_same_kind(*change.before, *change.after);
}

class Creations {
 public:
  void add(const v1::Object& object) {
    waiting_.emplace(id_of(object), &object);
    order_.push_back(id_of(object));
  }

  void write(v1::Edit& edit) {
    for (const ObjectId id : order_) write(edit, id);
  }

 private:
  void write(v1::Edit& edit, ObjectId id) {
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) return;
    const v1::Object& object = *found->second;
    waiting_.erase(found);
    write(edit, parent_of(object));
    *edit.add_operations()->mutable_create() = object;
  }

  std::unordered_map<ObjectId, const v1::Object*> waiting_;
  std::vector<ObjectId> order_;
};

void add_update(v1::Edit& edit, const v1::Object& before, const v1::Object& after) {
  const std::vector<FieldPath> paths = differing_leaves(before, after);
  if (paths.empty()) return;
  v1::Update& update = *edit.add_operations()->mutable_update();
  update.mutable_values()->set_id(after.id());
  for (const FieldPath& path : paths) {
    update.mutable_fields()->add_paths(path.text());
    const auto* from = path.holder(after);
    if (from == nullptr || !is_set(*from, path.leaf())) continue;
    copy_leaf(from, path.make_holder(*update.mutable_values()), path.leaf());
  }
}

}  // namespace

bool is_same_kind(const v1::Object& a, const v1::Object& b) {
  if (a.body_case() != b.body_case()) return false;
  const auto* body_a = body_of(a);
  const auto* body_b = body_of(b);
  const auto* type = body_a->GetDescriptor();
  for (int i = 0; i < type->real_oneof_decl_count(); ++i)
    if (body_a->GetReflection()->GetOneofFieldDescriptor(*body_a, type->oneof_decl(i)) !=
        body_b->GetReflection()->GetOneofFieldDescriptor(*body_b, type->oneof_decl(i)))
      return false;
  return true;
}

std::vector<Change> diff(const Session& before, const Session& after) {
  std::vector<Change> changes;
  before.for_each([&](const v1::Object& object) {
    const ObjectPointer now = after.pointer(id_of(object));
    if (now.get() == &object) return;
    if (now && canonical_form(*now) == canonical_form(object)) return;
    changes.push_back({before.pointer(id_of(object)), now});
  });
  after.for_each([&](const v1::Object& object) {
    if (before.find(id_of(object)) == nullptr) changes.push_back({nullptr, after.pointer(id_of(object))});
  });
  std::ranges::sort(changes, {}, [](const Change& c) { return (c.before ? c.before : c.after)->id(); });
  return changes;
}

v1::Edit edit_of(const std::vector<Change>& changes) {
  v1::Edit edit;
  std::unordered_set<ObjectId> gone;
  for (const Change& change : changes)
    if (change.before && !change.after) gone.insert(id_of(*change.before));
  for (const Change& change : changes)
    if (is_replacement(change)) edit.add_operations()->set_delete_id(change.before->id());
  Creations creations;
  for (const Change& change : changes)
    if (change.after && (!change.before || is_replacement(change))) creations.add(*change.after);
  creations.write(edit);
  for (const Change& change : changes)
    if (change.before && change.after && !is_replacement(change)) add_update(edit, *change.before, *change.after);
  for (const Change& change : changes)
    if (change.before && !change.after && !gone.contains(parent_of(*change.before)))
      edit.add_operations()->set_delete_id(change.before->id());
  return edit;
}

}  // namespace talkback::session
