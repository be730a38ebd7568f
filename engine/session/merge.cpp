#include "engine/session/merge.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "engine/session/describe.hpp"
#include "engine/session/diff.hpp"
#include "engine/session/merge_pieces.hpp"

namespace talkback::session {
namespace {

void append(std::vector<Change>& to, const std::vector<Change>& from) { to.insert(to.end(), from.begin(), from.end()); }

// Notes, breakpoints, bands: what lies deeper than a track is taken by the dozen.
bool is_counted(const Session& session, const v1::Object& object) {
  const v1::Object* parent = session.find(parent_of(object));
  return parent != nullptr && !parent->has_settings() && !parent->has_track();
}

}  // namespace

struct Merge::Inside {
  const Session& base;
  const Session& ours;
  const Session& theirs;
  std::vector<MergePiece> pieces;
  // By item.
  std::vector<std::vector<std::size_t>> pieces_of;

  void close_over_needs(std::set<std::size_t>& chosen) const;
  Result<v1::Edit> edit_of(const std::set<std::size_t>& chosen) const;
  std::set<std::size_t> pieces_for(const std::vector<std::size_t>& items) const;
  void group(std::vector<MergeItem>& items);
  void add_item(std::vector<MergeItem>& items, std::vector<std::size_t> members);
  void word(std::vector<MergeItem>& items) const;
  void relate(std::vector<MergeItem>& items) const;
  void find_obstacles(std::vector<MergeItem>& items) const;
};

void Merge::Inside::close_over_needs(std::set<std::size_t>& chosen) const {
  std::vector<std::size_t> open(chosen.begin(), chosen.end());
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    for (const std::size_t need : pieces[at].needs)
      if (chosen.insert(need).second) open.push_back(need);
  }
}

std::set<std::size_t> Merge::Inside::pieces_for(const std::vector<std::size_t>& items) const {
  std::set<std::size_t> chosen;
  for (const std::size_t item : items) chosen.insert(pieces_of[item].begin(), pieces_of[item].end());
  close_over_needs(chosen);
  return chosen;
}

Result<v1::Edit> Merge::Inside::edit_of(const std::set<std::size_t>& chosen) const {
  std::map<ObjectId, Change> changes;
  // A copy of what the object is to become, changed further.
  const auto update = [&](ObjectId id) {
    Change& change = changes.try_emplace(id, Change{ours.pointer(id), ours.pointer(id)}).first->second;
    auto changed = std::make_shared<v1::Object>(*change.after);
    change.after = changed;
    return changed;
  };
  for (const std::size_t index : chosen) {
    const MergePiece& piece = pieces[index];
    if (!piece.obstacle.empty()) return Error{ErrorCode::invalid, piece.obstacle};
    if (piece.kind == MergePiece::Kind::remove) {
      changes[piece.id] = {ours.pointer(piece.id), nullptr};
      for (const ObjectId id : piece.moved_back) update(id)->set_parent_id(parent_of(*theirs.find(id)).value);
    }
    if (piece.kind == MergePiece::Kind::create)
      for (const ObjectId id : piece.tree) changes[id] = {nullptr, theirs.pointer(id)};
    if (piece.kind != MergePiece::Kind::update) continue;
    const auto changed = update(piece.id);
    for (const FieldPath& path : piece.paths)
      if (auto* holder = path.mutable_holder(*changed))
        copy_leaf(path.holder(*theirs.find(piece.id)), *holder, path.leaf());
  }
  std::vector<Change> list;
  for (auto& [id, change] : changes) list.push_back(std::move(change));
  v1::Edit edit = session::edit_of(list);
  Session tried = ours;
  TALKBACK_TRY(apply(tried, edit));
  return edit;
}

void Merge::Inside::add_item(std::vector<MergeItem>& items, std::vector<std::size_t> members) {
  MergeItem& item = items.emplace_back();
  for (const std::size_t member : members) {
    item.keys.push_back(pieces[member].key);
    item.is_conflict = item.is_conflict || pieces[member].is_conflict;
    if (!pieces[member].obstacle.empty()) item.obstacle = pieces[member].obstacle;
  }
  if (!item.obstacle.empty()) item.is_conflict = true;
  pieces_of.push_back(std::move(members));
}

void Merge::Inside::group(std::vector<MergeItem>& items) {
  std::set<std::size_t> needed;
  for (const MergePiece& piece : pieces) needed.insert(piece.needs.begin(), piece.needs.end());
  std::map<std::tuple<MergePiece::Kind, std::uint64_t, int>, std::vector<std::size_t>> dozens;
  std::vector<std::size_t> single;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const MergePiece& piece = pieces[i];
    const Session& where = piece.kind == MergePiece::Kind::remove ? base : theirs;
    const v1::Object& object = *where.find(piece.id);
    // A recording comes along with the clip that plays it.
    if (object.has_source() && needed.contains(i) && !piece.is_conflict) continue;
    if (!piece.is_conflict && piece.obstacle.empty() && is_counted(where, object))
      dozens[{piece.kind, object.parent_id(), static_cast<int>(object.body_case())}].push_back(i);
    else
      single.push_back(i);
  }
  for (auto& [key, members] : dozens) {
    std::set<ObjectId> objects;
    for (const std::size_t member : members) objects.insert(pieces[member].id);
    if (objects.size() > kListedMax)
      add_item(items, std::move(members));
    else
      single.insert(single.end(), members.begin(), members.end());
  }
  for (const std::size_t piece : single) add_item(items, {piece});
}

void Merge::Inside::word(std::vector<MergeItem>& items) const {
  const Wording to_theirs(base, theirs);
  const Wording to_ours(base, ours);
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::vector<Change> by_theirs;
    std::vector<Change> by_ours;
    for (const std::size_t piece : pieces_of[i]) {
      append(by_theirs, pieces[piece].theirs);
      append(by_ours, pieces[piece].ours);
    }
    items[i].theirs = to_theirs.describe(by_theirs);
    items[i].ours = to_ours.describe(by_ours);
  }
}

// Needs of pieces become needs of items.
void Merge::Inside::relate(std::vector<MergeItem>& items) const {
  std::map<std::size_t, std::size_t> item_of;
  for (std::size_t i = 0; i < items.size(); ++i)
    for (const std::size_t piece : pieces_of[i]) item_of[piece] = i;
  for (std::size_t i = 0; i < items.size(); ++i)
    for (const std::size_t piece : pieces_for({i}))
      if (const auto other = item_of.find(piece); other != item_of.end() && other->second != i)
        if (std::ranges::find(items[i].needs, other->second) == items[i].needs.end())
          items[i].needs.push_back(other->second);
}

// Each side kept the rules; together they may break one (a circle in the routing, too many of something).
void Merge::Inside::find_obstacles(std::vector<MergeItem>& items) const {
  std::vector<std::size_t> clean;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_conflict) {
      clean.push_back(i);
    } else if (items[i].obstacle.empty()) {
      if (const auto alone = edit_of(pieces_for({i})); !alone) items[i].obstacle = alone.error().message;
    }
  }
  if (edit_of(pieces_for(clean))) return;
  std::vector<std::size_t> together;
  for (const std::size_t i : clean) {
    together.push_back(i);
    const auto possible = edit_of(pieces_for(together));
    if (possible) continue;
    together.pop_back();
    items[i].is_conflict = true;
    items[i].obstacle = possible.error().message;
  }
}

Merge::Merge(const Session& base, const Session& ours, const Session& theirs, const std::set<std::string>& ignored)
    : inside_(new Inside{base, ours, theirs, find_merge_pieces(base, ours, theirs, ignored), {}}) {
  inside_->group(items_);
  inside_->word(items_);
  inside_->relate(items_);
  inside_->find_obstacles(items_);
}

Merge::~Merge() = default;
Merge::Merge(Merge&&) noexcept = default;

Result<v1::Edit> Merge::edit_of(const std::vector<std::size_t>& chosen) const {
  return inside_->edit_of(inside_->pieces_for(chosen));
}

}  // namespace talkback::session
