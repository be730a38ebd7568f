// Links that open a project to people without an account: to listen, or to suggest as mentors do.
//
// A link is somebody of its own in the project, with a role that never grows, a token that expires, and a name under
// which the history tells what was suggested with it. It is worth what its maker may give: who may no longer share
// links has none that open anything. [worker-thread]
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/domain/people.hpp"
#include "server/domain/projects.hpp"
#include "server/domain/versions.hpp"

namespace talkback::domain {

inline constexpr std::size_t kLinkNameBytesMax = 60;
inline constexpr std::int64_t kLinkLifetimeMsMin = std::int64_t{60} * 1000;
inline constexpr std::int64_t kLinkLifetimeMsDefault = std::int64_t{30} * 24 * 3600 * 1000;
// Nobody remembers a link of last year, and it is not asked for a password.
inline constexpr std::int64_t kLinkLifetimeMsMax = std::int64_t{365} * 24 * 3600 * 1000;
inline constexpr int kOpenLinksPerProjectMax = 100;
inline constexpr int kLinksPerProjectMax = 10'000;

enum class LinkState { open, expired, revoked };

struct Link {
  std::uint64_t number = 0;
  // As it stands in the history: "Ann (link)".
  std::string name;
  v1::Role role = v1::LISTENER;
  // The one version that it opens; empty: the project.
  std::string version_id;
  std::string version_name;
  std::string made_by;
  std::int64_t created_unix_ms = 0;
  std::int64_t expires_unix_ms = 0;
  std::int64_t last_used_unix_ms = 0;
  bool revoked = false;

  LinkState state(std::int64_t now_unix_ms) const {
    return revoked ? LinkState::revoked : expires_unix_ms <= now_unix_ms ? LinkState::expired : LinkState::open;
  }
};

class LinkStore {
 public:
  virtual ~LinkStore() = default;
  // Gives it its number and, where it has none, its name; it becomes somebody in the project. handle: what its row
  // among the people is called. conflict: an open link of the project has the name; exhausted: too many links.
  virtual Result<Link> add(const ProjectId& project, Link link, UserId maker, const std::string& handle,
                           const Sha256Digest& secret_sha256) = 0;
  // The newest first.
  virtual Result<std::vector<Link>> list(const ProjectId& project) = 0;
  // Who it was: their rooms are to be closed. not_found: there is no such link.
  virtual Result<UserId> revoke(const ProjectId& project, std::uint64_t number) = 0;
  // All that somebody made in the project.
  virtual Result<std::vector<UserId>> revoke_made_by(const ProjectId& project, const std::string& maker) = 0;
};

struct WantedLink {
  std::string name;  // empty: "guest N"
  v1::Role role = v1::ROLE_UNSPECIFIED;
  std::string version;  // by name or id
  std::int64_t lifetime_ms = 0;
};

struct NewLink {
  Link link;
  std::string secret;
};

class Links {
 public:
  Links(LinkStore& store, Versions& versions, Clock& clock, Random& random)
      : store_(store), versions_(versions), clock_(clock), random_(random) {}

  // The only time that the secret is told. invalid: another role, a name or lifetime out of bounds; not_found: no such
  // version.
  Result<NewLink> make(const ProjectId& project, const User& maker, const WantedLink& wanted);
  Result<std::vector<Link>> list(const ProjectId& project) { return store_.list(project); }
  Result<UserId> revoke(const ProjectId& project, std::uint64_t number) { return store_.revoke(project, number); }
  // For whoever may no longer share links.
  Result<std::vector<UserId>> revoke_made_by(const ProjectId& project, const std::string& maker) {
    return store_.revoke_made_by(project, maker);
  }

 private:
  LinkStore& store_;
  Versions& versions_;
  Clock& clock_;
  Random& random_;
};

// "Ann" -> "Ann (link)": no account can be called so.
std::string link_name(std::string_view name);
// What link_name() makes of an allowed name.
bool is_link_name(std::string_view name) noexcept;

}  // namespace talkback::domain
