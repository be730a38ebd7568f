// What is measured, a function each. Each prints "name<TAB>value<TAB>unit" lines and judges nothing.
#pragma once

#include <cstddef>
#include <cstdint>

namespace talkback::bench {

// 50 members, four of whom make 100 edits a second each, for so long: from the send to a remote receipt.
void measure_latency(int seconds);
// The p99 of that beside one member that has stopped reading, of that without.
void measure_stuck_reader(int seconds);
// So many members send `edits` in all at once; until the last has received the last. Then the server's memory.
void measure_burst(std::size_t members, std::uint64_t edits);
// Joining a room with so many edits behind it: one that is open, and the first of a server just started.
void measure_join(std::uint64_t edits);
// What the server keeps of so many members that say nothing, in rooms of 200.
void measure_idle(std::size_t members);

// What the engine takes to check and apply an edit, without a server.
void measure_apply(std::uint64_t edits);

void print_figure(const char* name, double value, const char* unit);

}  // namespace talkback::bench
