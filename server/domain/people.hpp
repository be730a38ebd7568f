// People: who may sign in, and the tokens that stand for them afterwards.
//
// Passwords are kept as Argon2id hashes, tokens as SHA-256 digests; neither can be read back. Hashing a password
// takes tens of milliseconds and 64 MiB: never call these on an I/O thread. [worker-thread]
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/base/sha256.hpp"
#include "server/domain/outside.hpp"
#include "server/domain/policy.hpp"

namespace talkback::domain {

inline constexpr std::size_t kUserNameBytesMin = 2;
inline constexpr std::size_t kUserNameBytesMax = 32;
inline constexpr std::size_t kPasswordBytesMin = 10;
// Argon2id reads all of it: a stranger must not choose how much.
inline constexpr std::size_t kPasswordBytesMax = 1024;
inline constexpr std::size_t kTokenLabelBytesMax = 100;
inline constexpr std::int64_t kTokenLifetimeMs = std::int64_t{180} * 24 * 3600 * 1000;
// A forgotten script must not fill the table; the oldest token goes first.
inline constexpr int kTokensPerUserMax = 100;
// "Last used" is for people: written at most this often.
inline constexpr std::int64_t kTokenUseWriteMs = 3600 * 1000;
// Let people and secret scanners recognise them.
inline constexpr std::string_view kTokenPrefix = "tb_";
inline constexpr std::string_view kLinkTokenPrefix = "tb_link_";

struct UserId {
  std::int64_t value = 0;
  friend bool operator==(UserId, UserId) = default;
};

struct User {
  UserId id;
  std::string name;
  bool admin = false;
  // May not sign in; told by list_users only, as nobody else meets them.
  bool disabled = false;
};

struct TokenId {
  std::int64_t value = 0;
  friend bool operator==(TokenId, TokenId) = default;
};

// What a link that was shared opens, besides its role in the project.
struct LinkScope {
  // The one version; empty: the project.
  std::string version_id;
  // Of whoever made it, in the project, as it is now.
  v1::Role maker_role = v1::ROLE_UNSPECIFIED;

  LinkReach reach() const { return version_id.empty() ? LinkReach::project : LinkReach::version; }
};

// Whoever makes a request, with the token that says so.
struct Caller {
  User user;
  TokenId token;
  std::int64_t token_expires_unix_ms = 0;
  std::int64_t token_used_unix_ms = 0;
  // A link's token, not an account's.
  std::optional<LinkScope> link = {};
};

struct StoredToken {
  UserId user;
  Sha256Digest token_sha256{};
  std::string label;
  std::int64_t created_unix_ms = 0;
  std::int64_t expires_unix_ms = 0;
};

class PeopleStore {
 public:
  struct StoredUser {
    User user;
    std::string password_hash;
  };

  virtual ~PeopleStore() = default;
  // conflict: the name is taken.
  virtual Result<User> add_user(const std::string& name, const std::string& password_hash, bool admin,
                                std::int64_t now_unix_ms) = 0;
  // An account, never a link. With an empty hash, which no password fits, where they are disabled.
  virtual Result<std::optional<StoredUser>> find_user(const std::string& name) = 0;
  virtual Result<std::vector<User>> list_users() = 0;
  // Revokes all tokens of the user either way, and the links that a disabled one made. not_found: no such user.
  virtual Result<void> set_disabled(const std::string& name, bool disabled) = 0;
  // Revokes all tokens of the user but `kept`.
  virtual Result<void> change_password(UserId user, const std::string& password_hash, TokenId kept) = 0;
  // Removes the oldest tokens of the user above kTokensPerUserMax, and expired ones.
  virtual Result<void> add_token(const StoredToken& token) = 0;
  // Also finds expired tokens: the caller compares. None of disabled users.
  virtual Result<std::optional<Caller>> find_token(const Sha256Digest& token_sha256) = 0;
  virtual Result<void> note_token_use(TokenId token, std::int64_t now_unix_ms) = 0;
  virtual Result<void> revoke_token(TokenId token) = 0;
};

struct NewToken {
  std::string token;
  std::string user;
  std::int64_t expires_unix_ms = 0;
};

class People {
 public:
  People(PeopleStore& store, Clock& clock, Random& random) : store_(store), clock_(clock), random_(random) {}

  // invalid: the name or the password breaks a rule; conflict: the name is taken.
  Result<User> add(const std::string& name, const std::string& password, bool admin);
  // denied: no such user or a wrong password; which of them is not told, nor how long it took.
  Result<NewToken> sign_in(const std::string& name, const std::string& password, const std::string& label);
  // denied: the token is unknown, revoked or expired.
  Result<Caller> caller_of(std::string_view token);
  Result<void> sign_out(const Caller& caller);
  // Revokes every token of the caller but the one in use.
  Result<void> change_password(const Caller& caller, const std::string& old_password, const std::string& new_password);

 private:
  PeopleStore& store_;
  Clock& clock_;
  Random& random_;
};

// The prefix and 32 random bytes in hexadecimal.
std::string new_secret(std::string_view prefix, Random& random);

Result<void> check_user_name(std::string_view name);
Result<void> check_password(std::string_view password);

}  // namespace talkback::domain
