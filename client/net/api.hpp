// The server's HTTP interface (api.proto) as typed calls. Blocking; one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/net/http.hpp"
#include "talkback/v1/api.pb.h"
#include "talkback/v1/edit.pb.h"

namespace talkback::net {

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
  Result<v1::MemberList> members(const std::string& project);
  Result<v1::MemberList> set_member(const std::string& project, const v1::Member& member);
  Result<void> remove_member(const std::string& project, const std::string& user);

  // revision 0: the head.
  Result<v1::SessionState> session(const std::string& project, std::uint64_t revision);
  // The state on which the edit with this revision was made.
  Result<v1::SessionState> session_before(const std::string& project, std::uint64_t revision);
  Result<v1::CommittedBatch> history(const std::string& project, std::uint64_t after, int count);

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
