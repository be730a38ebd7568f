#include "client/cli/session_player.hpp"

#include <algorithm>
#include <thread>

namespace talkback::cli {

Result<std::unique_ptr<SessionPlayer>> SessionPlayer::create(Context& context, net::Api& api,
                                                             project::OpenProject& project,
                                                             SessionPlayerOptions options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  std::unique_ptr<SessionPlayer> result(new SessionPlayer(context, api, project, std::move(options)));
  TALKBACK_ASSIGN(result->media_, project::MediaFolder::open(*home));
  TALKBACK_TRY(result->fetch());
  result->library_ = std::make_unique<media::SourceLibrary>(result->media_->lookup(), result->media_->cache());
  const SessionPlayerOptions& wanted = result->options_;
  if (!wanted.plays_on && graph::length_of(project.session(), wanted.rate).count <= wanted.start.count)
    return Error{ErrorCode::not_found, "there is nothing to play from there on"};
  realtime::PlayerOptions player;
  player.compile.sample_rate_hz = wanted.rate.hz;
  player.compile.may_be_empty = wanted.plays_on;
  player.start = wanted.start;
  player.read_ahead = wanted.read_ahead;
  player.plays_on = wanted.plays_on;
  TALKBACK_ASSIGN(session::Session heard, result->heard());
  TALKBACK_ASSIGN(result->player_, realtime::GraphPlayer::create(std::move(heard), player, *result->library_));
  for (const std::string& warning : result->player_->warnings()) context.terminal.warn(warning);
  return result;
}

Result<session::Session> SessionPlayer::heard() const {
  if (options_.heard) return options_.heard(project_.session());
  return project_.session();
}

Result<void> SessionPlayer::fetch() {
  TALKBACK_TRY(media_->fetch_all(api_, project_.id(), project_.session(), [this](const std::string& name) {
    context_.terminal.progress("Fetching " + name, 0.0);
  }));
  context_.terminal.end_progress();
  return {};
}

Result<void> SessionPlayer::take_over_edits() {
  TALKBACK_TRY(fetch());
  TALKBACK_ASSIGN(session::Session session, heard());
  player_->update(std::move(session));
  return {};
}

void SessionPlayer::follow(std::chrono::milliseconds wait) {
  events_.clear();
  if (!is_connected_) {
    std::this_thread::sleep_for(wait);
  } else if (auto events = project_.pump(wait); !events) {
    is_connected_ = false;
    context_.terminal.warn("edits of others are not heard any more: " + events.error().message);
  } else {
    events_ = *std::move(events);
  }
  const bool is_edited = std::ranges::any_of(events_, [](const replica::Event& event) {
    return event.kind == replica::Event::Kind::committed || event.kind == replica::Event::Kind::resync;
  });
  if (is_edited) {
    if (const auto taken = take_over_edits(); !taken)
      context_.terminal.warn("an edit is not heard: " + taken.error().message);
  }
  if (const auto serviced = player_->service(); !serviced)
    context_.terminal.warn("an edit is not heard: " + serviced.error().message);
}

}  // namespace talkback::cli
