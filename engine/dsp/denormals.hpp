// Denormal numbers off, as long as the object lives, for the thread that made it.
//
// Decaying filters spend most of their time in denormals, which many processors compute a hundred
// times slower. Every thread that runs nodes holds one; results then do not depend on the thread.
#pragma once

#if defined(__SSE2__)
#include <xmmintrin.h>
#elif defined(__aarch64__)
#include <cstdint>
#endif

namespace talkback::dsp {

class DenormalsOff {
 public:
#if defined(__SSE2__)
  DenormalsOff() noexcept : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | kFlushToZero | kDenormalsAreZero); }
  ~DenormalsOff() { _mm_setcsr(saved_); }
#elif defined(__aarch64__)
  DenormalsOff() noexcept {
    asm volatile("mrs %0, fpcr" : "=r"(saved_));
    asm volatile("msr fpcr, %0" : : "r"(saved_ | kFlushToZero));
  }
  ~DenormalsOff() { asm volatile("msr fpcr, %0" : : "r"(saved_)); }
#else
  DenormalsOff() noexcept = default;
#endif
  DenormalsOff(const DenormalsOff&) = delete;
  DenormalsOff& operator=(const DenormalsOff&) = delete;

 private:
#if defined(__SSE2__)
  static constexpr unsigned kFlushToZero = 0x8000;
  static constexpr unsigned kDenormalsAreZero = 0x0040;
  unsigned saved_;
#elif defined(__aarch64__)
  static constexpr std::uint64_t kFlushToZero = 1ULL << 24;
  std::uint64_t saved_ = 0;
#endif
};

}  // namespace talkback::dsp
