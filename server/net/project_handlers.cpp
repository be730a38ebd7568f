#include "server/domain/messages.hpp"
#include "server/net/handlers.hpp"
#include "server/net/json.hpp"
#include "server/net/room_hub.hpp"

namespace talkback::net {

using domain::wire_of;
Result<HttpResponse> list_projects(Request& request) {
  TALKBACK_ASSIGN(const auto projects, request.services.projects.list(request.caller->user));
  v1::ProjectList list;
  for (const domain::Project& project : projects) *list.add_projects() = wire_of(project);
  return json_response(list);
}

Result<HttpResponse> create_project(Request& request) {
  v1::NewProject wanted;
  TALKBACK_TRY(parse_json(request.http.body, wanted));
  TALKBACK_ASSIGN(const domain::Project project,
                  request.services.projects.create(request.caller->user, wanted.name(), wanted.sample_rate_hz()));
  HttpResponse response = json_response(wire_of(project));
  response.status = 201;
  return response;
}

Result<HttpResponse> see_project(Request& request) { return json_response(wire_of(*request.project)); }

Result<HttpResponse> see_members(Request& request) {
  TALKBACK_ASSIGN(const auto members, request.services.projects.members(request.project->id));
  v1::MemberList list;
  for (const domain::Member& member : members) {
    v1::Member& wire = *list.add_members();
    wire.set_user(member.user);
    wire.set_role(member.role);
  }
  return json_response(list);
}

Result<HttpResponse> set_member(Request& request) {
  v1::Member wanted;
  TALKBACK_TRY(parse_json(request.http.body, wanted));
  const std::string& user = request.name("user");
  if (!wanted.user().empty() && wanted.user() != user)
    return Error{ErrorCode::invalid, "the path names " + user + ", the body " + wanted.user()};
  TALKBACK_TRY(request.services.projects.set_member(request.project->id, {.user = user, .role = wanted.role()}));
  request.rooms.change_role(request.project->id, user, wanted.role());
  if (!domain::is_allowed(domain::Action::make_link, wanted.role())) TALKBACK_TRY(revoke_links_of(request, user));
  return see_members(request);
}

Result<HttpResponse> remove_member(Request& request) {
  const std::string& user = request.name("user");
  // Everybody may leave; sending others away is the owner's.
  if (user != request.caller->user.name)
    TALKBACK_TRY(domain::check_allowed(domain::Action::change_members, request.project->my_role));
  TALKBACK_TRY(request.services.projects.remove_member(request.project->id, user));
  request.rooms.change_role(request.project->id, user, v1::ROLE_UNSPECIFIED);
  TALKBACK_TRY(revoke_links_of(request, user));
  HttpResponse response;
  response.status = 204;
  return response;
}

Result<HttpResponse> trash_project(Request& request) {
  TALKBACK_TRY(request.services.projects.trash(request.project->id));
  request.rooms.end(request.project->id, {ErrorCode::not_found, "the project was put into the trash by its owner"});
  HttpResponse response;
  response.status = 204;
  return response;
}

Result<HttpResponse> restore_project(Request& request) {
  TALKBACK_TRY(request.services.projects.restore(request.project->id));
  request.project->trashed_unix_ms = 0;
  return see_project(request);
}

Result<HttpResponse> describe_archive(Request& request) {
  TALKBACK_ASSIGN(const v1::ProjectArchive archive, request.services.describe_archive(*request.project));
  return protobuf_response(archive);
}

}  // namespace talkback::net
