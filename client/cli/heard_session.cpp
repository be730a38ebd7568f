#include "client/cli/heard_session.hpp"

#include "engine/render/prepare_sounds.hpp"

namespace talkback::cli {

Result<void> fetch_to_hear(Context& context, const project::MediaFolder& media, const project::OpenProject& project,
                           bool previews_first) {
  net::Api api = project.api();
  const auto fetched =
      project::fetch_heard(media, api, project.id(), project.session(), previews_first,
                           [&](const std::string& name) { context.terminal.progress("Fetching " + name, 0.0); });
  context.terminal.end_progress();
  if (fetched) return {};
  if (fetched.error().code != ErrorCode::not_found && fetched.error().code != ErrorCode::unavailable) return fetched;
  const std::size_t silent = project::missing_media(media, project.session()).silent.size();
  if (silent > 0)
    context.terminal.warn((silent == 1 ? "one sound is" : std::to_string(silent) + " sounds are") +
                          " not on this machine and silent: " + fetched.error().message);
  return {};
}

Result<session::Session> fetch_hearable(Context& context, const project::MediaFolder& media,
                                        const project::OpenProject& project) {
  TALKBACK_TRY(fetch_to_hear(context, media, project));
  return project::hearable(media, project.session());
}

Result<void> stretch_to_hear(Context& context, const session::Session& session, SampleRate rate,
                             media::SourceLibrary& library) {
  const auto progress = [&](double part) { context.terminal.progress("Stretching", part); };
  const auto done = render::prepare_sounds(session, {.rate = rate, .progress = progress}, library);
  context.terminal.end_progress();
  return done;
}

}  // namespace talkback::cli
