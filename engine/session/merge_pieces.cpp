#include "engine/session/merge_pieces.hpp"

#include <unordered_map>
#include <unordered_set>

#include "engine/session/canonical.hpp"
#include "engine/session/diff.hpp"

namespace talkback::session {
namespace {

using google::protobuf::FieldDescriptor;

bool is_equal(const v1::Object& a, const v1::Object& b) { return canonical_form(a) == canonical_form(b); }

bool is_place(const FieldPath& path) { return path.text() == "parent_id" || path.text() == "order"; }

// `object` with the values that `from` has in these fields.
ObjectPointer with_fields(const v1::Object& object, const v1::Object& from, const std::vector<FieldPath>& paths) {
  auto changed = std::make_shared<v1::Object>(object);
  for (const FieldPath& path : paths)
    if (auto* holder = path.mutable_holder(*changed)) copy_leaf(path.holder(from), *holder, path.leaf());
  return changed;
}

class PieceFinder {
 public:
  PieceFinder(const Session& base, const Session& ours, const Session& theirs, const std::set<std::string>& ignored)
      : base_(base), ours_(ours), theirs_(theirs), ignored_(ignored) {}

  std::vector<MergePiece> run() {
    for (const Change& change : diff(base_, theirs_)) {
      if (!change.after)
        deleted_.insert(id_of(*change.before));
      else if (const ObjectPointer here = ours_.pointer(id_of(*change.after)))
        find_updates(change, here);
      else
        find_creation(change);
    }
    for (const ObjectId id : deleted_) find_removal(id);
    for (std::size_t i = 0; i < pieces_.size(); ++i) find_needs(i);
    return std::move(pieces_);
  }

 private:
  MergePiece* add(MergePiece::Kind kind, ObjectId id, std::string key) {
    if (ignored_.contains(key)) return nullptr;
    piece_of_key_.emplace(key, pieces_.size());
    MergePiece& piece = pieces_.emplace_back();
    piece.kind = kind;
    piece.id = id;
    piece.key = std::move(key);
    return &piece;
  }

  // Theirs made or changed something that ours does not have.
  void find_creation(const Change& change) {
    ObjectId top = id_of(*change.after);
    for (ObjectId parent = parent_of(*change.after); parent && ours_.find(parent) == nullptr;
         parent = parent_of(*theirs_.find(top))) {
      top = parent;
    }
    const std::string key = to_string(top);
    if (const auto known = piece_of_key_.find(key); known != piece_of_key_.end()) {
      pieces_[known->second].theirs.push_back(change);
      return;
    }
    MergePiece* piece = add(MergePiece::Kind::create, top, key);
    if (piece == nullptr) return;
    piece->theirs.push_back(change);
    piece->is_conflict = base_.find(top) != nullptr;  // ours deleted what theirs went on working on
    if (piece->is_conflict) piece->ours.push_back({base_.pointer(top), nullptr});
    std::vector<ObjectId> open{top};
    while (!open.empty()) {
      const ObjectId id = open.back();
      open.pop_back();
      if (ours_.find(id) != nullptr) continue;
      created_in_.emplace(id, pieces_.size() - 1);
      piece->tree.push_back(id);
      for (const v1::Object* child : theirs_.children(id)) open.push_back(id_of(*child));
    }
  }

  void find_updates(const Change& change, const ObjectPointer& here) {
    const v1::Object& after = *change.after;
    // Both sides have it and the base does not: an earlier merge brought it over.
    const v1::Object& before = change.before ? *change.before : *here;
    if (!is_same_kind(before, after) || !is_same_kind(after, *here)) {
      MergePiece* piece = add(MergePiece::Kind::update, id_of(after), to_string(id_of(after)));
      if (piece == nullptr) return;
      piece->is_conflict = true;
      piece->theirs.push_back(change);
      piece->obstacle = "it has become something else";
      return;
    }
    std::vector<FieldPath> place;
    for (const FieldPath& path : differing_leaves(before, after)) {
      if (is_place(path))
        place.push_back(path);
      else
        find_update(change, before, here, {path});
    }
    // Another parent brings its own order: the two are one.
    if (!place.empty()) find_update(change, before, here, place);
  }

  void find_update(const Change& change, const v1::Object& before, const ObjectPointer& here,
                   const std::vector<FieldPath>& paths) {
    const FieldPath& path = paths.front();
    const auto& leaf = path.leaf();
    const v1::Object& after = *change.after;
    if (same_leaf(path.holder(*here), path.holder(after), leaf)) return;
    const ObjectId id = id_of(after);
    MergePiece* piece = add(MergePiece::Kind::update, id, to_string(id) + "." + path.text());
    if (piece == nullptr) return;
    piece->paths = paths;
    piece->is_conflict = !change.before || !same_leaf(path.holder(*here), path.holder(before), leaf);
    const auto old = change.before ? change.before : here;
    piece->theirs.push_back({old, with_fields(before, after, paths)});
    if (piece->is_conflict && change.before) piece->ours.push_back({old, with_fields(before, *here, paths)});
  }

  void find_removal(ObjectId id) {
    const v1::Object* here = ours_.find(id);
    if (here == nullptr || deleted_.contains(parent_of(*here))) return;
    MergePiece* piece = add(MergePiece::Kind::remove, id, to_string(id));
    if (piece == nullptr) return;
    piece->theirs.push_back({base_.pointer(id), nullptr});
    std::vector<ObjectId> open{id};
    while (!open.empty()) {
      const ObjectId at = open.back();
      open.pop_back();
      if (!is_told_with_its_parent(at)) {
        look_at_removed(*piece, at);
        for (const ObjectId referrer : ours_.referrers(at))
          if (base_.find(referrer) == nullptr) note_work(*piece, referrer);
      }
      if (theirs_.find(at) == nullptr)
        for (const v1::Object* child : ours_.children(at)) open.push_back(id_of(*child));
    }
  }

  // Something new in something new.
  bool is_told_with_its_parent(ObjectId id) const {
    return base_.find(id) == nullptr && theirs_.find(id) == nullptr &&
           base_.find(parent_of(*ours_.find(id))) == nullptr;
  }

  // What ours did with something that goes along with a deletion.
  void look_at_removed(MergePiece& piece, ObjectId id) {
    const v1::Object& here = *ours_.find(id);
    const v1::Object* before = base_.find(id);
    if (deleted_.contains(id)) {
      if (!is_equal(*before, here)) note_work(piece, id);
    } else if (before == nullptr || before->parent_id() != here.parent_id()) {
      note_work(piece, id);
      if (theirs_.find(id) != nullptr) piece.moved_back.push_back(id);
    } else {
      // Theirs moved it elsewhere before they deleted its parent.
      moved_out_.emplace(piece.key, to_string(id) + ".parent_id");
    }
  }

  void note_work(MergePiece& piece, ObjectId id) {
    piece.is_conflict = true;
    piece.ours.push_back({base_.pointer(id), ours_.pointer(id)});
  }

  void find_needs(std::size_t index) {
    MergePiece& piece = pieces_[index];
    if (piece.kind == MergePiece::Kind::create)
      for (const ObjectId id : piece.tree)
        for_each_reference(*theirs_.find(id), [&](ObjectId target) { need(index, target); });
    if (piece.kind == MergePiece::Kind::update)
      for (const FieldPath& path : piece.paths) {
        const auto* holder = path.holder(*theirs_.find(piece.id));
        const bool names = holder != nullptr && (is_reference(path.leaf()) || path.text() == "parent_id");
        if (names) need(index, ObjectId{holder->GetReflection()->GetUInt64(*holder, &path.leaf())});
      }
    for (const ObjectId id : piece.moved_back) need(index, parent_of(*theirs_.find(id)));
    if (!piece.moved_back.empty() && !piece.obstacle.empty())
      piece.obstacle = "what was moved into it would go as well, since its place before is gone: move that out first";
    const auto [begin, end] = moved_out_.equal_range(piece.key);
    for (auto moved = begin; moved != end; ++moved)
      if (const auto move = piece_of_key_.find(moved->second); move != piece_of_key_.end())
        piece.needs.insert(move->second);
  }

  void need(std::size_t index, ObjectId target) {
    if (!target || ours_.find(target) != nullptr) return;
    const auto maker = created_in_.find(target);
    if (maker == created_in_.end())
      pieces_[index].obstacle = "what it refers to has been deleted";
    else if (maker->second != index)
      pieces_[index].needs.insert(maker->second);
  }

  const Session& base_;
  const Session& ours_;
  const Session& theirs_;
  const std::set<std::string>& ignored_;
  std::vector<MergePiece> pieces_;
  std::unordered_map<std::string, std::size_t> piece_of_key_;
  std::unordered_map<ObjectId, std::size_t> created_in_;
  std::set<ObjectId> deleted_;
  // Key of a deletion, keys of the moves that come before it.
  std::unordered_multimap<std::string, std::string> moved_out_;
};

}  // namespace

std::vector<MergePiece> find_merge_pieces(const Session& base, const Session& ours, const Session& theirs,
                                          const std::set<std::string>& ignored) {
  return PieceFinder(base, ours, theirs, ignored).run();
}

}  // namespace talkback::session
