// What every command shares: the options before it, the home folder, the terminal.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "client/cli/time_text.hpp"
#include "client/net/api.hpp"
#include "client/project/home.hpp"
#include "client/project/moment.hpp"
#include "client/project/open_project.hpp"

namespace talkback::cli {

// Results go to stdout (text, or JSON with --json), everything else to stderr.
class Terminal {
 public:
  bool json = false;

  void line(const std::string& text) const;            // stdout; nothing with --json
  void print_json(const nlohmann::json& value) const;  // stdout
  void table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) const;
  void note(const std::string& text) const;  // stderr
  void warn(const std::string& text) const;  // stderr

  // What changes all the time: on a terminal one line that is written over, else nothing. False: there is no terminal.
  bool status(const std::string& text);

  // Long work: on a terminal one line that is written over, else a line every so often.
  void progress(const std::string& what, double done);  // done: 0 to 1
  void end_progress();

 private:
  std::string last_what_;
  int last_percent_ = -1;
};

class Context {
 public:
  Terminal terminal;
  std::string home_option;

  // Opened when first asked for.
  Result<const project::Home*> home();
  Result<project::Credentials> credentials();
  // With the kept token.
  Result<net::Api> api();

  // "Song" by name or id, several of one name ask for the id; "Song@branch". Offline the last listing is used.
  Result<project::Place> find_place(const std::string& text);
  // The project of the place.
  Result<v1::Project> find_project(const std::string& text);
  // Not yet joined.
  Result<std::unique_ptr<project::OpenProject>> open_project(const std::string& text);
  Result<std::unique_ptr<project::OpenProject>> open_project(const project::Place& place);
  // At the head; pending edits of this machine are sent, and it is told what met others' work.
  Result<std::unique_ptr<project::OpenProject>> join_project(const std::string& text);
  Result<std::unique_ptr<project::OpenProject>> join_project(const project::Place& place);

 private:
  Result<v1::Project> match_project(const std::string& name_or_id, const v1::ProjectList& projects,
                                    const Result<v1::ProjectList>& listed) const;

  std::unique_ptr<project::Home> home_;
};

}  // namespace talkback::cli
