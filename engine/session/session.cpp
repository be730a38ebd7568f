#include "engine/session/session.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/check.hpp"
#include "engine/session/canonical.hpp"

namespace talkback::session {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

Session Session::create(const NewSession& options) {
  auto root = std::make_shared<v1::Object>();
  root->set_id(kRootId.value);
  root->mutable_settings()->set_title(options.title);
  root->mutable_settings()->set_sample_rate_hz(options.sample_rate_hz);
  auto master = std::make_shared<v1::Object>();
  master->set_id(kMasterId.value);
  master->set_parent_id(kRootId.value);
  master->set_order("z");
  master->mutable_track()->set_kind(v1::Track::MASTER);
  master->mutable_track()->set_name("Master");
  Session session;
  session.put(std::move(root));
  session.put(std::move(master));
  return session;
}

const v1::Object* Session::find(ObjectId id) const {
  const auto entry = entries_.find(id);
  return entry == entries_.end() ? nullptr : entry->second.object.get();
}

ObjectPointer Session::pointer(ObjectId id) const {
  const auto entry = entries_.find(id);
  return entry == entries_.end() ? nullptr : entry->second.object;
}

std::vector<const v1::Object*> Session::children(ObjectId parent, v1::Object::BodyCase kind) const {
  std::vector<const v1::Object*> found;
  const auto kinds = children_.find(parent);
  if (kinds == children_.end()) return found;
  const auto siblings = kinds->second.find(kind);
  if (siblings == kinds->second.end()) return found;
  found.reserve(siblings->second.size());
  for (const Child& child : siblings->second) found.push_back(child.object);
  return found;
}

std::vector<const v1::Object*> Session::children(ObjectId parent) const {
  std::vector<const v1::Object*> found;
  const auto kinds = children_.find(parent);
  if (kinds == children_.end()) return found;
  for (const auto& [kind, siblings] : kinds->second)
    for (const Child& child : siblings) found.push_back(child.object);
  return found;
}

std::size_t Session::count_children(ObjectId parent, v1::Object::BodyCase kind) const {
  const auto kinds = children_.find(parent);
  if (kinds == children_.end()) return 0;
  const auto siblings = kinds->second.find(kind);
  return siblings == kinds->second.end() ? 0 : siblings->second.size();
}

std::vector<ObjectId> Session::referrers(ObjectId target) const {
  const auto found = referrers_.find(target);
  if (found == referrers_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

const v1::Settings& Session::settings() const {
  const v1::Object* root = find(kRootId);
  TALKBACK_CHECK(root != nullptr && root->has_settings());
  return root->settings();
}

void Session::for_each(const std::function<void(const v1::Object&)>& visit) const {
  for (const auto& [id, entry] : entries_) visit(*entry.object);
}

namespace {

// The indexes know both objects by the same places.
bool has_same_place(const v1::Object& a, const v1::Object& b);

Session::HashLanes lanes_of(const v1::Object& object) {
  const Sha256Digest hash = object_digest(object);
  Session::HashLanes lanes{};
  for (std::size_t i = 0; i < hash.size(); ++i) lanes[i / 8] |= std::uint64_t{hash[i]} << (8 * (i % 8));
  return lanes;
}

}  // namespace

const Session::HashLanes& Session::hash_lanes() const {
  const auto hash = [this](Entry& entry) {
    if (entry.hashed) return;
    entry.hashed = true;
    const HashLanes lanes = lanes_of(*entry.object);
    for (std::size_t i = 0; i < lanes.size(); ++i) hash_lanes_[i] += lanes[i];
  };
  if (std::exchange(looks_at_all_, false)) {
    for (auto& [id, entry] : entries_) hash(entry);
  } else {
    for (const ObjectId id : unhashed_)
      if (const auto entry = entries_.find(id); entry != entries_.end()) hash(entry->second);
  }
  unhashed_.clear();
  return hash_lanes_;
}

void Session::take_out_hash(const Entry& entry) {
  if (!entry.hashed) return;
  const HashLanes lanes = lanes_of(*entry.object);
  for (std::size_t i = 0; i < lanes.size(); ++i) hash_lanes_[i] -= lanes[i];
}

void Session::await_hash(ObjectId id) {
  constexpr std::size_t kUnhashedMin = 1024;
  if (looks_at_all_) return;
  if (unhashed_.size() > kUnhashedMin + entries_.size() / 4) {
    looks_at_all_ = true;
    unhashed_ = {};
    return;
  }
  unhashed_.push_back(id);
}

void Session::put(ObjectPointer object) {
  TALKBACK_CHECK(object != nullptr && object->id() != 0);
  const ObjectId id = id_of(*object);
  Entry& entry = entries_[id];
  const bool awaits_hash = entry.object && !entry.hashed;
  const bool stays = entry.object && has_same_place(*entry.object, *object);
  take_out_hash(entry);
  if (stays) {
    reindex(*object);
  } else {
    if (entry.object) unindex(*entry.object);
    index(*object);
  }
  entry = Entry{std::move(object), false};
  if (!awaits_hash) await_hash(id);
}

void Session::remove(ObjectId id) {
  const auto entry = entries_.find(id);
  TALKBACK_CHECK(entry != entries_.end());
  take_out_hash(entry->second);
  unindex(*entry->second.object);
  entries_.erase(entry);
}

bool Session::Child::operator<(const Child& other) const {
  const int order = object->order().compare(other.object->order());
  return order != 0 ? order < 0 : object->id() < other.object->id();
}

void Session::index(const v1::Object& object) {
  if (object.parent_id() != 0) children_[parent_of(object)][object.body_case()].insert(Child{&object});
  for_each_reference(object, [&](ObjectId target) { referrers_[target].insert(id_of(object)); });
}

void Session::reindex(const v1::Object& object) {
  if (object.parent_id() != 0)
    children_.at(parent_of(object)).at(object.body_case()).find(Child{&object})->object = &object;
}

void Session::unindex(const v1::Object& object) {
  if (const auto kinds = children_.find(parent_of(object)); kinds != children_.end()) {
    auto& siblings = kinds->second[object.body_case()];
    siblings.erase(Child{&object});
    if (siblings.empty()) kinds->second.erase(object.body_case());
    if (kinds->second.empty()) children_.erase(kinds);
  }
  for_each_reference(object, [&](ObjectId target) {
    if (const auto found = referrers_.find(target); found != referrers_.end()) {
      found->second.erase(id_of(object));
      if (found->second.empty()) referrers_.erase(found);
    }
  });
}

namespace {

// The reference fields of each body type, found once.
const std::vector<const FieldDescriptor*>& reference_fields(const google::protobuf::Descriptor& body) {
  static const auto kByType = [] {
    std::unordered_map<const google::protobuf::Descriptor*, std::vector<const FieldDescriptor*>> by_type;
    const auto* object = v1::Object::descriptor();
    for (int i = 0; i < object->field_count(); ++i) {
      const auto* type = object->field(i)->message_type();
      if (type == nullptr) continue;
      auto& fields = by_type[type];
      for (int f = 0; f < type->field_count(); ++f)
        if (is_reference(*type->field(f))) fields.push_back(type->field(f));
    }
    return by_type;
  }();
  return kByType.at(&body);
}

}  // namespace

namespace {

bool has_same_place(const v1::Object& a, const v1::Object& b) {
  if (a.parent_id() != b.parent_id() || a.body_case() != b.body_case() || a.order() != b.order()) return false;
  const Message* body_a = body_of(a);
  const Message* body_b = body_of(b);
  if (body_a == nullptr) return true;
  const auto& fields = reference_fields(*body_a->GetDescriptor());
  return std::all_of(fields.begin(), fields.end(), [&](const FieldDescriptor* field) {
    return body_a->GetReflection()->GetUInt64(*body_a, field) == body_b->GetReflection()->GetUInt64(*body_b, field);
  });
}

}  // namespace

void for_each_reference(const v1::Object& object, const std::function<void(ObjectId)>& visit) {
  const Message* body = body_of(object);
  if (body == nullptr) return;
  for (const FieldDescriptor* field : reference_fields(*body->GetDescriptor())) {
    const ObjectId target{body->GetReflection()->GetUInt64(*body, field)};
    if (target) visit(target);
  }
}

}  // namespace talkback::session
