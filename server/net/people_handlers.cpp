#include "engine/session/protocol_version.hpp"
#include "server/net/error_mapping.hpp"
#include "server/net/handlers.hpp"
#include "server/net/json.hpp"
#include "server/net/rate_limit.hpp"
#include "server/net/room_hub.hpp"
#include "server/ops/version.hpp"
#include "talkback/v1/api.pb.h"

namespace talkback::net {
namespace {

HttpResponse no_content() {
  HttpResponse response;
  response.status = 204;
  return response;
}

HttpResponse too_many_sign_ins() { return too_many_requests("too many attempts to sign in: wait a minute"); }

v1::User wire_of(const domain::User& user) {
  v1::User wire;
  wire.set_name(user.name);
  wire.set_admin(user.admin);
  return wire;
}

}  // namespace

Result<HttpResponse> see_health(Request&) {
  v1::Health health;
  health.set_status("ok");
  health.set_version(std::string(ops::version()));
  health.set_protocol_version(session::kProtocolVersion);
  return json_response(health);
}

Result<HttpResponse> see_ready(Request& request) {
  if (!request.services.is_ready()) return Error{ErrorCode::unavailable, "the server cannot store anything now"};
  return see_health(request);
}

Result<HttpResponse> sign_in(Request& request) {
  v1::SignIn wanted;
  TALKBACK_TRY(parse_json(request.http.body, wanted));
  const SteadyTime now = std::chrono::steady_clock::now();
  const bool address_may = request.sign_ins.by_address.take(request.http.remote_address, now);
  if (!address_may || !request.sign_ins.by_user.take(wanted.user().substr(0, domain::kUserNameBytesMax), now))
    return too_many_sign_ins();
  auto made = request.services.people.sign_in(wanted.user(), wanted.password(), wanted.label());
  if (!made) return refusal(request, made.error());
  v1::Token token;
  token.set_token(made->token);
  token.set_user(made->user);
  token.set_expires_unix_ms(made->expires_unix_ms);
  return json_response(token);
}

Result<HttpResponse> sign_out(Request& request) {
  TALKBACK_TRY(request.services.people.sign_out(*request.caller));
  request.rooms.revoke_token(request.caller->token);
  return no_content();
}

Result<HttpResponse> see_oneself(Request& request) {
  v1::User wire = wire_of(request.caller->user);
  if (const auto& link = request.caller->link) {
    wire.set_link_expires_unix_ms(request.caller->token_expires_unix_ms);
    wire.set_link_version_id(link->version_id);
  }
  return json_response(wire);
}

Result<HttpResponse> add_user(Request& request) {
  v1::NewUser wanted;
  TALKBACK_TRY(parse_json(request.http.body, wanted));
  TALKBACK_ASSIGN(const domain::User user,
                  request.services.people.add(wanted.name(), wanted.password(), wanted.admin()));
  HttpResponse response = json_response(wire_of(user));
  response.status = 201;
  return response;
}

Result<HttpResponse> change_own_password(Request& request) {
  v1::NewPassword wanted;
  TALKBACK_TRY(parse_json(request.http.body, wanted));
  const domain::Caller& caller = *request.caller;
  // Guessing goes through here too, for whoever has a stolen token.
  if (!request.sign_ins.by_user.take(caller.user.name, std::chrono::steady_clock::now())) return too_many_sign_ins();
  TALKBACK_TRY(request.services.people.change_password(caller, wanted.old_password(), wanted.new_password()));
  request.rooms.revoke_tokens(caller.user.id, caller.token);
  return no_content();
}

}  // namespace talkback::net
