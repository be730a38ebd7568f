#include "server/domain/people.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "server/domain/passwords.hpp"

namespace talkback::domain {
namespace {

constexpr std::size_t kTokenBytes = 32;
Error wrong_password() { return Error{ErrorCode::denied, "the user name or the password is wrong"}; }

}  // namespace

std::string new_secret(std::string_view prefix, Random& random) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::byte, kTokenBytes> bytes{};
  random.fill(bytes);
  std::string secret(prefix);
  for (const std::byte byte : bytes) {
    secret += kDigits[std::to_integer<std::size_t>(byte) >> 4U];
    secret += kDigits[std::to_integer<std::size_t>(byte) & 15U];
  }
  return secret;
}

Result<void> check_user_name(std::string_view name) {
  static constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
  const bool allowed =
      std::all_of(name.begin(), name.end(), [](char c) { return kAllowed.find(c) != std::string_view::npos; });
  if (!allowed || name.size() < kUserNameBytesMin || name.size() > kUserNameBytesMax)
    return Error{ErrorCode::invalid, "a user name has 2 to 32 of a-z, 0-9, dot, dash and underscore"};
  return {};
}

Result<void> check_password(std::string_view password) {
  if (password.size() < kPasswordBytesMin) return Error{ErrorCode::invalid, "a password has at least 10 characters"};
  if (password.size() > kPasswordBytesMax) return Error{ErrorCode::invalid, "a password has at most 1024 bytes"};
  return {};
}

Result<User> People::add(const std::string& name, const std::string& password, bool admin) {
  TALKBACK_TRY(check_user_name(name));
  TALKBACK_TRY(check_password(password));
  TALKBACK_ASSIGN(const std::string hash, hash_password(password));
  return store_.add_user(name, hash, admin, clock_.now_unix_ms());
}

Result<NewToken> People::sign_in(const std::string& name, const std::string& password, const std::string& label) {
  if (password.size() > kPasswordBytesMax) return wrong_password();
  TALKBACK_ASSIGN(const auto found, store_.find_user(name));
  if (!is_password(found ? found->password_hash : std::string(), password)) return wrong_password();

  const std::string token = new_secret(kTokenPrefix, random_);
  const std::int64_t now = clock_.now_unix_ms();
  const std::int64_t expires = now + kTokenLifetimeMs;
  TALKBACK_TRY(store_.add_token({.user = found->user.id,
                                 .token_sha256 = sha256(token),
                                 .label = label.substr(0, kTokenLabelBytesMax),
                                 .created_unix_ms = now,
                                 .expires_unix_ms = expires}));
  return NewToken{.token = token, .user = name, .expires_unix_ms = expires};
}

Result<Caller> People::caller_of(std::string_view token) {
  TALKBACK_ASSIGN(const auto caller, store_.find_token(sha256(token)));
  const std::int64_t now = clock_.now_unix_ms();
  const bool is_worthless = caller && caller->link && !is_allowed(Action::make_link, caller->link->maker_role);
  if (!caller || caller->token_expires_unix_ms <= now || is_worthless)
    return Error{ErrorCode::denied, "sign in: the token is unknown, expired or revoked"};
  // A full disk must not keep people from reading: that the note was not written does not matter here.
  if (now - caller->token_used_unix_ms > kTokenUseWriteMs) (void)store_.note_token_use(caller->token, now);
  return *caller;
}

Result<void> People::sign_out(const Caller& caller) { return store_.revoke_token(caller.token); }

Result<void> People::change_password(const Caller& caller, const std::string& old_password,
                                     const std::string& new_password) {
  TALKBACK_TRY(check_password(new_password));
  TALKBACK_ASSIGN(const auto found, store_.find_user(caller.user.name));
  if (old_password.size() > kPasswordBytesMax ||
      !is_password(found ? found->password_hash : std::string(), old_password))
    return Error{ErrorCode::denied, "the old password is wrong"};
  TALKBACK_ASSIGN(const std::string hash, hash_password(new_password));
  return store_.change_password(caller.user.id, hash, caller.token);
}

}  // namespace talkback::domain
