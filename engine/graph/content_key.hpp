// Content keys: hashes of everything that decides about a sound.
#pragma once

#include <string>
#include <type_traits>

#include "engine/base/sha256.hpp"

namespace talkback::graph {

using ContentKey = Sha256Digest;

// Appends numbers by their bytes: exact, and quick where a render makes a hundred thousand keys.
template <class... Numbers>
void append_key(std::string& text, Numbers... numbers) {
  static_assert((std::is_arithmetic_v<Numbers> && ...));
  (text.append(reinterpret_cast<const char*>(&numbers), sizeof numbers), ...);
}

inline void append_key(std::string& text, const ContentKey& key) {
  text.append(reinterpret_cast<const char*>(key.data()), key.size());
}

}  // namespace talkback::graph
