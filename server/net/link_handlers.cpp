// Links that open a project, and what those to one version leave shut.
#include <algorithm>

#include "server/domain/messages.hpp"
#include "server/net/handlers.hpp"
#include "server/net/json.hpp"
#include "server/net/room_hub.hpp"

namespace talkback::net {

Result<HttpResponse> list_links(Request& request) {
  TALKBACK_ASSIGN(const auto links, request.services.links.list(request.project->id));
  const std::int64_t now = request.services.clock.now_unix_ms();
  v1::LinkList list;
  for (const domain::Link& link : links) *list.add_links() = domain::wire_of(link, now);
  return json_response(list);
}

Result<HttpResponse> make_link(Request& request) {
  v1::NewLink wanted;
  TALKBACK_TRY(parse_json(request.http.body, wanted));
  TALKBACK_ASSIGN(const domain::NewLink made, request.services.links.make(request.project->id, request.caller->user,
                                                                          {.name = wanted.name(),
                                                                           .role = wanted.role(),
                                                                           .version = wanted.version(),
                                                                           .lifetime_ms = wanted.lifetime_ms()}));
  v1::NewLinkMade wire;
  *wire.mutable_link() = domain::wire_of(made.link, request.services.clock.now_unix_ms());
  wire.set_secret(made.secret);
  HttpResponse response = json_response(wire);
  response.status = 201;
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Result<HttpResponse> revoke_link(Request& request) {
  TALKBACK_ASSIGN(const std::uint64_t number, whole_number(request.name("link"), "link"));
  TALKBACK_ASSIGN(const domain::UserId link, request.services.links.revoke(request.project->id, number));
  request.rooms.dismiss(link, "the link was revoked");
  HttpResponse response;
  response.status = 204;
  return response;
}

Result<void> revoke_links_of(Request& request, const std::string& maker) {
  TALKBACK_ASSIGN(const auto links, request.services.links.revoke_made_by(request.project->id, maker));
  for (const domain::UserId link : links) request.rooms.dismiss(link, "the link was revoked");
  return {};
}

Result<std::optional<domain::Version>> only_version(Request& request) {
  const auto& link = request.caller->link;
  if (!link || link->version_id.empty()) return std::optional<domain::Version>();
  TALKBACK_ASSIGN(domain::Version version,
                  request.services.versions.find(request.project->id, request.caller->user, link->version_id));
  return std::optional(std::move(version));
}

Error opens_one_version(const domain::Version& version, std::string_view wanted) {
  return {ErrorCode::denied, "this link opens version \"" + version.name +
                                 "\" alone, whose mix talkback version render gets: to " + std::string(wanted) +
                                 ", ask for a link to the project"};
}

Result<void> check_is_of_link(Request& request, const Sha256Digest& blob) {
  TALKBACK_ASSIGN(const auto only, only_version(request));
  if (!only) return {};
  const Error refused = opens_one_version(*only, "hear more");
  if (only->render_id.empty()) return refused;
  TALKBACK_ASSIGN(const v1::RenderStatus render, request.services.renders.find(request.project->id, only->render_id));
  const auto is_it = [hex = to_hex(blob)](const v1::Artifact& artifact) { return artifact.blob_sha256() == hex; };
  if (std::ranges::none_of(render.artifacts(), is_it)) return refused;
  return {};
}

}  // namespace talkback::net
