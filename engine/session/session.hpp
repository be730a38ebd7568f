// The session: a tree of typed objects at one moment.
//
// A value: copies share their immutable objects, so a copy costs a map of pointers. Only apply() and
// from_state() build or change one, which keeps the invariants: the root and the master exist, every
// parent exists and may hold its children, every reference names an object of the right kind, routing
// has no cycle, every number lies in its range. Used by one thread at a time.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/sha256.hpp"
#include "engine/session/model.hpp"

namespace talkback::session {

using ObjectPointer = std::shared_ptr<const v1::Object>;

struct NewSession {
  std::string title;
  int sample_rate_hz = 48'000;
};

class Session {
 public:
  // Settings and a master track called "Master": revision 0 of every project.
  static Session create(const NewSession& options);

  // An empty tree, which no room ever shows: for from_state().
  Session() = default;

  const v1::Object* find(ObjectId id) const;
  ObjectPointer pointer(ObjectId id) const;
  std::size_t size() const noexcept { return entries_.size(); }

  // Of one kind, in their order. Empty where there are none.
  std::vector<const v1::Object*> children(ObjectId parent, v1::Object::BodyCase kind) const;
  // Of every kind, kind by kind.
  std::vector<const v1::Object*> children(ObjectId parent) const;
  std::size_t count_children(ObjectId parent, v1::Object::BodyCase kind) const;

  // Objects with a field that names this one.
  std::vector<ObjectId> referrers(ObjectId target) const;

  // The root's settings as stored; with_defaults() fills the absent fields.
  const v1::Settings& settings() const;

  // Every object, in no particular order.
  void for_each(const std::function<void(const v1::Object&)>& visit) const;

  // The sum of all objects' hashes in four lanes (see canonical.hpp). Hashes only what was put since it was asked last.
  using HashLanes = std::array<std::uint64_t, 4>;
  const HashLanes& hash_lanes() const;

  // The building stones of apply(): they keep the indexes and check no rule.
  void put(ObjectPointer object);
  void remove(ObjectId id);

 private:
  // A session has tens of thousands of these, and a room keeps its session in memory: neither holds what can be had
  // from the object, not even its hash, which is made once more when it leaves the sum.
  struct Entry {
    ObjectPointer object;
    bool hashed = false;  // in hash_lanes_
  };
  // The object of an entry, by its order and then its id.
  struct Child {
    mutable const v1::Object* object;
    bool operator<(const Child& other) const;
  };

  void index(const v1::Object& object);
  void unindex(const v1::Object& object);
  // In the place of one that the indexes know by the same places.
  void reindex(const v1::Object& object);
  void take_out_hash(const Entry& entry);
  void await_hash(ObjectId id);

  mutable std::unordered_map<ObjectId, Entry> entries_;
  mutable HashLanes hash_lanes_{};
  // Put since hash_lanes() was asked. Where these grow too many all entries are looked at instead.
  mutable std::vector<ObjectId> unhashed_;
  mutable bool looks_at_all_ = false;
  std::unordered_map<ObjectId, std::map<v1::Object::BodyCase, std::set<Child>>> children_;
  std::unordered_map<ObjectId, std::set<ObjectId>> referrers_;
};

// Calls `visit` for every id that a field of the object names (0 left out).
void for_each_reference(const v1::Object& object, const std::function<void(ObjectId)>& visit);

}  // namespace talkback::session
