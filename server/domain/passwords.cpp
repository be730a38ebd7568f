#include "server/domain/passwords.hpp"

#include <sodium.h>

#include <array>

namespace talkback::domain {
namespace {

void start_sodium() {
  static const int started = sodium_init();
  TALKBACK_CHECK(started >= 0);
}

// What an unknown user's password is compared with, so that guessing names learns nothing from the clock.
const std::string& nobodys_hash() {
  static const std::string hash = hash_password("nobody has this password").value_or("");
  return hash;
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  start_sodium();
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return Error{ErrorCode::exhausted, "there is not enough memory to hash a password"};
  return std::string(text.data());
}

bool is_password(const std::string& hash, std::string_view password) {
  start_sodium();
  if (hash.empty()) {
    [[maybe_unused]] const int never =
        crypto_pwhash_str_verify(nobodys_hash().c_str(), password.data(), password.size());
    return false;
  }
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

}  // namespace talkback::domain
