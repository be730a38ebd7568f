// Domain values as the messages that travel: one function each. [any-thread]
#pragma once

#include "server/domain/links.hpp"
#include "server/domain/suggestions.hpp"
#include "talkback/v1/api.pb.h"

namespace talkback::domain {

v1::Project wire_of(const Project& project);
v1::Moment wire_of(const Moment& moment);
v1::Branch wire_of(const Branch& branch);
// The render that it pins is given where it is done.
v1::Version wire_of(const Version& version, const v1::RenderStatus* render);
v1::Link wire_of(const Link& link, std::int64_t now_unix_ms);
v1::Suggestion wire_of(const Suggestion& suggestion);

Moment moment_of(const v1::Moment& moment);

}  // namespace talkback::domain
