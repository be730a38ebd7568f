#include "client/net/refusal.hpp"

#include "engine/session/message_json.hpp"
#include "talkback/v1/api.pb.h"

namespace talkback::net {
namespace {

ErrorCode code_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
      return ErrorCode::denied;
    case 404:
      return ErrorCode::not_found;
    case 409:
    case 416:
      return ErrorCode::conflict;
    case 413:
    case 429:
    case 507:
      return ErrorCode::exhausted;
    case 502:
    case 503:
    case 504:
      return ErrorCode::unavailable;
    default:
      return status >= 500 ? ErrorCode::internal : ErrorCode::invalid;
  }
}

}  // namespace

Error refusal_of(int status, const std::string& body) {
  v1::ErrorBody told;
  if (session::from_json(body, told) && !told.code().empty())
    return Error{error_code_from(told.code()), told.message()};
  return Error{code_of_status(status), "the server answered with HTTP status " + std::to_string(status)};
}

}  // namespace talkback::net
