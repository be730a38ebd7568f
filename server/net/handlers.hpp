// The handlers behind the routes, by noun. Each blocks and runs on a worker thread.
#pragma once

#include <memory>

#include "server/net/routes.hpp"

namespace talkback::net {

// people_handlers.cpp
Result<HttpResponse> see_health(Request& request);
Result<HttpResponse> see_ready(Request& request);
Result<HttpResponse> sign_in(Request& request);
Result<HttpResponse> sign_out(Request& request);
Result<HttpResponse> see_oneself(Request& request);
Result<HttpResponse> add_user(Request& request);
Result<HttpResponse> change_own_password(Request& request);

// project_handlers.cpp
Result<HttpResponse> list_projects(Request& request);
Result<HttpResponse> create_project(Request& request);
Result<HttpResponse> see_project(Request& request);
Result<HttpResponse> see_members(Request& request);
Result<HttpResponse> set_member(Request& request);
Result<HttpResponse> remove_member(Request& request);
Result<HttpResponse> trash_project(Request& request);
Result<HttpResponse> restore_project(Request& request);
Result<HttpResponse> describe_archive(Request& request);

// history_handlers.cpp
Result<HttpResponse> read_session(Request& request);
Result<HttpResponse> read_history(Request& request);
Result<HttpResponse> list_branches(Request& request);
Result<HttpResponse> create_branch(Request& request);
Result<HttpResponse> list_versions(Request& request);
Result<HttpResponse> create_version(Request& request);
Result<HttpResponse> pin_render(Request& request);
Result<HttpResponse> list_suggestions(Request& request);
Result<HttpResponse> create_suggestion(Request& request);
Result<HttpResponse> answer_suggestion(Request& request);
// What "?branch=" names; the main branch where it is not there.
Result<domain::Branch> branch_of(Request& request);

// A part of the path or the query; `name` is for the error.
Result<std::uint64_t> whole_number(const std::string& text, const std::string& name);

// link_handlers.cpp
Result<HttpResponse> list_links(Request& request);
Result<HttpResponse> make_link(Request& request);
Result<HttpResponse> revoke_link(Request& request);
// Who may no longer share links: those that they have made open nothing any more, and their rooms are closed.
Result<void> revoke_links_of(Request& request, const std::string& maker);
// The version that the caller's link opens; nullopt for everybody who sees the whole project.
Result<std::optional<domain::Version>> only_version(Request& request);
// denied. wanted: what it does not open, a verb first: "join the room".
Error opens_one_version(const domain::Version& version, std::string_view wanted);
// denied: the caller's link opens one version, whose mix this is not.
Result<void> check_is_of_link(Request& request, const Sha256Digest& blob);

// blob_handlers.cpp
Result<HttpResponse> begin_upload(Request& request);
Result<HttpResponse> see_upload(Request& request);
Result<HttpResponse> end_upload(Request& request);
// Of a part that continues an upload, or of a blob that comes whole.
Result<std::unique_ptr<domain::UploadWriter>> open_upload(Request& request);
HttpResponse upload_response(const domain::UploadStatus& status);
// A recording has come: tells the project's rooms of versions that are visible to all with it.
void announce_completed_versions(Request& request);
HttpResponse upload_refusal(Request& request, const Error& error);
Result<HttpResponse> read_blob(Request& request);

// render_handlers.cpp
Result<HttpResponse> order_render(Request& request);
Result<HttpResponse> list_renders(Request& request);
Result<HttpResponse> see_render(Request& request);
Result<HttpResponse> cancel_render(Request& request);

}  // namespace talkback::net
