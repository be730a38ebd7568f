// The JSON mapping of protobuf, with the original field names, as api.proto promises.
#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "engine/base/result.hpp"

namespace talkback::net {

std::string to_json(const google::protobuf::Message& message);

// Unknown fields are ignored: a newer server may say more. Fails with `corrupt`.
Result<void> from_json(std::string_view json, google::protobuf::Message& message);

}  // namespace talkback::net
