// SHA-256 (FIPS 180-4), by OpenSSL's libcrypto: names blobs, objects' digests and content keys.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace talkback {

using Sha256Digest = std::array<std::uint8_t, 32>;

// Feed bytes in any portions, then finish once. One object hashes one message.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  Sha256Digest finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

Sha256Digest sha256(std::span<const std::byte> bytes);
Sha256Digest sha256(std::string_view bytes);

// The digest of a whole file. Fails with not_found or unavailable (read error).
Result<Sha256Digest> sha256_of_file(const std::filesystem::path& file);

// 64 lower-case hexadecimal digits, and back (nullopt for anything else).
std::string to_hex(const Sha256Digest& digest);
std::optional<Sha256Digest> sha256_from_hex(std::string_view hex) noexcept;

}  // namespace talkback
