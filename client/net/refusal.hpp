// What a server's answer says when it is no success. [any-thread]
#pragma once

#include <string>

#include "engine/base/result.hpp"

namespace talkback::net {

// body: an ErrorBody of api.proto, whose error it is; of anything else the status tells, which is all that a proxy in
// between may say.
Error refusal_of(int status, const std::string& body);

}  // namespace talkback::net
