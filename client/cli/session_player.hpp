// The session on the audio thread for `play` and `record`: fetched, compiled, and kept in step with the room while it
// plays.
#pragma once

#include <functional>
#include <memory>

#include "client/cli/context.hpp"
#include "client/project/heard_media.hpp"
#include "engine/realtime/graph_player.hpp"

namespace talkback::cli {

struct SessionPlayerOptions {
  FramePosition start{};
  SampleRate rate{};
  realtime::SourceReadAhead::Thread read_ahead = realtime::SourceReadAhead::Thread::own;  // none: no sound card plays
  bool plays_on = false;  // beyond the song's end; then a song with nothing to play is none either
  // What this member hears of it; empty: as it is.
  std::function<Result<session::Session>(const session::Session&)> heard = {};
};

class SessionPlayer {
 public:
  // Fetches what is missing. project, api: outlive it. Fails with not_found where there is nothing to play.
  static Result<std::unique_ptr<SessionPlayer>> create(Context& context, net::Api& api, project::OpenProject& project,
                                                       SessionPlayerOptions options);

  realtime::GraphPlayer& player() noexcept { return *player_; }

  // Waits for frames from the room at most so long, and hands edits to the player. A line that breaks is told once, and
  // what plays goes on without further edits; so does an edit whose sounds cannot be had.
  void follow(std::chrono::milliseconds wait);
  // The room's events of the last follow().
  const std::vector<replica::Event>& events() const noexcept { return events_; }

 private:
  SessionPlayer(Context& context, net::Api& api, project::OpenProject& project, SessionPlayerOptions options)
      : context_(context), api_(api), project_(project), options_(std::move(options)) {}
  Result<void> fetch(bool previews_first);
  // Says so once of each, and has it fetched as soon as it can be.
  void await_recordings();
  Result<session::Session> heard() const;
  Result<void> take_over_edits();

  Context& context_;
  net::Api& api_;
  project::OpenProject& project_;
  SessionPlayerOptions options_;
  std::optional<project::MediaFolder> media_;
  std::unique_ptr<media::SourceLibrary> library_;
  std::unique_ptr<realtime::GraphPlayer> player_;
  std::unique_ptr<project::ArrivingMedia> arriving_;
  std::size_t previews_ = 0;  // heard in place of recordings
  std::vector<replica::Event> events_;
  bool is_connected_ = true;
};

}  // namespace talkback::cli
