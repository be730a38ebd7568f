// The server's HTTP interface (api.proto) as typed calls. Blocking; one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/net/http.hpp"
#include "talkback/v1/api.pb.h"
#include "talkback/v1/edit.pb.h"

namespace talkback::net {

// A branch, by its ids. An empty one is the main branch.
struct BranchName {
  std::string project;
  std::string branch;
};

class Api {
 public:
  explicit Api(HttpClient client) : client_(std::move(client)) {}

  Result<v1::Health> health();
  Result<v1::Token> sign_in(const std::string& user, const std::string& password, const std::string& label);
  Result<void> sign_out();
  Result<v1::User> me();
  Result<v1::User> add_user(const v1::NewUser& user);

  Result<v1::ProjectList> projects();
  Result<v1::Project> create_project(const std::string& name, int sample_rate_hz);
  Result<v1::Project> project(const std::string& id);
  // Into the trash and out of it.
  Result<void> trash_project(const std::string& id);
  Result<v1::Project> restore_project(const std::string& id);
  Result<v1::MemberList> members(const std::string& project);
  Result<v1::MemberList> set_member(const std::string& project, const v1::Member& member);
  Result<void> remove_member(const std::string& project, const std::string& user);

  Result<v1::LinkList> links(const std::string& project);
  Result<v1::NewLinkMade> make_link(const std::string& project, const v1::NewLink& link);
  Result<void> revoke_link(const std::string& project, std::uint64_t number);

  // revision 0: the head.
  Result<v1::SessionState> session(const BranchName& branch, std::uint64_t revision);
  // The state on which the edit with this revision was made.
  Result<v1::SessionState> session_before(const BranchName& branch, std::uint64_t revision);
  // after + 1 and on; may hold less than was asked for, but one where there is one.
  Result<v1::CommittedBatch> history(const BranchName& branch, std::uint64_t after, int count);

  Result<v1::BranchList> branches(const std::string& project);
  Result<v1::Branch> create_branch(const std::string& project, const v1::NewBranch& branch);
  Result<v1::VersionList> versions(const std::string& project);
  Result<v1::Version> create_version(const std::string& project, const v1::NewVersion& version);
  Result<v1::Version> pin_render(const std::string& project, const std::string& version, const std::string& render);
  Result<v1::SuggestionList> suggestions(const std::string& project);
  Result<v1::Suggestion> create_suggestion(const std::string& project, const v1::NewSuggestion& suggestion);
  Result<v1::Suggestion> answer_suggestion(const std::string& project, std::uint64_t number,
                                           const v1::SuggestionAnswer& answer);

  Result<v1::RenderStatus> start_render(const std::string& project, const v1::NewRender& render);
  Result<v1::RenderStatus> render(const std::string& project, const std::string& render);
  Result<v1::RenderList> renders(const std::string& project);
  Result<void> cancel_render(const std::string& project, const std::string& render);

  HttpClient& http() noexcept { return client_; }

 private:
  Result<void> call(const std::string& method, const std::string& path, const google::protobuf::Message* body,
                    google::protobuf::Message* answer);
  Result<void> fetch(const std::string& path, google::protobuf::Message& answer);

  HttpClient client_;
};

// "/v1/projects/ID" and what follows it.
std::string project_path(const std::string& project, const std::string& rest = {});

}  // namespace talkback::net
