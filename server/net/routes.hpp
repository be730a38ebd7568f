// The HTTP interface as one table (proto/talkback/v1/api.proto says it in words): method, path, what it is allowed by
// (domain/policy), how its body comes, who answers. Router and authorisation both read it; nothing else adds a route.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"
#include "server/domain/policy.hpp"
#include "server/net/http_message.hpp"
#include "server/net/services.hpp"

namespace talkback::net {

class RoomHub;
struct SignInLimits;

// One request on its way: who asks, about which project.
struct Request {
  const HttpRequest& http;
  const Services& services;
  RoomHub& rooms;
  SignInLimits& sign_ins;
  // "project", "user", "upload" … as the pattern names them.
  std::map<std::string, std::string, std::less<>> names;
  // Set where the policy asks for it.
  std::optional<domain::Caller> caller;
  std::optional<domain::Project> project;

  const std::string& name(std::string_view key) const { return names.find(key)->second; }
};

enum class Body {
  none,
  json,
  upload,  // streamed to an UploadWriter
  room,    // none: the connection becomes a WebSocket
};

// Blocks; runs on a worker thread.
using Handler = Result<HttpResponse> (*)(Request&);

struct Route {
  Method method;
  std::string_view pattern;  // "/v1/projects/{project}"
  domain::Action action;
  Body body;
  Handler handler;  // null for uploads and rooms
};

std::span<const Route> routes() noexcept;

struct RouteMatch {
  const Route* route = nullptr;
  std::map<std::string, std::string, std::less<>> names;
  // The path exists with another method: 405.
  bool other_method = false;
};

// HEAD finds what GET finds.
RouteMatch find_route(Method method, std::string_view path);

// Fills in caller and project, or refuses. Blocks.
Result<void> authorise(const Route& route, Request& request);

// authorise, then the handler; Errors become their response.
HttpResponse answer(const Route& route, Request& request);

// 401 where nobody signed in, else as the error maps.
HttpResponse refusal(const Request& request, const Error& error);

}  // namespace talkback::net
