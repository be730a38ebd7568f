#include "client/cli/session_player.hpp"

#include <algorithm>
#include <thread>

namespace talkback::cli {

Result<std::unique_ptr<SessionPlayer>> SessionPlayer::create(Context& context, net::Api& api,
                                                             project::OpenProject& project, FramePosition start,
                                                             SampleRate rate,
                                                             realtime::SourceReadAhead::Thread read_ahead) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  std::unique_ptr<SessionPlayer> result(new SessionPlayer(context, api, project));
  TALKBACK_ASSIGN(result->media_, project::MediaFolder::open(*home));
  TALKBACK_TRY(result->fetch());
  result->library_ = std::make_unique<media::SourceLibrary>(result->media_->lookup(), result->media_->cache());
  if (graph::length_of(project.session(), rate).count <= start.count)
    return Error{ErrorCode::not_found, "there is nothing to play from there on"};
  realtime::PlayerOptions options;
  options.compile.sample_rate_hz = rate.hz;
  options.start = start;
  options.read_ahead = read_ahead;
  TALKBACK_ASSIGN(result->player_, realtime::GraphPlayer::create(project.session(), options, *result->library_));
  for (const std::string& warning : result->player_->warnings()) context.terminal.warn(warning);
  return result;
}

Result<void> SessionPlayer::fetch() {
  TALKBACK_TRY(media_->fetch_all(api_, project_.id(), project_.session(), [this](const std::string& name) {
    context_.terminal.progress("Fetching " + name, 0.0);
  }));
  context_.terminal.end_progress();
  return {};
}

void SessionPlayer::follow(std::chrono::milliseconds wait) {
  bool is_edited = false;
  if (!is_connected_) {
    std::this_thread::sleep_for(wait);
  } else if (const auto events = project_.pump(wait); !events) {
    is_connected_ = false;
    context_.terminal.warn("edits of others are not heard any more: " + events.error().message);
  } else {
    is_edited = std::ranges::any_of(*events, [](const replica::Event& event) {
      return event.kind == replica::Event::Kind::committed || event.kind == replica::Event::Kind::resync;
    });
  }
  if (is_edited) {
    if (const auto fetched = fetch(); !fetched) {
      context_.terminal.warn("an edit is not heard: " + fetched.error().message);
    } else {
      player_->update(project_.session());
    }
  }
  if (const auto serviced = player_->service(); !serviced)
    context_.terminal.warn("an edit is not heard: " + serviced.error().message);
}

}  // namespace talkback::cli
