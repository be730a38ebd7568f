#include "server/net/handlers.hpp"
#include "server/net/json.hpp"
#include "talkback/v1/api.pb.h"

namespace talkback::net {

Result<HttpResponse> order_render(Request& request) {
  v1::NewRender wanted;
  TALKBACK_TRY(parse_json(request.http.body, wanted));
  TALKBACK_TRY(domain::check_settings(wanted.settings()));
  const domain::ProjectId& project = request.project->id;
  TALKBACK_ASSIGN(const domain::Moment moment,
                  request.services.branches.resolve(project, {wanted.branch_id(), wanted.revision()}));
  TALKBACK_ASSIGN(const v1::RenderStatus status,
                  request.services.renders.order(project, request.caller->user, moment, wanted.settings()));
  HttpResponse response = json_response(status);
  response.status = 201;
  return response;
}

Result<HttpResponse> list_renders(Request& request) {
  TALKBACK_ASSIGN(const auto renders, request.services.renders.list(request.project->id));
  TALKBACK_ASSIGN(const auto only, only_version(request));
  v1::RenderList list;
  for (const v1::RenderStatus& status : renders)
    if (!only || only->render_id == status.render_id()) *list.add_renders() = status;
  return json_response(list);
}

Result<HttpResponse> see_render(Request& request) {
  TALKBACK_ASSIGN(const auto only, only_version(request));
  if (only && only->render_id != request.name("render")) return opens_one_version(*only, "see other renders");
  TALKBACK_ASSIGN(const v1::RenderStatus status,
                  request.services.renders.find(request.project->id, request.name("render")));
  return json_response(status);
}

Result<HttpResponse> cancel_render(Request& request) {
  TALKBACK_ASSIGN(const v1::RenderStatus status,
                  request.services.renders.cancel(request.project->id, request.name("render")));
  return json_response(status);
}

}  // namespace talkback::net
