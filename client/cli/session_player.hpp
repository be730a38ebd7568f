// The session on the audio thread for `play`: fetched, compiled, and kept in step with the room while it plays.
#pragma once

#include <memory>

#include "client/cli/context.hpp"
#include "client/project/media_folder.hpp"
#include "engine/realtime/graph_player.hpp"

namespace talkback::cli {

class SessionPlayer {
 public:
  // Fetches what is missing. project, api: outlive it. read_ahead: Thread::none where no sound card plays. Fails with
  // not_found where there is nothing to play.
  static Result<std::unique_ptr<SessionPlayer>> create(Context& context, net::Api& api, project::OpenProject& project,
                                                       FramePosition start, SampleRate rate,
                                                       realtime::SourceReadAhead::Thread read_ahead);

  realtime::GraphPlayer& player() noexcept { return *player_; }

  // Waits for frames from the room at most so long, and hands edits to the player. A line that breaks is told once, and
  // what plays goes on without further edits; so does an edit whose sounds cannot be had.
  void follow(std::chrono::milliseconds wait);

 private:
  SessionPlayer(Context& context, net::Api& api, project::OpenProject& project)
      : context_(context), api_(api), project_(project) {}
  Result<void> fetch();

  Context& context_;
  net::Api& api_;
  project::OpenProject& project_;
  std::optional<project::MediaFolder> media_;
  std::unique_ptr<media::SourceLibrary> library_;
  std::unique_ptr<realtime::GraphPlayer> player_;
  bool is_connected_ = true;
};

}  // namespace talkback::cli
