#include "server/ops/memory.hpp"

#include <malloc.h>

namespace talkback::ops {

void set_up_memory() noexcept {
#ifdef __GLIBC__
  constexpr int kArenas = 2;
  mallopt(M_ARENA_MAX, kArenas);
#endif
}

void give_back_memory() noexcept {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace talkback::ops
