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

// A link to a project that was shared: "https://studio.example/join#tb_link_…". The secret stands behind the #, which
// browsers do not send: no log of a server or proxy has it.
struct LinkUrl {
  ServerUrl server;
  std::string secret;

  std::string text() const;
};

// Fails with `invalid`.
Result<LinkUrl> parse_link_url(std::string_view text);
// A link's secret, where others have a token.
bool is_link_secret(std::string_view token) noexcept;

}  // namespace talkback::net
