// Fails the test when code that must not wait allocates, frees or locks.
//
// Linking it replaces malloc and its family and pthread_mutex_lock by versions that look at a flag of the thread. In
// builds with sanitizers, which own these functions, the guard sees nothing (kRealtimeGuardWorks).
#pragma once

namespace talkback::test {

#if defined(__has_feature)
#if __has_feature(realtime_sanitizer)
#define TALKBACK_REALTIME_SANITIZER
#endif
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(TALKBACK_REALTIME_SANITIZER)
inline constexpr bool kRealtimeGuardWorks = false;
#else
inline constexpr bool kRealtimeGuardWorks = true;
#endif

// Watches its thread while it lives; nested guards count for the outer one as well.
class RealtimeGuard {
 public:
  RealtimeGuard() noexcept;
  ~RealtimeGuard();  // a failure of the test names what was called how often
  RealtimeGuard(const RealtimeGuard&) = delete;
  RealtimeGuard& operator=(const RealtimeGuard&) = delete;

  // So far: allocations, frees and locks. Asking forgives them.
  int forgive() noexcept;
};

}  // namespace talkback::test
