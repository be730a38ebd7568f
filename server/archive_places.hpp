// What archives see of a server's stores.
#pragma once

#include "server/archive/project_archive.hpp"
#include "server/storage/stores.hpp"

namespace talkback {

inline archive::Stores archive_places(storage::Stores& stores, domain::Clock& clock) {
  return {.people = stores.people,
          .projects = stores.projects,
          .branches = stores.branches,
          .versions = stores.versions,
          .suggestions = stores.suggestions,
          .renders = stores.renders,
          .log = stores.log,
          .blobs = *stores.blobs,
          .clock = clock};
}

}  // namespace talkback
