// Kernels in the widest vectors that the processor has, for the sources of this folder.
//
//   TALKBACK_INLINE void name_body(...) noexcept {...}
//   TALKBACK_KERNEL(name, (parameters), (arguments))
//   void name(...) noexcept { TALKBACK_CALL(name, (arguments)); }
// Each kernel is written once, as name_body, and compiled for three widths. The compiler contracts nothing
// (-ffp-contract=off), so the wide ones give the samples of the narrow one. A body with vectors of its own is a
// template over their lanes, and TALKBACK_KERNEL_OF_LANES its kernel.
#pragma once

#include <cstring>

namespace talkback::dsp {

#define TALKBACK_INLINE inline __attribute__((always_inline))

#if defined(__x86_64__)
enum class Width { narrow, eight, sixteen };
inline const Width kWidth = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") ? Width::sixteen
                            : __builtin_cpu_supports("avx2")                                        ? Width::eight
                                                                                                    : Width::narrow;
#define TALKBACK_WIDE_16 __attribute__((target("avx512f,avx512vl,avx512dq,prefer-vector-width=512")))
#define TALKBACK_WIDE_8 __attribute__((target("avx2")))
#define TALKBACK_KERNEL_BY(name, parameters, call_16, call_8, call_4) \
  TALKBACK_WIDE_16 void name##_16 parameters noexcept { call_16; }    \
  TALKBACK_WIDE_8 void name##_8 parameters noexcept { call_8; }       \
  void name##_4 parameters noexcept { call_4; }
#define TALKBACK_CALL(name, arguments) \
  kWidth == Width::sixteen ? name##_16 arguments : kWidth == Width::eight ? name##_8 arguments : name##_4 arguments
#else
#define TALKBACK_KERNEL_BY(name, parameters, call_16, call_8, call_4) \
  void name##_4 parameters noexcept { call_4; }
#define TALKBACK_CALL(name, arguments) name##_4 arguments
#endif

#define TALKBACK_KERNEL(name, parameters, arguments) \
  TALKBACK_KERNEL_BY(name, parameters, name##_body arguments, name##_body arguments, name##_body arguments)
#define TALKBACK_KERNEL_OF_LANES(name, parameters, arguments) \
  TALKBACK_KERNEL_BY(name, parameters, name##_body<16> arguments, name##_body<8> arguments, name##_body<4> arguments)

template <int lanes>
struct Vector;
template <>
struct Vector<4> {
  using Type = float __attribute__((vector_size(16)));
};
template <>
struct Vector<8> {
  using Type = float __attribute__((vector_size(32)));
};
template <>
struct Vector<16> {
  using Type = float __attribute__((vector_size(64)));
};

// From anywhere in memory.
template <class Value>
TALKBACK_INLINE Value load_from(const float* from) noexcept {
  Value value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// Sixteen floats from place `first` of two neighbouring vectors on: what is not aligned in memory loads slowly.
template <int first, class Value>
TALKBACK_INLINE Value between(Value low, Value high) noexcept {
  return __builtin_shufflevector(low, high, first, first + 1, first + 2, first + 3, first + 4, first + 5, first + 6,
                                 first + 7, first + 8, first + 9, first + 10, first + 11, first + 12, first + 13,
                                 first + 14, first + 15);
}

}  // namespace talkback::dsp
