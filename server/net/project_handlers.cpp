#include <algorithm>
#include <charconv>

#include "engine/session/state.hpp"
#include "server/domain/history.hpp"
#include "server/net/handlers.hpp"
#include "server/net/json.hpp"
#include "server/net/limits.hpp"
#include "server/net/room_hub.hpp"
#include "talkback/v1/api.pb.h"

namespace talkback::net {
namespace {

v1::Project wire_of(const domain::Project& project) {
  v1::Project wire;
  wire.set_id(project.id);
  wire.set_name(project.name);
  wire.set_my_role(project.my_role);
  wire.set_owner(project.owner);
  wire.set_head_revision(project.head_revision);
  wire.set_created_unix_ms(project.created_unix_ms);
  wire.set_changed_unix_ms(project.changed_unix_ms);
  return wire;
}

// nullopt where the query does not have it.
Result<std::optional<std::uint64_t>> query_number(const Request& request, const std::string& name) {
  const auto found = request.http.query.find(name);
  if (found == request.http.query.end()) return std::optional<std::uint64_t>();
  const std::string& text = found->second;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > std::uint64_t{INT64_MAX})
    return Error{ErrorCode::invalid, "\"" + name + "\" is to be a whole number"};
  return std::optional(value);
}

}  // namespace

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
  return see_members(request);
}

Result<HttpResponse> remove_member(Request& request) {
  const std::string& user = request.name("user");
  // Everybody may leave; sending others away is the owner's.
  if (user != request.caller->user.name)
    TALKBACK_TRY(domain::check_allowed(domain::Action::change_members, request.project->my_role));
  TALKBACK_TRY(request.services.projects.remove_member(request.project->id, user));
  request.rooms.change_role(request.project->id, user, v1::ROLE_UNSPECIFIED);
  HttpResponse response;
  response.status = 204;
  return response;
}

Result<HttpResponse> read_session(Request& request) {
  TALKBACK_ASSIGN(const auto wanted, query_number(request, "revision"));
  domain::EditLog& log = request.services.log;
  const domain::ProjectId& project = request.project->id;
  TALKBACK_ASSIGN(const domain::SessionAt at,
                  wanted ? domain::load_session(log, project, *wanted) : domain::load_head(log, project));
  return protobuf_response(session::to_state(at.session, at.revision));
}

Result<HttpResponse> read_history(Request& request) {
  TALKBACK_ASSIGN(const auto after, query_number(request, "after"));
  TALKBACK_ASSIGN(const auto count, query_number(request, "count"));
  const std::uint64_t most = std::min<std::uint64_t>(count.value_or(kHistoryEditsMax), kHistoryEditsMax);
  TALKBACK_ASSIGN(const v1::CommittedBatch batch, request.services.log.read(request.project->id, after.value_or(0),
                                                                            static_cast<int>(most), kHistoryBytesMax));
  return protobuf_response(batch);
}

}  // namespace talkback::net
