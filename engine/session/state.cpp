#include "engine/session/state.hpp"

#include "engine/session/canonical.hpp"
#include "engine/session/limits.hpp"
#include "engine/session/routing.hpp"
#include "engine/session/rules.hpp"

namespace talkback::session {
namespace {

void append_tree(const Session& session, ObjectId id, std::vector<ObjectPointer>& objects) {
  ObjectPointer object = session.pointer(id);
  if (object == nullptr) return;
  objects.push_back(std::move(object));
  for (const v1::Object* child : session.children(id)) append_tree(session, id_of(*child), objects);
}

Error corrupt(const std::string& why) { return Error{ErrorCode::corrupt, "the stored session is damaged: " + why}; }

}  // namespace

FrozenState freeze(const Session& session, std::uint64_t revision) {
  FrozenState frozen{.revision = revision, .objects = {}, .digest = digest(session)};
  frozen.objects.reserve(session.size());
  append_tree(session, kRootId, frozen.objects);
  return frozen;
}

v1::SessionState to_state(const FrozenState& frozen) {
  v1::SessionState state;
  state.set_revision(frozen.revision);
  state.mutable_objects()->Reserve(static_cast<int>(frozen.objects.size()));
  for (const ObjectPointer& object : frozen.objects) *state.add_objects() = *object;
  state.set_digest(frozen.digest.data(), frozen.digest.size());
  return state;
}

v1::SessionState to_state(const Session& session, std::uint64_t revision) { return to_state(freeze(session, revision)); }

Result<Session> from_state(const v1::SessionState& state) {
  if (static_cast<std::size_t>(state.objects_size()) > kObjectsMax) return corrupt("too many objects");
  Session session;
  for (const v1::Object& object : state.objects()) {
    if (object.id() == 0 || session.find(id_of(object)) != nullptr) return corrupt("an id is missing or doubled");
    session.put(std::make_shared<v1::Object>(object));
  }
  if (session.find(kRootId) == nullptr || session.find(kMasterId) == nullptr)
    return corrupt("the settings or the master track are missing");
  for (const v1::Object& object : state.objects())
    if (auto checked = check_object(session, object, nullptr); !checked) return corrupt(checked.error().message);
  if (auto checked = check_routing(session); !checked) return corrupt(checked.error().message);
  if (!state.digest().empty()) {
    const Sha256Digest hash = digest(session);
    if (state.digest() != std::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()))
      return corrupt("its digest differs");
  }
  return session;
}

}  // namespace talkback::session
