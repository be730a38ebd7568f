// talkback project create | list | show | members: projects and who is in them.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/roles.hpp"

namespace talkback::cli {
namespace {

nlohmann::json json_of(const v1::Project& project) {
  return {{"id", project.id()},
          {"name", project.name()},
          {"owner", project.owner()},
          {"role", role_text(project.my_role())},
          {"revision", project.head_revision()},
          {"created_unix_ms", project.created_unix_ms()},
          {"changed_unix_ms", project.changed_unix_ms()},
          {"trashed_unix_ms", project.trashed_unix_ms()}};
}

Result<void> create(Context& context, const std::string& name, int sample_rate_hz) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const v1::Project project, api.create_project(name, sample_rate_hz));
  context.terminal.line("Created project \"" + project.name() + "\" (" + project.id() + ").");
  if (context.terminal.json) context.terminal.print_json(json_of(project));
  return {};
}

Result<void> list(Context& context) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const v1::ProjectList projects, api.projects());
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const v1::Project& project : projects.projects()) {
    json.push_back(json_of(project));
    const std::string where = project.trashed_unix_ms() == 0 ? "" : " (in the trash)";
    rows.push_back({project.name() + where, project.owner(), std::string(role_text(project.my_role())),
                    std::to_string(project.head_revision()), time_text(project.changed_unix_ms()), project.id()});
  }
  if (context.terminal.json)
    context.terminal.print_json(json);
  else if (rows.empty())
    context.terminal.line("No projects yet; make one with: talkback project create NAME");
  else
    context.terminal.table({"NAME", "OWNER", "MY ROLE", "REVISION", "CHANGED", "ID"}, rows);
  return {};
}

Result<v1::MemberList> show_members(Context& context, net::Api& api, const v1::Project& project) {
  TALKBACK_ASSIGN(v1::MemberList members, api.members(project.id()));
  std::vector<std::vector<std::string>> rows;
  for (const v1::Member& member : members.members())
    rows.push_back({member.user(), std::string(role_text(member.role()))});
  context.terminal.table({"MEMBER", "ROLE"}, rows);
  return members;
}

nlohmann::json json_of(const v1::MemberList& members) {
  nlohmann::json json = nlohmann::json::array();
  for (const v1::Member& member : members.members())
    json.push_back({{"user", member.user()}, {"role", role_text(member.role())}});
  return json;
}

Result<void> show(Context& context, const std::string& name) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const v1::Project project, context.find_project(name));
  context.terminal.line(project.name() + "  (" + project.id() + ")");
  context.terminal.line("owner " + project.owner() + ", revision " + std::to_string(project.head_revision()) +
                        ", changed " + time_text(project.changed_unix_ms()));
  TALKBACK_ASSIGN(const v1::MemberList members, show_members(context, api, project));
  nlohmann::json json = json_of(project);
  json["members"] = json_of(members);
  if (context.terminal.json) context.terminal.print_json(json);
  return {};
}

struct MemberOptions {
  std::string project;
  std::string add;
  std::string role = "producer";
  std::string remove;
};

Result<void> members(Context& context, const MemberOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const v1::Project project, context.find_project(options.project));
  if (!options.add.empty()) {
    const auto role = role_from(options.role);
    if (!role)
      return Error{ErrorCode::invalid,
                   "\"" + options.role + "\" is no role; give producer, performer, mentor or listener"};
    v1::Member member;
    member.set_user(options.add);
    member.set_role(*role);
    TALKBACK_TRY(api.set_member(project.id(), member));
  }
  if (!options.remove.empty()) TALKBACK_TRY(api.remove_member(project.id(), options.remove));
  TALKBACK_ASSIGN(const v1::MemberList members, show_members(context, api, project));
  if (context.terminal.json) context.terminal.print_json(json_of(members));
  return {};
}

Result<void> trash(Context& context, const std::string& name) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const v1::Project project, context.find_project(name));
  TALKBACK_TRY(api.trash_project(project.id()));
  context.terminal.line("\"" + project.name() + "\" is in the trash for 30 days; back with: talkback project restore " +
                        project.id());
  if (context.terminal.json) context.terminal.print_json({{"id", project.id()}, {"trashed", true}});
  return {};
}

Result<void> restore(Context& context, const std::string& name) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const v1::Project found, context.find_project(name));
  TALKBACK_ASSIGN(const v1::Project project, api.restore_project(found.id()));
  context.terminal.line("\"" + project.name() + "\" is back.");
  if (context.terminal.json) context.terminal.print_json(json_of(project));
  return {};
}

}  // namespace

void add_project_commands(Commands& commands) {
  CLI::App* project = commands.add("project", "Projects and their members");
  project->require_subcommand(1);

  auto name = std::make_shared<std::string>();
  auto rate = std::make_shared<int>(0);
  CLI::App* create_command = commands.add("create", "Create a project", project);
  create_command->add_option("name", *name)->required();
  create_command->add_option("--sample-rate", *rate, "Hz (default 48000)")->check(CLI::Range(8'000, 192'000));
  commands.run(create_command, [=](Context& context) { return create(context, *name, *rate); });

  commands.run(commands.add("list", "Your projects", project), &list);

  CLI::App* show_command = commands.add("show", "One project with its members", project);
  show_command->add_option("project", *name, "Name or id")->required();
  commands.run(show_command, [=](Context& context) { return show(context, *name); });

  CLI::App* trash_command = commands.add("delete", "Put a project into the trash, for 30 days", project);
  trash_command->add_option("project", *name, "Name or id")->required();
  commands.run(trash_command, [=](Context& context) { return trash(context, *name); });

  CLI::App* restore_command = commands.add("restore", "Take a project out of the trash", project);
  restore_command->add_option("project", *name, "Name or id")->required();
  commands.run(restore_command, [=](Context& context) { return restore(context, *name); });

  auto options = std::make_shared<MemberOptions>();
  CLI::App* members_command = commands.add("members", "List, add or remove members", project);
  members_command->add_option("project", options->project, "Name or id")->required();
  members_command->add_option("--add", options->add, "User to add, or whose role to change");
  members_command->add_option("--role", options->role, "producer, performer, mentor or listener");
  members_command->add_option("--remove", options->remove, "User to remove");
  commands.run(members_command, [options](Context& context) { return members(context, *options); });
}

}  // namespace talkback::cli
