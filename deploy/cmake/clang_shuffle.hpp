// GCC's __builtin_shuffle for Clang, which has only one with constant places: element by element, the same result. For
// builds with sanitizers that GCC lacks; the preset rtsan includes it everywhere.
#pragma once

#if defined(__clang__)

#include <cstddef>

namespace talkback_clang {

template <class Vector, class Mask>
Vector shuffle(Vector first, Vector second, Mask mask) noexcept {
  constexpr std::size_t kCount = sizeof(Vector) / sizeof(first[0]);
  Vector result{};
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::size_t place = static_cast<std::size_t>(mask[i]) % (2 * kCount);
    result[i] = place < kCount ? first[place] : second[place - kCount];
  }
  return result;
}

template <class Vector, class Mask>
Vector shuffle(Vector vector, Mask mask) noexcept {
  return shuffle(vector, vector, mask);
}

}  // namespace talkback_clang

#define __builtin_shuffle ::talkback_clang::shuffle

#endif
