#include "client/cli/context.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

namespace talkback::cli {

namespace {

// Code points of UTF-8: "Été" takes three columns and five bytes.
std::size_t letters_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

void Terminal::line(const std::string& text) const {
  if (!json) std::cout << text << '\n';
}

void Terminal::print_json(const nlohmann::json& value) const { std::cout << value.dump(2) << std::endl; }

void Terminal::note(const std::string& text) const { std::cerr << text << std::endl; }

void Terminal::warn(const std::string& text) const { std::cerr << "warning: " << text << std::endl; }

void Terminal::table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) const {
  if (json) return;
  std::vector<std::size_t> widths(header.size());
  for (std::size_t c = 0; c < header.size(); ++c) {
    widths[c] = letters_of(header[c]);
    for (const auto& row : rows) widths[c] = std::max(widths[c], letters_of(row[c]));
  }
  const auto print = [&](const std::vector<std::string>& row) {
    std::string text;
    for (std::size_t c = 0; c < row.size(); ++c) {
      text += row[c];
      if (c + 1 < row.size()) text += std::string(widths[c] - letters_of(row[c]) + 2, ' ');
    }
    std::cout << text << '\n';
  };
  print(header);
  for (const auto& row : rows) print(row);
}

void Terminal::progress(const std::string& what, double done) {
  const int percent = static_cast<int>(std::clamp(done, 0.0, 1.0) * 100.0);
  const bool on_terminal = ::isatty(STDERR_FILENO) == 1;
  const bool is_news = what != last_what_ || (on_terminal ? percent != last_percent_ : percent >= last_percent_ + 25);
  if (!is_news) return;
  last_what_ = what;
  last_percent_ = percent;
  std::cerr << (on_terminal ? "\r\033[K" : "") << what << ' ' << percent << " %" << (on_terminal ? "" : "\n")
            << std::flush;
}

bool Terminal::status(const std::string& text) {
  if (::isatty(STDERR_FILENO) != 1) return false;
  if (text != last_what_) std::cerr << "\r\033[K" << text << std::flush;
  last_what_ = text;
  last_percent_ = 0;
  return true;
}

void Terminal::end_progress() {
  if (last_percent_ >= 0 && ::isatty(STDERR_FILENO) == 1) std::cerr << "\r\033[K" << std::flush;
  last_percent_ = -1;
  last_what_.clear();
}

Result<const project::Home*> Context::home() {
  if (!home_) {
    TALKBACK_ASSIGN(project::Home home, project::Home::open(home_option));
    home_ = std::make_unique<project::Home>(std::move(home));
  }
  return home_.get();
}

Result<project::Credentials> Context::credentials() {
  TALKBACK_ASSIGN(const project::Home* folder, home());
  return folder->credentials();
}

Result<net::Api> Context::api() {
  TALKBACK_ASSIGN(const project::Credentials signed_in, credentials());
  return net::Api(net::HttpClient(signed_in.server, signed_in.token));
}

Result<v1::Project> Context::match_project(const std::string& name_or_id, const v1::ProjectList& projects,
                                           const Result<v1::ProjectList>& listed) const {
  std::vector<const v1::Project*> named;
  for (const v1::Project& project : projects.projects()) {
    if (project.id() == name_or_id) return project;
    if (project.name() == name_or_id) named.push_back(&project);
  }
  if (named.size() == 1) return *named.front();
  if (named.empty() && !listed) return listed.error();
  if (named.empty())
    return Error{ErrorCode::not_found,
                 "there is no project \"" + name_or_id + "\", or you are not a member; see: talkback project list"};
  std::string ids;
  for (const v1::Project* project : named) ids += "\n  " + project->id() + "  of " + project->owner();
  return Error{ErrorCode::conflict, "several projects are called \"" + name_or_id + "\"; give the id:" + ids};
}

Result<project::Place> Context::find_place(const std::string& text) {
  TALKBACK_ASSIGN(const project::Home* folder, home());
  TALKBACK_ASSIGN(net::Api server, api());
  auto listed = server.projects();
  if (listed) folder->keep_projects(*listed);
  if (!listed && listed.error().code != ErrorCode::unavailable) return listed.error();
  const v1::ProjectList projects = listed ? *listed : folder->kept_projects();
  auto whole = match_project(text, projects, listed);
  const std::size_t at = text.rfind('@');
  if (whole || at == std::string::npos || whole.error().code == ErrorCode::conflict) {
    if (!whole) return whole.error();
    return project::Place{.project = *whole, .branch = project::main_branch_of(*whole)};
  }
  TALKBACK_ASSIGN(v1::Project found, match_project(text.substr(0, at), projects, listed));
  auto branches = server.branches(found.id());
  if (branches) folder->keep_branches(found.id(), *branches);
  if (!branches && branches.error().code != ErrorCode::unavailable) return branches.error();
  TALKBACK_ASSIGN(v1::Branch branch,
                  project::find_branch(branches ? *branches : folder->kept_branches(found.id()), text.substr(at + 1)));
  return project::Place{.project = std::move(found), .branch = std::move(branch)};
}

Result<v1::Project> Context::find_project(const std::string& text) {
  TALKBACK_ASSIGN(project::Place place, find_place(text));
  return std::move(place.project);
}

Result<std::unique_ptr<project::OpenProject>> Context::open_project(const project::Place& place) {
  TALKBACK_ASSIGN(const project::Home* folder, home());
  TALKBACK_ASSIGN(const project::Credentials signed_in, credentials());
  return project::OpenProject::open(*folder, signed_in, place.name());
}

Result<std::unique_ptr<project::OpenProject>> Context::open_project(const std::string& text) {
  TALKBACK_ASSIGN(const project::Place place, find_place(text));
  return open_project(place);
}

Result<std::unique_ptr<project::OpenProject>> Context::join_project(const project::Place& place) {
  TALKBACK_ASSIGN(auto opened, open_project(place));
  TALKBACK_ASSIGN(const project::OfflineReport report, project::catch_up(*opened));
  tell(report);
  return opened;
}

void Context::tell(const project::OfflineReport& report) const {
  if (report.sent > 0)
    terminal.note(std::to_string(report.sent) + (report.sent == 1 ? " edit" : " edits") +
                  " that waited on this machine " + (report.sent == 1 ? "was" : "were") + " sent.");
  for (const std::string& met : report.met) terminal.note("  " + met);
  for (const std::string& left : report.left) terminal.note("  " + left);
  for (const std::string& refused : report.refused) terminal.warn("not taken: " + refused);
}

Result<std::unique_ptr<project::OpenProject>> Context::join_project(const std::string& text) {
  TALKBACK_ASSIGN(const project::Place place, find_place(text));
  return join_project(place);
}

}  // namespace talkback::cli
