#include "server/net/json.hpp"

#include <google/protobuf/util/json_util.h>

namespace talkback::net {

HttpResponse json_response(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  HttpResponse response;
  response.content_type = "application/json";
  const auto printed = google::protobuf::util::MessageToJsonString(message, &response.body, options);
  TALKBACK_CHECK(printed.ok());
  return response;
}

HttpResponse protobuf_response(const google::protobuf::Message& message) {
  HttpResponse response;
  response.content_type = "application/x-protobuf";
  response.body = message.SerializeAsString();
  return response;
}

Result<void> parse_json(const std::string& body, google::protobuf::Message& message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto parsed = google::protobuf::util::JsonStringToMessage(body, &message, options);
  if (parsed.ok()) return {};
  return Error{ErrorCode::invalid, "the body is not the JSON of a " + message.GetDescriptor()->name()};
}

}  // namespace talkback::net
