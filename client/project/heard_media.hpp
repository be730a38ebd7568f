// The media that a listener needs, while some recordings are still on their way to the server: previews stand in for
// them, and give way once they are there.
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
// has both and neither is here the preview, which comes at once; the rest is for ArrivingMedia.
Result<void> fetch_heard(const MediaFolder& media, net::Api& api, const std::string& project,
                         const session::Session& session, bool previews_first,
                         const std::function<void(const std::string& what)>& progress);

// Recordings that are not on this machine though their previews are: the names by their hash.
std::map<std::string, std::string> heard_as_previews(const MediaFolder& media, const session::Session& session);

// The session with their previews in their place.
session::Session with_previews(const MediaFolder& media, session::Session session);

// Fetches recordings in the background as soon as the server has them.
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
