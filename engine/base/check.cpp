#include "engine/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace talkback {

void check_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "talkback: broken invariant: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace talkback
