// Versions: named moments of a project, each with the render that it pins.
//
// A version that plays recordings which are not on the server yet is seen by its author alone; with the last upload it
// becomes visible to all. [worker-thread]
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/domain/blobs.hpp"
#include "server/domain/branches.hpp"
#include "server/domain/edit_log.hpp"
#include "server/domain/renders.hpp"

namespace talkback::domain {

inline constexpr std::size_t kVersionNameBytesMax = 100;
inline constexpr std::size_t kNoteBytesMax = 4000;
inline constexpr int kVersionsPerProjectMax = 10'000;

struct Version {
  std::string id;
  ProjectId project;
  std::string name;
  std::string note;
  Moment moment;
  std::string author;
  std::int64_t created_unix_ms = 0;
  // Empty until one is pinned.
  std::string render_id;
  // Not on the server yet.
  std::vector<Sha256Digest> awaited;
};

class VersionStore {
 public:
  virtual ~VersionStore() = default;
  // conflict: the project has a version or a branch of that name; exhausted: kVersionsPerProjectMax.
  virtual Result<void> add(const Version& version, UserId author) = 0;
  // Newest first, with those of `viewer` that are not visible to all yet.
  virtual Result<std::vector<Version>> list(const ProjectId& project, UserId viewer) = 0;
  virtual Result<void> pin(const std::string& version_id, const std::string& render_id) = 0;
  // The versions that have awaited recordings and have them all by now; each is told once.
  virtual Result<std::vector<Version>> take_completed(const ProjectId& project) = 0;
};

class Versions {
 public:
  Versions(VersionStore& store, Branches& branches, EditLog& log, BlobStore& blobs, RenderDesk& renders, Clock& clock,
           Random& random)
      : store_(store),
        branches_(branches),
        log_(log),
        blobs_(blobs),
        renders_(renders),
        clock_(clock),
        random_(random) {}

  Result<Version> create(const ProjectId& project, const User& author, const std::string& name, const std::string& note,
                         const Moment& moment);
  Result<std::vector<Version>> list(const ProjectId& project, const User& viewer) {
    return store_.list(project, viewer.id);
  }
  // By name or id. not_found: there is none that the viewer sees.
  Result<Version> find(const ProjectId& project, const User& viewer, const std::string& name_or_id);
  // After an upload: those that became visible to all with it. Each is told once.
  Result<std::vector<Version>> take_completed(const ProjectId& project) { return store_.take_completed(project); }
  // not_found: there is no such version; conflict: the render is of another moment.
  Result<Version> pin(const ProjectId& project, const User& user, const std::string& version_id,
                      const std::string& render_id);

 private:
  VersionStore& store_;
  Branches& branches_;
  EditLog& log_;
  BlobStore& blobs_;
  RenderDesk& renders_;
  Clock& clock_;
  Random& random_;
};

// invalid: too long, or not UTF-8.
Result<void> check_note(std::string_view note);

}  // namespace talkback::domain
