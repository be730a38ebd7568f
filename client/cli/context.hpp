// What every command shares: the options before it, the home folder, the terminal.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "client/net/api.hpp"
#include "client/project/home.hpp"
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

  // By name or id; several of one name ask for the id. Offline the last listing is used.
  Result<v1::Project> find_project(const std::string& name_or_id);
  // Not yet joined.
  Result<std::unique_ptr<project::OpenProject>> open_project(const std::string& name_or_id);
  // At the head; pending edits of this machine are sent.
  Result<std::unique_ptr<project::OpenProject>> join_project(const std::string& name_or_id);

 private:
  std::unique_ptr<project::Home> home_;
};

// Milliseconds since 1970 as "2026-02-01 18:30" in local time.
std::string time_text(std::int64_t unix_ms);
// "3:25.1"
std::string duration_text(double seconds);

}  // namespace talkback::cli
