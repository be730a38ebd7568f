// Messages as JSON, in protobuf's mapping with the original field names: what the HTTP interface speaks (api.proto).
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

namespace talkback::session {

// Fields without presence are printed also where they are zero.
std::string to_json(const google::protobuf::Message& message);

// Unknown fields are left out: a newer peer may say more. False where the text is not the JSON of this message.
[[nodiscard]] bool from_json(std::string_view json, google::protobuf::Message& message);

}  // namespace talkback::session
