// A vector of floats that begins at a cache line: the widest vectors load slowly across two.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace talkback::dsp {

inline constexpr std::size_t kLineBytes = 64;

template <class Value>
struct LineAllocator {
  using value_type = Value;

  LineAllocator() = default;
  template <class Other>
  LineAllocator(const LineAllocator<Other>&) noexcept {}

  Value* allocate(std::size_t count) {
    return static_cast<Value*>(::operator new (count * sizeof(Value), std::align_val_t{kLineBytes}));
  }
  void deallocate(Value* values, std::size_t) noexcept { ::operator delete (values, std::align_val_t{kLineBytes}); }

  friend bool operator==(const LineAllocator&, const LineAllocator&) = default;
};

using AlignedFloats = std::vector<float, LineAllocator<float>>;

}  // namespace talkback::dsp
