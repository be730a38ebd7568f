// Frames of a recording and of the session: at another rate, and stretched.
#pragma once

#include "engine/base/sample_rate.hpp"
#include "engine/session/session.hpp"

namespace talkback::session {

// Null where the source is gone.
const v1::Source* source_of(const Session& session, std::uint64_t source_id);

// Source frames at the session's rate, to the nearest.
std::int64_t at_session_rate(std::int64_t frames, const v1::Source& source, SampleRate rate) noexcept;

// Length heard / length recorded; 1 where nothing is set.
double stretch_of(const v1::AudioClip& clip) noexcept;

// What so many frames of the clip's source last in it, in frames at the session's rate, to the nearest.
std::int64_t heard_frames(std::int64_t frames, const v1::AudioClip& clip, const v1::Source& source,
                          SampleRate rate) noexcept;

}  // namespace talkback::session
