#include "client/net/url.hpp"

#include <charconv>

namespace talkback::net {

std::string ServerUrl::text() const {
  std::string text = (secure ? "https://" : "http://") + host;
  if (port != (secure ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

Result<ServerUrl> parse_server_url(std::string_view text) {
  const std::string given(text);
  const auto refuse = [&] {
    return Error{ErrorCode::invalid,
                 "\"" + given + "\" is not the address of a server; give one like https://studio.example"};
  };
  ServerUrl url;
  bool scheme_given = true;
  if (text.starts_with("https://")) {
    url.secure = true;
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else if (text.find("://") != std::string_view::npos) {
    return refuse();
  } else {
    scheme_given = false;
  }
  while (text.ends_with('/')) text.remove_suffix(1);
  // An IPv6 address has colons of its own and stands in brackets.
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  if (text.starts_with('[') && (bracket == std::string_view::npos || bracket == 1)) return refuse();
  const std::size_t colon = bracket == std::string_view::npos ? text.find(':') : text.find(':', bracket);
  url.host = std::string(text.substr(0, colon));
  if (url.host.empty() || url.host.find_first_of("/@ ?#") != std::string::npos) return refuse();
  if (bracket != std::string_view::npos && url.host.size() != bracket + 1) return refuse();
  const bool here = url.host == "localhost" || url.host == "[::1]" || url.host.starts_with("127.");
  if (!scheme_given) url.secure = !here;
  url.port = url.secure ? 443 : 80;
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || url.port == 0) return refuse();
  }
  return url;
}

namespace {

constexpr std::string_view kLinkPath = "/join#";
constexpr std::string_view kLinkSecretPrefix = "tb_link_";

}  // namespace

bool is_link_secret(std::string_view token) noexcept {
  constexpr std::string_view kAllowed = "0123456789abcdef";
  return token.starts_with(kLinkSecretPrefix) && token.size() > kLinkSecretPrefix.size() &&
         token.find_first_not_of(kAllowed, kLinkSecretPrefix.size()) == std::string_view::npos;
}

std::string LinkUrl::text() const { return server.text() + std::string(kLinkPath) + secret; }

// The error does not repeat what was given: it may end in a log.
Result<LinkUrl> parse_link_url(std::string_view text) {
  const Error refused{ErrorCode::invalid,
                      "this is no link to a project; one looks like https://studio.example/join#tb_link_0123…, whole"};
  const std::size_t path = text.find(kLinkPath);
  if (path == std::string_view::npos) return refused;
  const std::string_view secret = text.substr(path + kLinkPath.size());
  auto server = parse_server_url(text.substr(0, path));
  if (!server || !is_link_secret(secret)) return refused;
  return LinkUrl{.server = *std::move(server), .secret = std::string(secret)};
}

}  // namespace talkback::net
