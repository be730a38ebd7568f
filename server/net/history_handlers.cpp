// Sessions and edits of the past, branches, versions, suggestions.
#include <algorithm>
#include <charconv>
#include <map>

#include "engine/session/state.hpp"
#include "server/domain/history.hpp"
#include "server/domain/messages.hpp"
#include "server/net/handlers.hpp"
#include "server/net/json.hpp"
#include "server/net/limits.hpp"
#include "server/net/room_hub.hpp"
#include "server/ops/log.hpp"

namespace talkback::net {

using domain::moment_of;
using domain::wire_of;

Result<std::uint64_t> whole_number(const std::string& text, const std::string& name) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > std::uint64_t{INT64_MAX})
    return Error{ErrorCode::invalid, "\"" + name + "\" is to be a whole number"};
  return value;
}

namespace {

// nullopt where the query does not have it.
Result<std::optional<std::uint64_t>> query_number(const Request& request, const std::string& name) {
  const auto found = request.http.query.find(name);
  if (found == request.http.query.end()) return std::optional<std::uint64_t>();
  TALKBACK_ASSIGN(const std::uint64_t value, whole_number(found->second, name));
  return std::optional(value);
}

HttpResponse created(const google::protobuf::Message& message) {
  HttpResponse response = json_response(message);
  response.status = 201;
  return response;
}

// With the findings of the render that it pins.
Result<v1::Version> measured(Request& request, const domain::Version& version) {
  if (version.render_id.empty()) return wire_of(version, nullptr);
  TALKBACK_ASSIGN(const v1::RenderStatus render, request.services.renders.find(request.project->id, version.render_id));
  return wire_of(version, &render);
}

v1::Suggestion announced(Request& request, const domain::Suggestion& suggestion) {
  v1::HistoryNews news;
  *news.mutable_suggestion() = wire_of(suggestion);
  request.rooms.announce(request.project->id, news);
  return news.suggestion();
}

}  // namespace

Result<domain::Branch> branch_of(Request& request) {
  const auto found = request.http.query.find("branch");
  return request.services.branches.find(request.project->id,
                                        found == request.http.query.end() ? std::string() : found->second);
}

Result<HttpResponse> read_session(Request& request) {
  TALKBACK_ASSIGN(auto wanted, query_number(request, "revision"));
  TALKBACK_ASSIGN(const domain::Branch branch, branch_of(request));
  TALKBACK_ASSIGN(const auto only, only_version(request));
  if (only && (branch.id != only->moment.branch || wanted.value_or(only->moment.revision) != only->moment.revision))
    return opens_one_version(*only, "read other moments");
  if (only) wanted = only->moment.revision;
  domain::EditLog& log = request.services.log;
  TALKBACK_ASSIGN(const domain::SessionAt at,
                  wanted ? domain::load_session(log, branch.id, *wanted) : domain::load_head(log, branch.id));
  return protobuf_response(session::to_state(at.session, at.revision));
}

Result<HttpResponse> read_history(Request& request) {
  TALKBACK_ASSIGN(const auto after, query_number(request, "after"));
  TALKBACK_ASSIGN(const auto count, query_number(request, "count"));
  TALKBACK_ASSIGN(const domain::Branch branch, branch_of(request));
  const std::uint64_t most = std::min<std::uint64_t>(count.value_or(kHistoryEditsMax), kHistoryEditsMax);
  TALKBACK_ASSIGN(const v1::CommittedBatch batch,
                  request.services.log.read(branch.id, after.value_or(0), static_cast<int>(most), kHistoryBytesMax));
  return protobuf_response(batch);
}

Result<HttpResponse> list_branches(Request& request) {
  TALKBACK_ASSIGN(const auto branches, request.services.branches.list(request.project->id));
  TALKBACK_ASSIGN(const auto only, only_version(request));
  v1::BranchList list;
  for (const domain::Branch& branch : branches)
    if (!only || only->moment.branch == branch.id) *list.add_branches() = wire_of(branch);
  return json_response(list);
}

Result<HttpResponse> create_branch(Request& request) {
  v1::NewBranch wanted;
  TALKBACK_TRY(parse_json(request.http.body, wanted));
  TALKBACK_ASSIGN(const domain::Branch branch,
                  request.services.branches.create(request.project->id, request.caller->user, wanted.name(),
                                                   moment_of(wanted.base())));
  v1::HistoryNews news;
  *news.mutable_branch() = wire_of(branch);
  request.rooms.announce(request.project->id, news);
  return created(news.branch());
}

Result<HttpResponse> list_versions(Request& request) {
  TALKBACK_ASSIGN(const auto versions, request.services.versions.list(request.project->id, request.caller->user));
  TALKBACK_ASSIGN(const auto only, only_version(request));
  v1::VersionList list;
  for (const domain::Version& version : versions) {
    if (only && only->id != version.id) continue;
    TALKBACK_ASSIGN(*list.add_versions(), measured(request, version));
  }
  return json_response(list);
}

Result<HttpResponse> create_version(Request& request) {
  v1::NewVersion wanted;
  TALKBACK_TRY(parse_json(request.http.body, wanted));
  TALKBACK_ASSIGN(const domain::Version version,
                  request.services.versions.create(request.project->id, request.caller->user, wanted.name(),
                                                   wanted.note(), moment_of(wanted.moment())));
  v1::HistoryNews news;
  *news.mutable_version() = wire_of(version, nullptr);
  if (version.awaited.empty()) request.rooms.announce(request.project->id, news);
  return created(news.version());
}

void announce_completed_versions(Request& request) {
  const auto versions = request.services.versions.take_completed(request.project->id);
  if (!versions) return ops::log_warning("news of versions were not told", {{"why", versions.error().message}});
  for (const domain::Version& version : *versions) {
    auto wire = measured(request, version);
    v1::HistoryNews news;
    *news.mutable_version() = wire ? *std::move(wire) : wire_of(version, nullptr);
    request.rooms.announce(request.project->id, news);
  }
}

Result<HttpResponse> pin_render(Request& request) {
  v1::PinnedRender wanted;
  TALKBACK_TRY(parse_json(request.http.body, wanted));
  TALKBACK_ASSIGN(const domain::Version version,
                  request.services.versions.pin(request.project->id, request.caller->user, request.name("version"),
                                                wanted.render_id()));
  TALKBACK_ASSIGN(const v1::Version wire, measured(request, version));
  return json_response(wire);
}

Result<HttpResponse> list_suggestions(Request& request) {
  TALKBACK_ASSIGN(const auto suggestions, request.services.suggestions.list(request.project->id));
  v1::SuggestionList list;
  for (const domain::Suggestion& suggestion : suggestions) *list.add_suggestions() = wire_of(suggestion);
  return json_response(list);
}

Result<HttpResponse> create_suggestion(Request& request) {
  v1::NewSuggestion wanted;
  TALKBACK_TRY(parse_json(request.http.body, wanted));
  TALKBACK_ASSIGN(const domain::Suggestion suggestion,
                  request.services.suggestions.create(request.project->id, request.caller->user, wanted.title(),
                                                      wanted.note(), moment_of(wanted.base())));
  return created(announced(request, suggestion));
}

Result<HttpResponse> answer_suggestion(Request& request) {
  v1::SuggestionAnswer wanted;
  TALKBACK_TRY(parse_json(request.http.body, wanted));
  TALKBACK_ASSIGN(const std::uint64_t number, whole_number(request.name("number"), "number"));
  const domain::Answer answer{.state = wanted.state(),
                              .answer = wanted.answer(),
                              .taken_items = {wanted.taken_items().begin(), wanted.taken_items().end()},
                              .rejected_items = {wanted.rejected_items().begin(), wanted.rejected_items().end()}};
  TALKBACK_ASSIGN(const domain::Suggestion suggestion,
                  request.services.suggestions.answer(request.project->id, request.caller->user,
                                                      request.project->my_role, number, answer));
  return json_response(announced(request, suggestion));
}

}  // namespace talkback::net
