#include "tests/simulation/judge.hpp"

namespace talkback::simulation {
namespace {

constexpr int kDepthMax = 100;

// --- what a performer may touch

bool is_own(const Model& model, std::uint64_t id, const std::string& user) {
  for (int depth = 0; id != 0 && depth < kDepthMax; ++depth) {
    if (model.value(id, "track.performer") == "\"" + user + "\"") return true;
    const std::string parent = model.value(id, "parent_id");
    id = parent.empty() ? 0 : std::stoull(parent);
  }
  return false;
}

// A source that is played, and by their tracks only.
bool is_own_source(const Model& model, std::uint64_t id, const std::string& user) {
  const Fields* source = model.find(id);
  if (source == nullptr || !source->contains("source")) return false;
  bool is_played = false;
  for (const auto& [player, fields] : model.objects) {
    for (const auto& [path, value] : *fields) {
      if (path == "parent_id" || !names_an_object(path) || value != std::to_string(id)) continue;
      if (!is_own(model, player, user)) return false;
      is_played = true;
    }
  }
  return is_played;
}

// The top of the session, and folders: there a track touches nobody else's.
bool may_hold_tracks(const Model& model, std::uint64_t id) {
  return id == 1 || model.value(id, "track.kind") == std::to_string(v1::Track::FOLDER);
}

// Empty where the performer may do it. before: the session at the edit's revision; now: with the operations so far.
std::string trespass(const Model& before, const Model& now, const v1::Operation& operation, const std::string& user) {
  const auto own = [&](std::uint64_t id) { return is_own(before, id, user) || is_own(now, id, user); };
  Model after = now;
  apply(after, operation);
  if (operation.has_create()) {
    const v1::Object& object = operation.create();
    if (object.has_source()) return {};
    // An edit may hang things below each other on its way and delete them in its end.
    if (!is_own(after, object.id(), user) && !is_own(before, object.parent_id(), user))
      return "made something that is not theirs";
    const bool stands_well = !object.has_track() || may_hold_tracks(now, object.parent_id()) || own(object.parent_id());
    if (!stands_well) return "made a track in another's";
    const bool plays = object.track().kind() == v1::Track::AUDIO || object.track().kind() == v1::Track::INSTRUMENT;
    return object.has_track() && !plays ? "made a track that is no performer's" : "";
  }
  const bool is_update = operation.has_update();
  const std::uint64_t id = is_update ? operation.update().values().id() : operation.delete_id();
  const Fields* fields = now.find(id);
  if (fields == nullptr) return {};
  const bool is_new_source = before.find(id) == nullptr && fields->contains("source");
  if (!is_update && (is_own_source(before, id, user) || is_own_source(now, id, user))) return {};
  if (!own(id) && !is_new_source) return "touched what is not theirs";
  if (!is_update) return {};
  const std::string parent = after.value(id, "parent_id");
  const bool is_moved = parent != now.value(id, "parent_id");
  const bool fits = is_moved && (own(std::stoull(parent)) ||
                                 (fields->contains("track") && may_hold_tracks(now, std::stoull(parent))));
  if (is_moved && !fits) return "moved something to where it is not theirs";
  if (after.value(id, "track.performer") != now.value(id, "track.performer") && !is_own(after, id, user))
    return "gave a track away";
  return {};
}

std::string check_rights(const Model& before, const v1::CommittedEdit& committed, const std::set<v1::Role>& roles,
                         const std::string& suggested_by) {
  if (!suggested_by.empty()) {
    if (committed.author() != suggested_by) return "was made in somebody else's suggestion";
    const bool may_suggest = roles.contains(v1::OWNER) || roles.contains(v1::PRODUCER) ||
                             roles.contains(v1::PERFORMER) || roles.contains(v1::MENTOR);
    return may_suggest ? "" : "was made by somebody who may not suggest";
  }
  if (roles.contains(v1::OWNER) || roles.contains(v1::PRODUCER)) return {};
  if (!roles.contains(v1::PERFORMER)) return "was made by somebody who may not edit";
  Model now = before;
  for (const v1::Operation& operation : committed.edit().operations()) {
    if (std::string fault = trespass(before, now, operation, committed.author()); !fault.empty()) return fault;
    apply(now, operation);
  }
  return {};
}

// --- what an undo may and must do

bool is_unchanged(const Models& models, std::uint64_t from, std::uint64_t to, std::uint64_t id,
                  const std::string& path) {
  for (std::uint64_t at = from; at <= to; ++at) {
    if (models[at].find(id) == nullptr || models[at].value(id, path) != models[from].value(id, path)) return false;
  }
  return true;
}

bool exists(const Model& model, const std::string& id) { return !id.empty() && model.find(std::stoull(id)) != nullptr; }

// Every field that the edit set and that nobody has set since is as before.
std::string check_taken_back(const Models& models, const v1::Edit& undo, std::uint64_t undone) {
  const std::uint64_t done = undo.undoes();
  const Model& before = models[done - 1];
  const Model& after = models[done];
  const Model& ahead = models[undone - 1];
  const Model& seen = models[undo.base_revision()];
  for (const auto& [id, fields] : after.objects) {
    const Fields* old = before.find(id);
    if (old == nullptr || old == fields.get()) continue;
    Fields paths = *fields;
    paths.insert(old->begin(), old->end());
    for (const auto& [path, ignored] : paths) {
      const std::string was = before.value(id, path);
      if (was == after.value(id, path) || !is_unchanged(models, done, undone - 1, id, path)) continue;
      // What it named may be gone, or was when the undo was made and came back meanwhile; then the field stays.
      if (names_an_object(path) && !was.empty() && !(exists(ahead, was) && exists(seen, was))) continue;
      if (models[undone].find(id) != nullptr && models[undone].value(id, path) != was)
        return "leaves " + path + " of " + std::to_string(id) + " at " + models[undone].value(id, path) +
               " instead of " + was;
    }
  }
  return {};
}

// It names nothing but what the edit did and what its author saw as the edit had left it.
std::string check_leaves_the_rest(const Models& models, const v1::Edit& undo) {
  const Model& before = models[undo.undoes() - 1];
  const Model& after = models[undo.undoes()];
  const Model& seen = models[undo.base_revision()];
  for (const v1::Operation& operation : undo.operations()) {
    if (operation.has_create()) {
      const Fields* old = before.find(operation.create().id());
      if (old == nullptr || *old != fields_of(operation.create())) return "makes what was not there";
    } else if (operation.has_update()) {
      const std::uint64_t id = operation.update().values().id();
      const Fields given = fields_of(operation.update().values());
      for (const std::string& path : operation.update().fields().paths()) {
        const auto value = given.find(path);
        if ((value == given.end() ? "" : value->second) != before.value(id, path))
          return "sets " + path + " to a new value";
        if (seen.value(id, path) != after.value(id, path)) return "sets " + path + ", which was set since";
      }
    } else if (const Fields* made = after.find(operation.delete_id()); made == nullptr ||
                                                                       seen.find(operation.delete_id()) == nullptr ||
                                                                       *seen.find(operation.delete_id()) != *made) {
      return "deletes what somebody has worked on since";
    }
  }
  return {};
}

std::string check_undo(const Models& models, const v1::CommittedEdit& committed) {
  const v1::Edit& undo = committed.edit();
  if (undo.undoes() >= committed.revision() || undo.base_revision() >= committed.revision()) return "is of the future";
  if (std::string fault = check_leaves_the_rest(models, undo); !fault.empty()) return fault;
  return check_taken_back(models, undo, committed.revision());
}

}  // namespace

Judgement judge(const v1::SessionState& beginning, const History& history,
                const std::map<std::string, std::set<v1::Role>>& roles) {
  Models models{model_of(beginning.objects())};
  models.reserve(history.log.size() + 1);
  for (const v1::CommittedEdit& committed : history.log) {
    Model next = models.back();
    apply(next, committed.edit());
    models.push_back(std::move(next));
    if (committed.revision() <= history.begins_at) continue;
    const std::string name = "revision " + std::to_string(committed.revision()) + " of " + committed.author() + " ";
    const auto known = roles.find(committed.edit().edit_id());
    if (known == roles.end()) return {.fault = name + "came from nowhere", .models = {}};
    std::string fault = check_rights(models[models.size() - 2], committed, known->second, history.suggested_by);
    if (fault.empty() && committed.edit().undoes() != 0) fault = check_undo(models, committed);
    if (!fault.empty()) return {.fault = name + fault, .models = {}};
  }
  return {.fault = {}, .models = std::move(models)};
}

}  // namespace talkback::simulation
