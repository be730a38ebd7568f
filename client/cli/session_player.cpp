#include "client/cli/session_player.hpp"

#include <algorithm>
#include <thread>

namespace talkback::cli {

Result<std::unique_ptr<SessionPlayer>> SessionPlayer::create(Context& context, project::OpenProject& project,
                                                             SessionPlayerOptions options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  std::unique_ptr<SessionPlayer> result(new SessionPlayer(context, project, std::move(options)));
  TALKBACK_ASSIGN(result->media_, project::MediaFolder::open(*home));
  TALKBACK_TRY(fetch_to_hear(context, *result->media_, project));
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
  TALKBACK_TRY(stretch_to_hear(context, heard, wanted.rate, *result->library_));
  TALKBACK_ASSIGN(result->player_, realtime::GraphPlayer::create(std::move(heard), player, *result->library_));
  for (const std::string& warning : result->player_->warnings()) context.terminal.warn(warning);
  result->await_media();
  return result;
}

Result<session::Session> SessionPlayer::heard() const {
  TALKBACK_ASSIGN(session::Session session, project::hearable(*media_, project_.session()));
  if (options_.heard) return options_.heard(session);
  return session;
}

void SessionPlayer::await_media() {
  auto [wanted, silent] = project::missing_media(*media_, project_.session());
  if (wanted.size() > previews_)
    context_.terminal.note((wanted.size() == 1 ? "\"" + wanted.begin()->second + "\" is"
                                               : std::to_string(wanted.size()) + " recordings are") +
                           " heard as a preview until the recording itself is on the server.");
  if (wanted.empty() && previews_ > 0) context_.terminal.note("All recordings are heard as they are.");
  previews_ = wanted.size();
  wanted.merge(silent);
  if (!wanted.empty() && !arriving_)
    arriving_ = std::make_unique<project::ArrivingMedia>(project_.api(), *media_, project_.id());
  if (arriving_) arriving_->want(wanted);
}

Result<void> SessionPlayer::take_over_edits() {
  TALKBACK_TRY(fetch_to_hear(context_, *media_, project_, true));
  await_media();
  TALKBACK_ASSIGN(session::Session session, heard());
  player_->update(std::move(session));
  return {};
}

void SessionPlayer::follow(std::chrono::milliseconds wait) {
  events_.clear();
  if (!is_connected_) {
    std::this_thread::sleep_for(wait);
    is_connected_ = project_.try_rejoin();
    if (is_connected_) context_.terminal.note("The line to the server is back.");
  } else if (auto events = project_.pump(wait); !events) {
    is_connected_ = false;
    context_.terminal.warn("edits of others are not heard until the line is back: " + events.error().message);
  } else {
    events_ = *std::move(events);
  }
  const bool is_edited = std::ranges::any_of(events_, [](const replica::Event& event) {
    return event.kind == replica::Event::Kind::committed || event.kind == replica::Event::Kind::resync;
  });
  const bool has_arrived = arriving_ && arriving_->take_arrived();
  if (is_edited || has_arrived) {
    if (const auto taken = take_over_edits(); !taken)
      context_.terminal.warn("an edit is not heard: " + taken.error().message);
  }
  if (const auto serviced = player_->service(); !serviced)
    context_.terminal.warn("an edit is not heard: " + serviced.error().message);
}

}  // namespace talkback::cli
