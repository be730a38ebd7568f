// What absent fields mean.
#pragma once

#include "talkback/v1/session.pb.h"

namespace talkback::session {

// A copy in which every absent optional field with a default (FieldRule.default_value) holds it, at any depth of
// messages that are set, and equaliser bands and the like that are not set are filled as well.
v1::Object with_defaults(const v1::Object& object);
v1::Settings with_defaults(const v1::Settings& settings);

}  // namespace talkback::session
