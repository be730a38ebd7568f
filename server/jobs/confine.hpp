// What a worker takes away from itself before it reads anything: it parses sound that strangers made. [main-thread]
#pragma once

#include <sys/types.h>

namespace talkback::jobs {

// No new privileges, no core files, bounded memory, files and CPU time; dies with its parent. False where the
// parent is gone already or a limit cannot be set.
bool confine(pid_t parent);

}  // namespace talkback::jobs
