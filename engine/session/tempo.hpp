// The tempo map of a session.
#pragma once

#include "engine/session/session.hpp"
#include "engine/timeline/tempo_map.hpp"

namespace talkback::session {

// From the session's tempo and signature changes. The rules of the session make sure that this cannot fail for a
// supported rate; the rate need not be the session's own.
timeline::TempoMap tempo_map(const Session& session, SampleRate rate);

// At the session's own rate.
timeline::TempoMap tempo_map(const Session& session);

SampleRate sample_rate_of(const Session& session);

}  // namespace talkback::session
