#include "server/net/routes.hpp"

#include <array>
#include <chrono>

#include "server/net/error_mapping.hpp"
#include "server/net/handlers.hpp"
#include "server/net/rate_limit.hpp"

namespace talkback::net {

using domain::Access;
using domain::Action;

namespace {

constexpr std::array<Route, 40> kRoutes{{
    {Method::get, "/healthz", Action::see_health, Body::none, see_health},
    {Method::get, "/readyz", Action::see_health, Body::none, see_ready},
    {Method::post, "/v1/tokens", Action::sign_in, Body::json, sign_in},
    {Method::remove, "/v1/tokens/current", Action::sign_out, Body::none, sign_out},
    {Method::get, "/v1/users/me", Action::see_oneself, Body::none, see_oneself},
    {Method::post, "/v1/users", Action::add_user, Body::json, add_user},
    {Method::post, "/v1/users/me/password", Action::change_own_password, Body::json, change_own_password},
    {Method::get, "/v1/projects", Action::list_projects, Body::none, list_projects},
    {Method::post, "/v1/projects", Action::create_project, Body::json, create_project},
    {Method::get, "/v1/projects/{project}", Action::see_project, Body::none, see_project},
    {Method::remove, "/v1/projects/{project}", Action::trash_project, Body::none, trash_project},
    {Method::post, "/v1/projects/{project}/restored", Action::restore_project, Body::none, restore_project},
    {Method::get, "/v1/projects/{project}/members", Action::see_members, Body::none, see_members},
    {Method::put, "/v1/projects/{project}/members/{user}", Action::change_members, Body::json, set_member},
    {Method::remove, "/v1/projects/{project}/members/{user}", Action::leave_project, Body::none, remove_member},
    {Method::get, "/v1/projects/{project}/links", Action::see_links, Body::none, list_links},
    {Method::post, "/v1/projects/{project}/links", Action::make_link, Body::json, make_link},
    {Method::remove, "/v1/projects/{project}/links/{link}", Action::revoke_link, Body::none, revoke_link},
    {Method::get, "/v1/projects/{project}/archive", Action::make_archive, Body::none, describe_archive},
    {Method::get, "/v1/projects/{project}/session", Action::read_session, Body::none, read_session},
    {Method::get, "/v1/projects/{project}/history", Action::read_history, Body::none, read_history},
    {Method::get, "/v1/projects/{project}/branches", Action::see_versions, Body::none, list_branches},
    {Method::post, "/v1/projects/{project}/branches", Action::create_branch, Body::json, create_branch},
    {Method::get, "/v1/projects/{project}/versions", Action::see_versions, Body::none, list_versions},
    {Method::post, "/v1/projects/{project}/versions", Action::create_version, Body::json, create_version},
    {Method::put, "/v1/projects/{project}/versions/{version}/render", Action::create_version, Body::json, pin_render},
    {Method::get, "/v1/projects/{project}/suggestions", Action::read_history, Body::none, list_suggestions},
    {Method::post, "/v1/projects/{project}/suggestions", Action::suggest, Body::json, create_suggestion},
    {Method::post, "/v1/projects/{project}/suggestions/{number}/answer", Action::suggest, Body::json,
     answer_suggestion},
    {Method::post, "/v1/projects/{project}/uploads", Action::upload_blob, Body::json, begin_upload},
    {Method::get, "/v1/projects/{project}/uploads/{upload}", Action::upload_blob, Body::none, see_upload},
    {Method::post, "/v1/projects/{project}/uploads/{upload}/end", Action::upload_blob, Body::json, end_upload},
    {Method::patch, "/v1/projects/{project}/uploads/{upload}", Action::upload_blob, Body::upload, nullptr},
    {Method::put, "/v1/projects/{project}/blobs/{blob}", Action::upload_blob, Body::upload, nullptr},
    {Method::get, "/v1/projects/{project}/blobs/{blob}", Action::read_blob, Body::none, read_blob},
    {Method::post, "/v1/projects/{project}/renders", Action::order_render, Body::json, order_render},
    {Method::get, "/v1/projects/{project}/renders", Action::see_renders, Body::none, list_renders},
    {Method::get, "/v1/projects/{project}/renders/{render}", Action::see_renders, Body::none, see_render},
    {Method::remove, "/v1/projects/{project}/renders/{render}", Action::cancel_render, Body::none, cancel_render},
    {Method::get, "/v1/projects/{project}/room", Action::join_room, Body::room, nullptr},
}};

// The next part of a path that begins with '/', taken off.
std::string_view take_part(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view part = path.substr(0, path.find('/'));
  path.remove_prefix(part.size());
  return part;
}

std::optional<std::map<std::string, std::string, std::less<>>> match(std::string_view pattern, std::string_view path) {
  std::map<std::string, std::string, std::less<>> names;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_part(pattern);
    const std::string_view part = take_part(path);
    if (wanted.starts_with('{') && !part.empty())
      names.emplace(wanted.substr(1, wanted.size() - 2), part);
    else if (wanted != part)
      return std::nullopt;
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return names;
}

Result<std::string_view> token_of(const HttpRequest& request) {
  static constexpr std::string_view kScheme = "Bearer ";
  const std::string_view header = request.authorization;
  if (!header.starts_with(kScheme)) return Error{ErrorCode::denied, "sign in first: this needs a token"};
  return header.substr(kScheme.size());
}

// Whom a link to the project would help is told so, and what theirs opens.
Result<void> check_link(const domain::Policy& policy, Request& request) {
  auto allowed = domain::check_link(policy.action, request.caller->link->reach());
  if (allowed || policy.links == domain::LinkReach::none) return allowed;
  const auto only = only_version(request);
  return only && *only ? opens_one_version(**only, policy.words) : allowed;
}

}  // namespace

std::span<const Route> routes() noexcept { return kRoutes; }

RouteMatch find_route(Method method, std::string_view path) {
  RouteMatch found;
  const Method wanted = method == Method::head ? Method::get : method;
  for (const Route& route : routes()) {
    auto names = match(route.pattern, path);
    if (!names) continue;
    if (route.method == wanted) return {.route = &route, .names = *std::move(names), .other_method = false};
    found.other_method = true;
  }
  return found;
}

Result<void> authorise(const Route& route, Request& request) {
  const domain::Policy& policy = domain::policy_of(route.action);
  if (policy.access == Access::anyone) return {};
  TALKBACK_ASSIGN(const std::string_view token, token_of(request.http));
  auto caller = request.services.people.caller_of(token);
  if (!caller && caller.error().code == ErrorCode::denied &&
      !request.sign_ins.wrong_tokens.take(request.http.remote_address, std::chrono::steady_clock::now()))
    return Error{ErrorCode::exhausted, "too many tokens that open nothing: wait a minute"};
  if (!caller) return caller.error();
  request.caller = *std::move(caller);
  const domain::User& user = request.caller->user;
  const auto& link = request.caller->link;
  if (link && policy.access != Access::member) TALKBACK_TRY(domain::check_link(route.action, link->reach()));
  if (policy.access == Access::admin && !user.admin)
    return Error{ErrorCode::denied, "only an administrator may " + std::string(policy.words)};
  if (policy.access != Access::member) return {};
  TALKBACK_ASSIGN(request.project, request.services.projects.find_allowed(request.name("project"), user, route.action));
  return link ? check_link(policy, request) : Result<void>();
}

HttpResponse refusal(const Request& request, const Error& error) {
  if (!request.caller && error.code == ErrorCode::denied) return error_response(401, error.code, error.message);
  if (!request.caller && error.code == ErrorCode::exhausted) return too_many_requests(error.message);
  return error_response(error);
}

HttpResponse answer(const Route& route, Request& request) {
  if (const auto allowed = authorise(route, request); !allowed) return refusal(request, allowed.error());
  auto response = route.handler(request);
  return response ? *std::move(response) : refusal(request, response.error());
}

}  // namespace talkback::net
