// The folder in which a member's machine keeps its sign-ins, projects and media.
//
//   credentials.json   server, user and token (mode 0600)
//   projects.json      names and ids of the last listing, for work without the server
//   projects/ID.sqlite state and pending edits of a branch, the main one's id being the project's (replica_store.hpp)
//   projects/ID.branches.json  names and ids of a project's branches
//   blobs/             media by hash        cache/   decoded media, may be thrown away
//   takes/             what was recorded here
//   devices.json       the sound card that was chosen, and measured round trips (device_settings.hpp)
//   midi/              what keyboards played in the last minutes (midi_history.hpp)
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "client/net/api.hpp"
#include "client/net/url.hpp"
#include "engine/base/result.hpp"
#include "talkback/v1/api.pb.h"

namespace talkback::project {

struct Credentials {
  net::ServerUrl server;
  std::string user;
  std::string token;
};

class Home {
 public:
  // TALKBACK_HOME, else XDG_DATA_HOME/talkback, else ~/.local/share/talkback. An explicit folder wins.
  static Result<Home> open(const std::filesystem::path& explicit_folder);

  const std::filesystem::path& folder() const noexcept { return folder_; }
  std::filesystem::path replica_file(const net::BranchName& branch) const;
  std::filesystem::path blobs() const { return folder_ / "blobs"; }
  std::filesystem::path cache() const { return folder_ / "cache"; }
  std::filesystem::path takes() const { return folder_ / "takes"; }
  // What was sung lately (recorder/input_history.hpp).
  std::filesystem::path lately() const { return folder_ / "lately"; }

  // `denied` with the words to sign in where there are none.
  Result<Credentials> credentials() const;
  Result<void> keep_credentials(const Credentials& credentials) const;
  void forget_credentials() const;

  void keep_projects(const v1::ProjectList& projects) const;
  v1::ProjectList kept_projects() const;
  void keep_branches(const std::string& project_id, const v1::BranchList& branches) const;
  v1::BranchList kept_branches(const std::string& project_id) const;

 private:
  explicit Home(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
};

}  // namespace talkback::project
