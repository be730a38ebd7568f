// Bounds of a session and of one edit. Whoever breaks one gets an `exhausted` or `invalid` error that names it.
#pragma once

#include <cstddef>

namespace talkback::session {

// A long film score holds some 200,000 notes; the rest is head room.
inline constexpr std::size_t kObjectsMax = 1'000'000;

// One edit: the import of a large MIDI file fits.
inline constexpr int kEditOperationsMax = 50'000;
inline constexpr std::size_t kEditBytesMax = 8 * 1024 * 1024;
static_assert(kEditBytesMax / kEditOperationsMax >= 160, "a full edit of notes must fit into its bytes");

// Where a field's rule states no other.
inline constexpr std::size_t kTextBytesMax = 4'000;

inline constexpr std::size_t kOrderKeyBytesMax = 200;
inline constexpr std::size_t kEditIdBytes = 16;

// Folder tracks in folder tracks.
inline constexpr int kTreeDepthMax = 32;

}  // namespace talkback::session
