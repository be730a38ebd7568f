#include "client/net/api.hpp"

#include "engine/session/message_json.hpp"

namespace talkback::net {

std::string project_path(const std::string& project, const std::string& rest) {
  return "/v1/projects/" + escape(project) + rest;
}

namespace {

// query: "&name=value" …
std::string branch_path(const BranchName& branch, const std::string& what, const std::string& query) {
  return project_path(branch.project, what + "?branch=" + escape(branch.branch) + query);
}

}  // namespace

Result<void> Api::call(const std::string& method, const std::string& path, const google::protobuf::Message* body,
                       google::protobuf::Message* answer) {
  HttpRequest request;
  request.method = method;
  request.path = path;
  request.content_type = "application/json";
  if (body != nullptr) request.body = session::to_json(*body);
  TALKBACK_ASSIGN(const HttpAnswer got, client_.send(request));
  if (answer != nullptr && !session::from_json(got.body, *answer)) return unreadable_answer();
  return {};
}

Result<void> Api::fetch(const std::string& path, google::protobuf::Message& answer) {
  TALKBACK_ASSIGN(const HttpAnswer got, client_.send({.path = path}));
  if (!answer.ParseFromString(got.body))
    return Error{ErrorCode::corrupt, "the server's answer cannot be read; please update Talkback"};
  return {};
}

Result<v1::Health> Api::health() {
  v1::Health health;
  TALKBACK_TRY(call("GET", "/healthz", nullptr, &health));
  return health;
}

Result<v1::Token> Api::sign_in(const std::string& user, const std::string& password, const std::string& label) {
  v1::SignIn body;
  body.set_user(user);
  body.set_password(password);
  body.set_label(label);
  v1::Token token;
  TALKBACK_TRY(call("POST", "/v1/tokens", &body, &token));
  return token;
}

Result<void> Api::sign_out() { return call("DELETE", "/v1/tokens/current", nullptr, nullptr); }

Result<v1::User> Api::me() {
  v1::User user;
  TALKBACK_TRY(call("GET", "/v1/users/me", nullptr, &user));
  return user;
}

Result<v1::User> Api::add_user(const v1::NewUser& body) {
  v1::User user;
  TALKBACK_TRY(call("POST", "/v1/users", &body, &user));
  return user;
}

Result<v1::ProjectList> Api::projects() {
  v1::ProjectList list;
  TALKBACK_TRY(call("GET", "/v1/projects", nullptr, &list));
  return list;
}

Result<v1::Project> Api::create_project(const std::string& name, int sample_rate_hz) {
  v1::NewProject body;
  body.set_name(name);
  body.set_sample_rate_hz(sample_rate_hz);
  v1::Project project;
  TALKBACK_TRY(call("POST", "/v1/projects", &body, &project));
  return project;
}

Result<v1::Project> Api::project(const std::string& id) {
  v1::Project project;
  TALKBACK_TRY(call("GET", project_path(id), nullptr, &project));
  return project;
}

Result<v1::MemberList> Api::members(const std::string& project) {
  v1::MemberList list;
  TALKBACK_TRY(call("GET", project_path(project, "/members"), nullptr, &list));
  return list;
}

Result<v1::MemberList> Api::set_member(const std::string& project, const v1::Member& member) {
  v1::MemberList list;
  TALKBACK_TRY(call("PUT", project_path(project, "/members/" + escape(member.user())), &member, &list));
  return list;
}

Result<void> Api::remove_member(const std::string& project, const std::string& user) {
  return call("DELETE", project_path(project, "/members/" + escape(user)), nullptr, nullptr);
}

Result<v1::LinkList> Api::links(const std::string& project) {
  v1::LinkList links;
  TALKBACK_TRY(call("GET", project_path(project, "/links"), nullptr, &links));
  return links;
}

Result<v1::NewLinkMade> Api::make_link(const std::string& project, const v1::NewLink& link) {
  v1::NewLinkMade made;
  TALKBACK_TRY(call("POST", project_path(project, "/links"), &link, &made));
  return made;
}

Result<void> Api::revoke_link(const std::string& project, std::uint64_t number) {
  return call("DELETE", project_path(project, "/links/" + std::to_string(number)), nullptr, nullptr);
}

Result<v1::SessionState> Api::session(const BranchName& branch, std::uint64_t revision) {
  v1::SessionState state;
  const std::string query = revision == 0 ? "" : "&revision=" + std::to_string(revision);
  TALKBACK_TRY(fetch(branch_path(branch, "/session", query), state));
  return state;
}

Result<v1::SessionState> Api::session_before(const BranchName& branch, std::uint64_t revision) {
  v1::SessionState state;
  TALKBACK_TRY(fetch(branch_path(branch, "/session", "&revision=" + std::to_string(revision - 1)), state));
  return state;
}

Result<v1::CommittedBatch> Api::history(const BranchName& branch, std::uint64_t after, int count) {
  v1::CommittedBatch batch;
  const std::string query = "&after=" + std::to_string(after) + "&count=" + std::to_string(count);
  TALKBACK_TRY(fetch(branch_path(branch, "/history", query), batch));
  return batch;
}

Result<v1::BranchList> Api::branches(const std::string& project) {
  v1::BranchList list;
  TALKBACK_TRY(call("GET", project_path(project, "/branches"), nullptr, &list));
  return list;
}

Result<v1::Branch> Api::create_branch(const std::string& project, const v1::NewBranch& body) {
  v1::Branch branch;
  TALKBACK_TRY(call("POST", project_path(project, "/branches"), &body, &branch));
  return branch;
}

Result<v1::VersionList> Api::versions(const std::string& project) {
  v1::VersionList list;
  TALKBACK_TRY(call("GET", project_path(project, "/versions"), nullptr, &list));
  return list;
}

Result<v1::Version> Api::create_version(const std::string& project, const v1::NewVersion& body) {
  v1::Version version;
  TALKBACK_TRY(call("POST", project_path(project, "/versions"), &body, &version));
  return version;
}

Result<v1::Version> Api::pin_render(const std::string& project, const std::string& id, const std::string& render) {
  v1::PinnedRender body;
  body.set_render_id(render);
  v1::Version version;
  TALKBACK_TRY(call("PUT", project_path(project, "/versions/" + escape(id) + "/render"), &body, &version));
  return version;
}

Result<v1::SuggestionList> Api::suggestions(const std::string& project) {
  v1::SuggestionList list;
  TALKBACK_TRY(call("GET", project_path(project, "/suggestions"), nullptr, &list));
  return list;
}

Result<v1::Suggestion> Api::create_suggestion(const std::string& project, const v1::NewSuggestion& body) {
  v1::Suggestion suggestion;
  TALKBACK_TRY(call("POST", project_path(project, "/suggestions"), &body, &suggestion));
  return suggestion;
}

Result<v1::Suggestion> Api::answer_suggestion(const std::string& project, std::uint64_t number,
                                              const v1::SuggestionAnswer& body) {
  v1::Suggestion suggestion;
  const std::string path = "/suggestions/" + std::to_string(number) + "/answer";
  TALKBACK_TRY(call("POST", project_path(project, path), &body, &suggestion));
  return suggestion;
}

Result<void> Api::trash_project(const std::string& id) { return call("DELETE", project_path(id), nullptr, nullptr); }

Result<v1::Project> Api::restore_project(const std::string& id) {
  v1::Project project;
  TALKBACK_TRY(call("POST", project_path(id, "/restored"), nullptr, &project));
  return project;
}

Result<v1::RenderStatus> Api::start_render(const std::string& project, const v1::NewRender& body) {
  v1::RenderStatus status;
  TALKBACK_TRY(call("POST", project_path(project, "/renders"), &body, &status));
  return status;
}

Result<v1::RenderStatus> Api::render(const std::string& project, const std::string& render) {
  v1::RenderStatus status;
  TALKBACK_TRY(call("GET", project_path(project, "/renders/" + escape(render)), nullptr, &status));
  return status;
}

Result<v1::RenderList> Api::renders(const std::string& project) {
  v1::RenderList list;
  TALKBACK_TRY(call("GET", project_path(project, "/renders"), nullptr, &list));
  return list;
}

Result<void> Api::cancel_render(const std::string& project, const std::string& render) {
  return call("DELETE", project_path(project, "/renders/" + escape(render)), nullptr, nullptr);
}

}  // namespace talkback::net
