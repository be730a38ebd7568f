// Errors of the domain to the wire: the one place where a code gets its HTTP status.
#pragma once

#include "engine/base/error.hpp"
#include "server/net/http_message.hpp"

namespace talkback::net {

int http_status_of(ErrorCode code) noexcept;

HttpResponse error_response(const Error& error);
HttpResponse error_response(int status, ErrorCode code, const std::string& message);
// 429, with when to come back: in a minute.
HttpResponse too_many_requests(const std::string& message);

}  // namespace talkback::net
