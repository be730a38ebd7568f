// Domain values as the messages that travel: one function each. [any-thread]
#pragma once

#include "server/domain/suggestions.hpp"
#include "talkback/v1/api.pb.h"

namespace talkback::net {

v1::Project wire_of(const domain::Project& project);
v1::Moment wire_of(const domain::Moment& moment);
v1::Branch wire_of(const domain::Branch& branch);
// The render that it pins is given where it is done.
v1::Version wire_of(const domain::Version& version, const v1::RenderStatus* render);
v1::Suggestion wire_of(const domain::Suggestion& suggestion);

domain::Moment moment_of(const v1::Moment& moment);

}  // namespace talkback::net
