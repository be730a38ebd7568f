#include "tests/support/realtime_guard.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <cstddef>

namespace talkback::test {
namespace {

// Plain thread-locals without constructors: they are read inside malloc.
thread_local int guards = 0;
thread_local int allocations = 0;
thread_local int frees = 0;
thread_local int locks = 0;

}  // namespace

RealtimeGuard::RealtimeGuard() noexcept {
  if (guards++ == 0) allocations = frees = locks = 0;
}

RealtimeGuard::~RealtimeGuard() {
  if (--guards > 0) return;
  if (allocations + frees + locks > 0)
    ADD_FAILURE() << "on the audio thread: " << allocations << " allocations, " << frees << " frees, " << locks
                  << " locks";
}

int RealtimeGuard::forgive() noexcept {
  const int seen = allocations + frees + locks;
  allocations = frees = locks = 0;
  return seen;
}

}  // namespace talkback::test

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(TALKBACK_REALTIME_SANITIZER)

// operator new and delete of libstdc++ come here too.
extern "C" {

void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* old, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
void __libc_free(void* memory);

void* malloc(std::size_t bytes) noexcept {
  if (talkback::test::guards > 0) ++talkback::test::allocations;
  return __libc_malloc(bytes);
}

void* calloc(std::size_t count, std::size_t bytes) noexcept {
  if (talkback::test::guards > 0) ++talkback::test::allocations;
  return __libc_calloc(count, bytes);
}

void* realloc(void* old, std::size_t bytes) noexcept {
  if (talkback::test::guards > 0) ++talkback::test::allocations;
  return __libc_realloc(old, bytes);
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  if (talkback::test::guards > 0) ++talkback::test::allocations;
  return __libc_memalign(alignment, bytes);
}

void free(void* memory) noexcept {
  if (talkback::test::guards > 0 && memory != nullptr) ++talkback::test::frees;
  __libc_free(memory);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  using Lock = int (*)(pthread_mutex_t*);
  static const Lock real = reinterpret_cast<Lock>(::dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  if (talkback::test::guards > 0) ++talkback::test::locks;
  return real(mutex);
}

}  // extern "C"

#endif
