// What the handlers work with; main.cpp builds and owns it all.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "server/domain/blobs.hpp"
#include "server/domain/branches.hpp"
#include "server/domain/edit_log.hpp"
#include "server/domain/links.hpp"
#include "server/domain/people.hpp"
#include "server/domain/projects.hpp"
#include "server/domain/renders.hpp"
#include "server/domain/suggestions.hpp"
#include "server/domain/versions.hpp"
#include "server/net/limits.hpp"
#include "talkback/v1/archive.pb.h"

namespace talkback::net {

// What the outside may choose about the network side.
struct NetSettings {
  std::string address = "127.0.0.1";
  unsigned short port = 8470;
  int threads = 2;
  // "https://studio.example": pages of these origins may open WebSockets, besides the server's own host.
  std::vector<std::string> allowed_origins;
  // Believe the last X-Forwarded-For: only behind a proxy that sets it.
  bool behind_proxy = false;
  // How long a new room connection may say nothing, and how much may wait for a reader that is slow.
  std::chrono::milliseconds hello_time_max = kHelloTimeMax;
  // How long a member's line may be silent, answers to pings included.
  std::chrono::milliseconds silence_max = kIdleTimeMax;
  std::size_t write_queue_bytes_max = kWriteQueueBytesMax;
  std::size_t connections_max = kConnectionsMax;
  // Of one room connection, twice as many in a burst; above that it is read more slowly.
  double frames_per_second = kFramesPerSecond;
};

struct Services {
  domain::People& people;
  domain::Projects& projects;
  domain::Branches& branches;
  domain::Versions& versions;
  domain::Suggestions& suggestions;
  domain::Links& links;
  domain::EditLog& log;
  domain::BlobStore& blobs;
  domain::RenderDesk& renders;
  domain::Clock& clock;
  // What an archive of the project begins with.
  std::function<Result<v1::ProjectArchive>(const domain::Project&)> describe_archive;
  // False while the server cannot store anything.
  std::function<bool()> is_ready;
};

}  // namespace talkback::net
