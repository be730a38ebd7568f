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
  void put(ObjectPointer object);
  void remember(ObjectId id);
  Result<void> check() const;
  std::vector<Change> changes() const;
  void roll_back();

  Session& session_;
  std::vector<std::pair<ObjectId, ObjectPointer>> before_;
  std::unordered_map<ObjectId, std::size_t> touched_;
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
  for (const std::string& text : update.fields().paths()) {
    TALKBACK_ASSIGN(const FieldPath path, FieldPath::parse(text));
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
  }
  put(std::move(changed));
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
    remember(id);
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
  remember(id_of(*object));
  session_.put(std::move(object));
}

void Transaction::remember(ObjectId id) {
  if (touched_.try_emplace(id, before_.size()).second) before_.emplace_back(id, session_.pointer(id));
}

Result<void> Transaction::check() const {
  bool routing_touched = false;
  for (const Change& change : changes()) {
    if (change.after) TALKBACK_TRY(check_object(session_, *change.after, change.before.get()));
    routing_touched = routing_touched || changes_routing(change);
  }
  if (routing_touched) TALKBACK_TRY(check_routing(session_));
  return {};
}

std::vector<Change> Transaction::changes() const {
  std::vector<Change> result;
  for (const auto& [id, before] : before_) {
    Change change{before, session_.pointer(id)};
    if (change.before || change.after) result.push_back(std::move(change));
  }
  return result;
}

void Transaction::roll_back() {
  for (auto& [id, before] : before_) {
    if (before)
      session_.put(std::move(before));
    else if (session_.find(id) != nullptr)
      session_.remove(id);
  }
}

ApplyReport Transaction::keep() {
  kept_ = true;
  ApplyReport report{changes(), std::move(skipped_)};
  std::erase_if(report.changes, [](const Change& change) {
    return change.before && change.after && change.before->body_case() == change.after->body_case() &&
           differing_leaves(*change.before, *change.after).empty();
  });
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
