// The media that a listener needs, while some are still on their way to the server, or this machine has no line to it:
// previews stand in for recordings and give way once they are there; what cannot be had is silent, all else plays.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "client/project/media_folder.hpp"

namespace talkback::project {

// Downloads what is not here yet, each recording or, where the server has it not, its preview. previews_first: of what
// has both and neither is here the preview, which comes at once; the rest is for ArrivingMedia. Fails with not_found or
// unavailable, having fetched what could be had, where something is missing still.
Result<void> fetch_heard(const MediaFolder& media, net::Api& api, const std::string& project,
                         const session::Session& session, bool previews_first,
                         const std::function<void(const std::string& what)>& progress);

// What is not on this machine: the names by their hash, of recordings that are heard as previews and of the rest.
struct MissingMedia {
  std::map<std::string, std::string> previewed;
  std::map<std::string, std::string> silent;
};
MissingMedia missing_media(const MediaFolder& media, const session::Session& session);

// The session as it can be heard on this machine now: previews in place of recordings, and nothing that plays what is
// missing altogether.
Result<session::Session> hearable(const MediaFolder& media, session::Session session);

// Fetches media in the background as soon as the server has them.
class ArrivingMedia {
 public:
  // Starts the thread.
  ArrivingMedia(net::Api api, MediaFolder media, std::string project);
  ~ArrivingMedia();

  // What is missing now, by its hash.
  void want(const std::map<std::string, std::string>& names);
  // True once after each arrival.
  bool take_arrived();

 private:
  void run(std::stop_token stop);

  net::Api api_;
  MediaFolder media_;
  std::string project_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, std::string> wanted_;  // guarded by mutex_
  bool has_arrived_ = false;                   // guarded by mutex_
  std::jthread thread_;
};

}  // namespace talkback::project
