// The session as this machine can play it, with a word about what is missing: for `play`, `record` and `standby`.
#pragma once

#include "client/cli/context.hpp"
#include "client/project/heard_media.hpp"
#include "engine/media/source_library.hpp"

namespace talkback::cli {

// Fetches what can be had. Fails only where the disk does; what cannot be fetched is told and silent.
Result<void> fetch_to_hear(Context& context, const project::MediaFolder& media, const project::OpenProject& project,
                           bool previews_first = false);

// The same, and the session for who does not follow edits.
Result<session::Session> fetch_hearable(Context& context, const project::MediaFolder& media,
                                        const project::OpenProject& project);

// What is stretched and heard for the first time takes a while: with progress, before anything waits for it.
Result<void> stretch_to_hear(Context& context, const session::Session& session, SampleRate rate,
                             media::SourceLibrary& library);

}  // namespace talkback::cli
