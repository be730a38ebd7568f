// Where a server is: http or https, host and port.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace talkback::net {

struct ServerUrl {
  bool secure = false;
  std::string host;
  std::uint16_t port = 0;

  // "https://studio.example:8443", without the port where it is the usual one.
  std::string text() const;
  friend bool operator==(const ServerUrl&, const ServerUrl&) = default;
};

// "studio.example", "localhost:7311", "https://studio.example". Without a scheme: http for this machine, else https.
// Fails with `invalid`.
Result<ServerUrl> parse_server_url(std::string_view text);

}  // namespace talkback::net
