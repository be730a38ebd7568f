#include "server/domain/versions.hpp"

#include <algorithm>

#include "engine/base/utf8.hpp"
#include "engine/session/media.hpp"
#include "server/domain/history.hpp"
#include "server/domain/ids.hpp"

namespace talkback::domain {

Result<void> check_note(std::string_view note) {
  if (note.size() > kNoteBytesMax || !is_utf8(note))
    return Error{ErrorCode::invalid, "a note is text of at most " + std::to_string(kNoteBytesMax) + " bytes"};
  return {};
}

Result<Version> Versions::create(const ProjectId& project, const User& author, const std::string& name,
                                 const std::string& note, const Moment& wanted) {
  TALKBACK_TRY(check_moment_name(name, kVersionNameBytesMax));
  TALKBACK_TRY(check_note(note));
  TALKBACK_ASSIGN(const Moment moment, branches_.resolve(project, wanted));
  Version version{.id = new_id(random_),
                  .project = project,
                  .name = name,
                  .note = note,
                  .moment = moment,
                  .author = author.name,
                  .created_unix_ms = clock_.now_unix_ms(),
                  .render_id = {},
                  .awaited = {}};
  TALKBACK_ASSIGN(const SessionAt at, load_session(log_, moment.branch, moment.revision));
  for (const auto& [hex, title] : session::media_of(at.session)) {
    const auto sha256 = sha256_from_hex(hex);
    if (!sha256) continue;
    TALKBACK_ASSIGN(const bool is_here, blobs_.holds(project, *sha256));
    if (!is_here) version.awaited.push_back(*sha256);
  }
  TALKBACK_TRY(store_.add(version, author.id));
  return version;
}

Result<Version> Versions::find(const ProjectId& project, const User& viewer, const std::string& name_or_id) {
  TALKBACK_ASSIGN(auto versions, store_.list(project, viewer.id));
  auto found = std::ranges::find(versions, name_or_id, &Version::id);
  if (found == versions.end()) found = std::ranges::find(versions, name_or_id, &Version::name);
  if (found == versions.end())
    return Error{ErrorCode::not_found, "this project has no version \"" + name_or_id + "\" that everybody sees"};
  return std::move(*found);
}

Result<Version> Versions::pin(const ProjectId& project, const User& user, const std::string& version_id,
                              const std::string& render_id) {
  TALKBACK_ASSIGN(auto versions, store_.list(project, user.id));
  const auto found = std::ranges::find(versions, version_id, &Version::id);
  if (found == versions.end()) return Error{ErrorCode::not_found, "this project has no version " + version_id};
  TALKBACK_ASSIGN(const v1::RenderStatus render, renders_.find(project, render_id));
  if (Moment{render.branch_id(), render.revision()} != found->moment)
    return Error{ErrorCode::conflict, "render " + render_id + " is not of the moment that \"" + found->name +
                                          "\" names: a version pins a render of itself"};
  TALKBACK_TRY(store_.pin(version_id, render_id));
  found->render_id = render_id;
  return std::move(*found);
}

}  // namespace talkback::domain
