#include "server/net/json.hpp"

#include "engine/session/message_json.hpp"

namespace talkback::net {

HttpResponse json_response(const google::protobuf::Message& message) {
  HttpResponse response;
  response.content_type = "application/json";
  response.body = session::to_json(message);
  return response;
}

HttpResponse protobuf_response(const google::protobuf::Message& message) {
  HttpResponse response;
  response.content_type = "application/x-protobuf";
  response.body = message.SerializeAsString();
  return response;
}

Result<void> parse_json(const std::string& body, google::protobuf::Message& message) {
  if (session::from_json(body, message)) return {};
  return Error{ErrorCode::invalid, "the body is not the JSON of a " + message.GetDescriptor()->name()};
}

}  // namespace talkback::net
