// Bounds of what a stranger can send, hold open or wait for.
#pragma once

#include <chrono>
#include <cstddef>

#include "engine/session/limits.hpp"

namespace talkback::net {

using namespace std::chrono_literals;

// Each takes a descriptor and, at rest in a room, less than 8 KiB.
inline constexpr std::size_t kConnectionsMax = 10'000;

// HTTP. The longest path has three ids and a hash.
inline constexpr std::size_t kHeaderBytesMax = 16 * 1024;
inline constexpr std::size_t kJsonBodyBytesMax = 64 * 1024;
// One PATCH; the client continues with the next one.
inline constexpr std::size_t kUploadBodyBytesMax = std::size_t{1} << 30;
inline constexpr std::size_t kTransferChunkBytes = 256 * 1024;
// Of a blob, before the worker that sends it does something else.
inline constexpr std::int64_t kSendBytesMax = 4 * 1024 * 1024;
inline constexpr auto kHeaderTimeMax = 15s;
inline constexpr auto kKeepAliveTimeMax = 60s;
// For the next chunk of a body, either way.
inline constexpr auto kTransferTimeMax = 30s;
inline constexpr int kHistoryEditsMax = 1000;
inline constexpr std::size_t kHistoryBytesMax = 8 * 1024 * 1024;

// WebSocket. A frame is one edit and its envelope.
inline constexpr std::size_t kFrameBytesMax = session::kEditBytesMax + 1024;
inline constexpr std::chrono::milliseconds kHelloTimeMax = 10s;
inline constexpr std::chrono::milliseconds kIdleTimeMax = 60s;
// What waits for a slow reader; a snapshot on its way to a new member is not counted.
inline constexpr std::size_t kWriteQueueBytesMax = 32 * 1024 * 1024;
inline constexpr auto kWriteQueueAgeMax = 20s;
inline constexpr auto kGoodbyeTimeMax = 3s;
// From the cut of a connection to its end, when the server stops: what it has on a worker's desk is finished.
inline constexpr auto kCutTimeMax = 5s;
static_assert(kWriteQueueBytesMax > 2 * kFrameBytesMax, "one large edit must not disconnect its author");
// Frames of one connection; above that the server reads more slowly.
inline constexpr double kFramesPerSecond = 5000;
// Bytes of a connection that are read at a time, into a buffer of the thread's.
inline constexpr std::size_t kReadBytes = 32 * 1024;
// Larger messages are copied to the kernel by the connection's strand instead of the room's.
inline constexpr std::size_t kWriteAtOnceBytes = 4 * 1024;
// Accepted edits that wait for the store before their authors are read on.
inline constexpr std::size_t kRoomHoldsBytes = 2 * 1024 * 1024;

// A room that nobody is in stays in memory for this long.
inline constexpr auto kEmptyRoomTime = 60s;
inline constexpr auto kQuietTimeForDigest = 2s;
// How late the end of a lapsing lease may be noticed.
inline constexpr auto kLeaseLookInterval = 1s;

// Sign-in: guessing is slow, a mistyped password is not. A whole studio may share one address.
inline constexpr double kSignInsPerMinute = 10;
inline constexpr double kSignInsBurst = 10;
inline constexpr double kAddressSignInsPerMinute = 60;
inline constexpr double kAddressSignInsBurst = 60;
// Tokens that open nothing: a program with an old one asks now and then, a guesser all the time.
inline constexpr double kWrongTokensPerMinute = 60;
inline constexpr double kWrongTokensBurst = 60;
inline constexpr std::size_t kRateKeysMax = 10'000;

// Argon2id takes 64 MiB and a core each.
inline constexpr std::size_t kPasswordThreads = 2;
inline constexpr std::size_t kPasswordsWaitingMax = 64;
inline constexpr std::size_t kWorkThreads = 8;

}  // namespace talkback::net
