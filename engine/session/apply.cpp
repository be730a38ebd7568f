#include "engine/session/apply.hpp"

#include <algorithm>
#include <unordered_map>

#include "engine/session/diff.hpp"
#include "engine/session/field_path.hpp"
#include "engine/session/limits.hpp"
#include "engine/session/routing.hpp"
#include "engine/session/rules.hpp"
#include "talkback/v1/rules.pb.h"

namespace talkback::session {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool is_permanent(ObjectId id) { return id == kRootId || id == kMasterId; }

// One edit on its way into the session. Remembers every touched object as it was, and puts all back
// unless it is kept.
class Transaction {
 public:
  explicit Transaction(Session& session) : session_(session) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (!kept_) roll_back();
  }

  Result<void> run(const v1::Edit& edit);
  ApplyReport keep();

 private:
  Result<void> create(const v1::Object& object);
  Result<void> update(const v1::Update& update, int operation);
  void erase(ObjectId id, int operation);
  void erase_tree(ObjectId root);
  void detach_referrers(ObjectId target, std::vector<ObjectId>& doomed);
  // An object as it was before the edit.
  struct Touched {
    ObjectId id;
    ObjectPointer before;
    int times = 0;
    bool differs = false;  // as the update that touched it found out; counts where it was touched once
  };

  void put(ObjectPointer object);
  Touched& remember(ObjectId id);
  Result<void> check() const;
  bool is_changed(const Touched& touched, const v1::Object* after) const;
  void roll_back();

  Session& session_;
  std::vector<Touched> touched_;
  // Where in touched_; kept once there are many.
  std::unordered_map<ObjectId, std::size_t> places_;
  std::vector<Skipped> skipped_;
  bool kept_ = false;
};

Result<void> Transaction::run(const v1::Edit& edit) {
  if (edit.operations_size() > kEditOperationsMax)
    return Error{ErrorCode::exhausted, "an edit may hold " + std::to_string(kEditOperationsMax) +
                                           " operations; this one has " + std::to_string(edit.operations_size())};
  for (int i = 0; i < edit.operations_size(); ++i) {
    const v1::Operation& operation = edit.operations(i);
    switch (operation.kind_case()) {
      case v1::Operation::kCreate:
        TALKBACK_TRY(create(operation.create()));
        break;
      case v1::Operation::kUpdate:
        TALKBACK_TRY(update(operation.update(), i));
        break;
      case v1::Operation::kDeleteId:
        if (is_permanent(ObjectId{operation.delete_id()}))
          return Error{ErrorCode::invalid, "the session and its master track cannot be deleted"};
        erase(ObjectId{operation.delete_id()}, i);
        break;
      case v1::Operation::KIND_NOT_SET:
        return Error{ErrorCode::invalid, "operation " + std::to_string(i + 1) +
                                             " is of a kind that this version does not know; please update Talkback"};
    }
  }
  return check();
}

Result<void> Transaction::create(const v1::Object& object) {
  if (object.id() == 0) return Error{ErrorCode::invalid, "a new object needs an id"};
  if (session_.find(id_of(object)) != nullptr)
    return Error{ErrorCode::conflict, "an object with the id " + to_string(id_of(object)) + " exists already"};
  if (session_.size() >= kObjectsMax)
    return Error{ErrorCode::exhausted, "a session holds at most " + std::to_string(kObjectsMax) + " objects"};
  put(std::make_shared<v1::Object>(object));
  return {};
}

Result<void> Transaction::update(const v1::Update& update, int operation) {
  const ObjectPointer old = session_.pointer(id_of(update.values()));
  if (!old) {
    skipped_.push_back({operation, "the object it changes has been deleted"});
    return {};
  }
  auto changed = std::make_shared<v1::Object>(*old);
  bool differs = false;
  for (const std::string& text : update.fields().paths()) {
    const FieldPath* known = FieldPath::find(text);
    if (known == nullptr) return FieldPath::parse(text).error();
    const FieldPath& path = *known;
    // At once, not at the end: a deletion later in this edit would take them along with their new parent.
    if (is_permanent(id_of(*old)) && text == "parent_id")
      return Error{ErrorCode::invalid, "the session and its master track cannot be moved"};
    if (rule_of(path.leaf()).fixed()) {
      if (same_leaf(path.holder(*old), path.holder(update.values()), path.leaf())) continue;
      return Error{ErrorCode::invalid,
                   title_of(session_, *old) + ": its " + label_of(path.leaf()) + " can no longer be changed"};
    }
    Message* holder = path.mutable_holder(*changed);
    if (holder == nullptr) return Error{ErrorCode::invalid, title_of(session_, *old) + " has no \"" + text + "\""};
    copy_leaf(path.holder(update.values()), *holder, path.leaf());
    differs = differs || !same_leaf(path.holder(*old), holder, path.leaf());
  }
  put(std::move(changed));
  remember(id_of(*old)).differs = differs;
  return {};
}

void Transaction::erase(ObjectId id, int operation) {
  if (session_.find(id) == nullptr) {
    skipped_.push_back({operation, "the object it deletes has been deleted already"});
    return;
  }
  erase_tree(id);
}

// A work list, no recursion: within an unfinished edit an object may have become its own ancestor.
void Transaction::erase_tree(ObjectId root) {
  std::vector<ObjectId> doomed{root};
  while (!doomed.empty()) {
    const ObjectId id = doomed.back();
    doomed.pop_back();
    if (session_.find(id) == nullptr) continue;
    for (const v1::Object* child : session_.children(id)) doomed.push_back(id_of(*child));
    ++remember(id).times;
    session_.remove(id);
    detach_referrers(id, doomed);
  }
}

// Clears the fields that name the target; whoever cannot live without it is doomed as well.
void Transaction::detach_referrers(ObjectId target, std::vector<ObjectId>& doomed) {
  for (const ObjectId id : session_.referrers(target)) {
    v1::Object changed = *session_.find(id);
    Message* body = mutable_body_of(changed);
    bool dies = false;
    for (int i = 0; i < body->GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = body->GetDescriptor()->field(i);
      if (!is_reference(*field) || body->GetReflection()->GetUInt64(*body, field) != target.value) continue;
      dies = dies || rule_of(*field).dies_with_target();
      body->GetReflection()->ClearField(body, field);
    }
    if (dies)
      doomed.push_back(id);
    else
      put(std::make_shared<v1::Object>(std::move(changed)));
  }
}

void Transaction::put(ObjectPointer object) {
  ++remember(id_of(*object)).times;
  session_.put(std::move(object));
}

Transaction::Touched& Transaction::remember(ObjectId id) {
  // Most edits touch one object or two.
  constexpr std::size_t kLookedThrough = 8;
  if (touched_.size() <= kLookedThrough) {
    for (Touched& touched : touched_)
      if (touched.id == id) return touched;
    if (touched_.size() == kLookedThrough)
      for (std::size_t i = 0; i < touched_.size(); ++i) places_.emplace(touched_[i].id, i);
  } else if (const auto place = places_.find(id); place != places_.end()) {
    return touched_[place->second];
  }
  if (touched_.size() >= kLookedThrough) places_.emplace(id, touched_.size());
  return touched_.emplace_back(Touched{.id = id, .before = session_.pointer(id)});
}

Result<void> Transaction::check() const {
  bool routing_touched = false;
  for (const Touched& touched : touched_) {
    const Change change{touched.before, session_.pointer(touched.id)};
    if (!change.after) continue;
    TALKBACK_TRY(check_object(session_, *change.after, change.before.get()));
    routing_touched = routing_touched || changes_routing(change);
  }
  if (routing_touched) TALKBACK_TRY(check_routing(session_));
  return {};
}

void Transaction::roll_back() {
  for (Touched& touched : touched_) {
    if (touched.before)
      session_.put(std::move(touched.before));
    else if (session_.find(touched.id) != nullptr)
      session_.remove(touched.id);
  }
}

bool Transaction::is_changed(const Touched& touched, const v1::Object* after) const {
  if (!touched.before || after == nullptr) return touched.before || after != nullptr;
  if (touched.before->body_case() != after->body_case() || (touched.times == 1 && touched.differs)) return true;
  return !differing_leaves(*touched.before, *after).empty();
}

ApplyReport Transaction::keep() {
  kept_ = true;
  ApplyReport report{{}, std::move(skipped_)};
  report.changes.reserve(touched_.size());
  for (Touched& touched : touched_) {
    ObjectPointer after = session_.pointer(touched.id);
    if (is_changed(touched, after.get())) report.changes.push_back({std::move(touched.before), std::move(after)});
  }
  return report;
}

}  // namespace

Result<ApplyReport> apply(Session& session, const v1::Edit& edit) {
  Transaction transaction(session);
  TALKBACK_TRY(transaction.run(edit));
  return transaction.keep();
}

void put_changes(Session& session, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    if (change.after)
      session.put(change.after);
    else
      session.remove(id_of(*change.before));
  }
}

void put_back_changes(Session& session, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    if (change.before)
      session.put(change.before);
    else
      session.remove(id_of(*change.after));
  }
}

v1::Edit inverse_of(const ApplyReport& report) {
  std::vector<Change> backwards;
  for (const Change& change : report.changes) backwards.push_back({change.after, change.before});
  return edit_of(backwards);
}

}  // namespace talkback::session
