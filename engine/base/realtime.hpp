// TALKBACK_REALTIME: behind the parameters of a function that the audio thread calls. It may not allocate, free, lock,
// wait or call the system. Clang 20 and newer see to it in builds with RealtimeSanitizer (preset rtsan); elsewhere it
// is nothing.
#pragma once

#if defined(__clang__) && __clang_major__ >= 20
#define TALKBACK_REALTIME [[clang::nonblocking]]
#else
#define TALKBACK_REALTIME
#endif
