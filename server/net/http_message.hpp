// An HTTP request and its answer as plain values: what the handlers see. No Beast here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/blobs.hpp"

namespace talkback::net {

enum class Method { get, head, post, put, patch, remove };

struct HttpRequest {
  Method method = Method::get;
  // Decoded, without the query; begins with '/'.
  std::string path;
  std::map<std::string, std::string> query;
  // The headers that mean something here, empty where absent.
  std::string authorization;
  std::string range;
  std::string if_none_match;
  std::string upload_offset;
  std::string origin;
  std::string host;
  std::string remote_address;
  std::string body;
  // As announced; nullopt where the end of the body tells.
  std::optional<std::int64_t> body_bytes = {};
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Where set, `count` bytes from `first` of this are the body.
  std::shared_ptr<domain::BlobReader> blob;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

// Splits and decodes; false for a target that is no path or is badly encoded.
bool parse_target(std::string_view target, HttpRequest& request);

}  // namespace talkback::net
