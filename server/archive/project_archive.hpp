// A project as one file: its session, history, versions, suggestions, sounds and the names of its people; and back, on
// any server. What was restored is compared: every history by the digest of its last session, every sound by its hash.
//
// Writing and reading whole files is for a data folder that no server is using; describing is for a running one, too.
// Blocking. [worker-thread]
#pragma once

#include <filesystem>

#include "server/domain/suggestions.hpp"
#include "talkback/v1/archive.pb.h"

namespace talkback::archive {

// Where a project lives.
struct Stores {
  domain::PeopleStore& people;
  domain::ProjectStore& projects;
  domain::BranchStore& branches;
  domain::VersionStore& versions;
  domain::SuggestionStore& suggestions;
  domain::RenderStore& renders;
  domain::EditLog& log;
  domain::BlobStore& blobs;
  domain::Clock& clock;
};

struct Summary {
  domain::ProjectId project;
  std::string name;
  std::uint64_t edits = 0;
  std::size_t blobs = 0;
  std::int64_t blob_bytes = 0;
  // Who had no account on this server: they got one that nobody can sign in to, until an administrator gives it a
  // password.
  std::vector<std::string> new_people;
};

// What an archive begins with: names, moments and hashes, by which a client gets the rest of it, histories up to the
// heads named and sounds, and compares it.
Result<v1::ProjectArchive> describe_project(const Stores& stores, const domain::Project& project);

// project: an id, or a name that only one project has. not_found, or conflict where several have it.
Result<Summary> write_project(Stores stores, const std::string& project, const std::filesystem::path& file);

// conflict: the project is on this server already; corrupt: the archive is damaged or not what it says. Then nothing is
// left of it but sounds, which belong to nobody.
Result<Summary> read_project(Stores stores, const std::filesystem::path& file);

}  // namespace talkback::archive
