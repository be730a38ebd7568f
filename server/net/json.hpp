// JSON bodies: the protobuf mapping with the field names of api.proto. [any-thread]
#pragma once

#include <google/protobuf/message.h>

#include "engine/base/result.hpp"
#include "server/net/http_message.hpp"

namespace talkback::net {

HttpResponse json_response(const google::protobuf::Message& message);
HttpResponse protobuf_response(const google::protobuf::Message& message);

// Unknown fields are ignored: a newer client may say more. invalid: not JSON, or of the wrong types.
Result<void> parse_json(const std::string& body, google::protobuf::Message& message);

}  // namespace talkback::net
