// What the handlers work with; main.cpp builds and owns it all.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/domain/blobs.hpp"
#include "server/domain/edit_log.hpp"
#include "server/domain/people.hpp"
#include "server/domain/projects.hpp"
#include "server/domain/renders.hpp"

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
};

struct Services {
  domain::People& people;
  domain::Projects& projects;
  domain::EditLog& log;
  domain::BlobStore& blobs;
  domain::RenderDesk& renders;
  domain::Clock& clock;
  // False while the server cannot store anything.
  std::function<bool()> is_ready;
};

}  // namespace talkback::net
