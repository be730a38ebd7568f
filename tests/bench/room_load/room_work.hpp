// The work that every server of the comparison does: a session of 100 tracks and 20,000 notes, and edits of 50 to 100
// bytes against it, fader moves and new notes in turn.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "talkback/v1/edit.pb.h"

namespace talkback::bench {

inline constexpr int kTracks = 100;
inline constexpr int kNotesPerTrack = 200;

enum class Kind { fader, note };

// Edit `number` of a run; its id begins with the number.
std::string edit_id(std::uint64_t number);
std::uint64_t number_of(std::string_view edit_id);

v1::Edit make_edit(Kind kind, std::uint64_t number, std::uint64_t base_revision);

// Ready to be sent, each a WebSocket message. Faders and notes in turn, or faders alone.
enum class Mix { both, faders };
std::string submit_message(Mix mix, std::uint64_t number, std::uint64_t base_revision);
std::string hello_message();

// The session, as the edits that make it; their numbers begin at kSeedNumber.
inline constexpr std::uint64_t kSeedNumber = std::uint64_t{1} << 60;
std::vector<v1::Edit> seed_edits();
std::string message_of(const v1::Edit& edit);

}  // namespace talkback::bench
