#include "client/net/json.hpp"

#include <google/protobuf/util/json_util.h>

namespace talkback::net {

std::string to_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  TALKBACK_CHECK(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  return json;
}

Result<void> from_json(std::string_view json, google::protobuf::Message& message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), &message, options);
  if (!status.ok()) return Error{ErrorCode::corrupt, "the server's answer cannot be read; is this a Talkback server?"};
  return {};
}

}  // namespace talkback::net
