#include "client/project/home.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "client/net/http.hpp"
#include "client/project/private_file.hpp"
#include "engine/session/message_json.hpp"

namespace talkback::project {
namespace {

std::filesystem::path default_folder() {
  if (const char* home = std::getenv("TALKBACK_HOME"); home != nullptr && *home != '\0') return home;
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0')
    return std::filesystem::path(data) / "talkback";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : ".") / ".local/share/talkback";
}

}  // namespace

Result<Home> Home::open(const std::filesystem::path& explicit_folder) {
  Home home(std::filesystem::absolute(explicit_folder.empty() ? default_folder() : explicit_folder));
  std::error_code failed;
  std::filesystem::create_directories(home.folder_, failed);
  if (failed) return Error{ErrorCode::unavailable, "cannot create " + home.folder_.string() + ": " + failed.message()};
  std::filesystem::permissions(home.folder_, std::filesystem::perms::owner_all, failed);
  return home;
}

std::filesystem::path Home::replica_file(const net::BranchName& branch) const {
  return folder_ / "projects" / (net::escape(branch.branch.empty() ? branch.project : branch.branch) + ".sqlite");
}

Result<Credentials> Home::credentials() const {
  const Error missing{ErrorCode::denied, "you are not signed in; run: talkback login SERVER --user NAME"};
  const auto text = read_file(folder_ / "credentials.json");
  if (!text) return missing;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object()) return missing;
  for (const char* field : {"server", "user", "token"})
    if (!json.contains(field) || !json[field].is_string()) return missing;
  TALKBACK_ASSIGN(const net::ServerUrl server, net::parse_server_url(json["server"].get<std::string>()));
  return Credentials{server, json["user"].get<std::string>(), json["token"].get<std::string>()};
}

Result<void> Home::keep_credentials(const Credentials& credentials) const {
  const nlohmann::json json{
      {"server", credentials.server.text()}, {"user", credentials.user}, {"token", credentials.token}};
  return write_private_file(folder_ / "credentials.json", json.dump(2) + "\n");
}

void Home::forget_credentials() const {
  std::error_code ignored;
  std::filesystem::remove(folder_ / "credentials.json", ignored);
}

void Home::keep_projects(const v1::ProjectList& projects) const {
  // A convenience: without it only names cannot be found offline.
  static_cast<void>(write_private_file(folder_ / "projects.json", session::to_json(projects)).has_value());
}

void Home::keep_branches(const std::string& project_id, const v1::BranchList& branches) const {
  std::error_code ignored;
  std::filesystem::create_directories(folder_ / "projects", ignored);
  const std::filesystem::path file = folder_ / "projects" / (net::escape(project_id) + ".branches.json");
  static_cast<void>(write_private_file(file, session::to_json(branches)).has_value());
}

v1::BranchList Home::kept_branches(const std::string& project_id) const {
  v1::BranchList branches;
  if (const auto text = read_file(folder_ / "projects" / (net::escape(project_id) + ".branches.json")))
    if (!session::from_json(*text, branches)) branches.Clear();
  return branches;
}

v1::ProjectList Home::kept_projects() const {
  v1::ProjectList projects;
  if (const auto text = read_file(folder_ / "projects.json"))
    if (!session::from_json(*text, projects)) projects.Clear();
  return projects;
}

}  // namespace talkback::project
