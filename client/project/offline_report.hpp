// What became of edits that were made without the server: which met the work of others, and whose stands.
//
// A field keeps what was ordered last, so an edit from offline days wins over what others set meanwhile; what they
// deleted stays deleted. Neither is lost, both are in the history; this tells where to look.
#pragma once

#include <string>
#include <vector>

#include "client/project/open_project.hpp"

namespace talkback::project {

struct OfflineReport {
  std::size_t sent = 0;
  // Each in one sentence: what met, and what stands.
  std::vector<std::string> met;
  // What undos that waited leave as it is, because of what others did meanwhile, and why.
  std::vector<std::string> left;
  // What the server did not take, and why.
  std::vector<std::string> refused;
};

// Joins, has all pending edits answered and reports on them. Fails as join() and settle() do.
Result<OfflineReport> catch_up(OpenProject& project);

}  // namespace talkback::project
