// What glibc's malloc keeps for later, held down: a server that was busy for a minute is idle for an hour.
#pragma once

namespace talkback::ops {

// Before any thread starts. Two arenas rather than eight a core: what one thread allocates and another frees is
// then used again.
void set_up_memory() noexcept;

// Gives freed memory back. Takes milliseconds: for quiet moments. [any-thread]
void give_back_memory() noexcept;

}  // namespace talkback::ops
