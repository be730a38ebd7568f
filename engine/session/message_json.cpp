#include "engine/session/message_json.hpp"

#include <google/protobuf/util/json_util.h>

#include "engine/base/check.hpp"

namespace talkback::session {

namespace util = google::protobuf::util;

std::string to_json(const google::protobuf::Message& message) {
  util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  TALKBACK_CHECK(util::MessageToJsonString(message, &json, options).ok());
  return json;
}

bool from_json(std::string_view json, google::protobuf::Message& message) {
  util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  return util::JsonStringToMessage(google::protobuf::StringPiece(json.data(), json.size()), &message, options).ok();
}

}  // namespace talkback::session
