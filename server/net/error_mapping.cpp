#include "server/net/error_mapping.hpp"

#include "server/net/json.hpp"
#include "talkback/v1/api.pb.h"

namespace talkback::net {

int http_status_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::invalid:
      return 400;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::denied:
      return 403;
    case ErrorCode::exhausted:
      return 507;
    case ErrorCode::corrupt:
      return 422;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

HttpResponse error_response(const Error& error) {
  return error_response(http_status_of(error.code), error.code, error.message);
}

HttpResponse too_many_requests(const std::string& message) {
  HttpResponse response = error_response(429, ErrorCode::exhausted, message);
  response.headers.emplace_back("Retry-After", "60");
  return response;
}

HttpResponse error_response(int status, ErrorCode code, const std::string& message) {
  v1::ErrorBody body;
  body.set_code(std::string(to_string(code)));
  body.set_message(message);
  HttpResponse response = json_response(body);
  response.status = status;
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace talkback::net
