// HTTP requests to one server, over libcurl: TLS, proxies and keep-alive are its business.
//
// A blocking call each; one HttpClient is used by one thread at a time. Network failures are `unavailable`; an answer
// that says an error is returned as that error (ErrorBody of api.proto).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/net/url.hpp"
#include "engine/base/result.hpp"

namespace talkback::net {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

struct HttpRequest {
  std::string method = "GET";
  std::string path{};  // from "/v1/…", already escaped
  std::string body{};
  std::string content_type{};
  std::vector<std::string> headers{};  // "Name: value"
  // Receives the body instead of HttpAnswer::body while the status is 2xx; false stops the transfer.
  std::function<bool(std::string_view)> sink{};
};

class HttpClient {
 public:
  // token may be empty.
  HttpClient(ServerUrl server, std::string token);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;

  Result<HttpAnswer> send(const HttpRequest& request);
  const ServerUrl& server() const noexcept { return server_; }
  const std::string& token() const noexcept { return token_; }

 private:
  struct Handle;
  ServerUrl server_;
  std::string token_;
  std::unique_ptr<Handle> handle_;
};

// For a body that is not what api.proto promises.
Error unreadable_answer();

// Percent-encodes one path segment.
std::string escape(std::string_view segment);

}  // namespace talkback::net
