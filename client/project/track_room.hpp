// Takes the clips of a track out of a span of the song: what a new recording replaces.
//
// Clips are cut at the edges, those within go; their recordings stay, and so does every take. Comp segments likewise.
#pragma once

#include "engine/base/sample_rate.hpp"
#include "engine/session/session.hpp"
#include "talkback/v1/edit.pb.h"

namespace talkback::project {

// [from, to), in ticks of the song; to: kNoEnd for all behind.
inline constexpr TickPosition kNoEnd{4'000'000'000'000'000};

// Adds the operations to the edit. New parts get ids from `new_id`.
void make_room(v1::Edit& edit, const session::Session& session, ObjectId track, TickPosition from, TickPosition to,
               const std::function<ObjectId()>& new_id);

}  // namespace talkback::project
