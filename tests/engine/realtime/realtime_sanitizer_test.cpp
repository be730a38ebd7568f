// That the preset rtsan sees what it is for. Elsewhere there is nothing to test.
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <mutex>

#include "engine/base/realtime.hpp"
#include "tests/support/realtime_guard.hpp"

namespace talkback::realtime {
namespace {

#if defined(TALKBACK_REALTIME_SANITIZER)

std::unique_ptr<int> made;
std::mutex mutex;

void allocate() noexcept TALKBACK_REALTIME { made = std::make_unique<int>(1); }
void lock() noexcept TALKBACK_REALTIME { const std::lock_guard guard(mutex); }
void call_the_system() noexcept TALKBACK_REALTIME { static_cast<void>(::close(-1)); }

TEST(RealtimeSanitizerTest, CatchesAllocationLockAndSystemCall) {
  EXPECT_DEATH(allocate(), "unsafe function `malloc`");
  EXPECT_DEATH(lock(), "unsafe function `pthread_mutex_lock`");
  EXPECT_DEATH(call_the_system(), "unsafe function `close`");
}

#else

TEST(RealtimeSanitizerTest, CatchesAllocationLockAndSystemCall) {
  GTEST_SKIP() << "only in the preset rtsan (CONTRIBUTING.md)";
}

#endif

}  // namespace
}  // namespace talkback::realtime
