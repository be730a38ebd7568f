// talkback link create | list | revoke, and join: a project opened to people without an account.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/roles.hpp"

namespace talkback::cli {
namespace {

struct LinkOptions {
  std::string project;
  std::string role = "listener";
  std::string version;
  std::string lifetime = "30d";
  std::string name;
  std::uint64_t number = 0;
};

std::string state_text(const v1::Link& link) {
  std::string text = v1::Link::State_Name(link.state());
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

nlohmann::json json_of(const v1::Link& link) {
  return {{"number", link.number()},
          {"name", link.name()},
          {"role", role_text(link.role())},
          {"version", link.version_name()},
          {"made_by", link.made_by()},
          {"created_unix_ms", link.created_unix_ms()},
          {"expires_unix_ms", link.expires_unix_ms()},
          {"last_used_unix_ms", link.last_used_unix_ms()},
          {"state", state_text(link)}};
}

std::string reach_text(const v1::Link& link) {
  return link.version_name().empty() ? "the project" : "version \"" + link.version_name() + "\"";
}

Result<void> create(Context& context, const LinkOptions& options) {
  const auto role = role_from(options.role);
  if (!role) return Error{ErrorCode::invalid, "\"" + options.role + "\" is no role; a link has listener or mentor"};
  v1::NewLink wanted;
  wanted.set_name(options.name);
  wanted.set_role(*role);
  wanted.set_version(options.version);
  TALKBACK_ASSIGN(const std::int64_t lifetime_ms, lifetime_from(options.lifetime));
  wanted.set_lifetime_ms(lifetime_ms);
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Credentials signed_in, context.credentials());
  TALKBACK_ASSIGN(const v1::Project project, context.find_project(options.project));
  TALKBACK_ASSIGN(const v1::NewLinkMade made, api.make_link(project.id(), wanted));
  const std::string url = net::LinkUrl{.server = signed_in.server, .secret = made.secret()}.text();
  const v1::Link& link = made.link();
  context.terminal.note("Link " + std::to_string(link.number()) + " opens " + reach_text(link) + " to \"" +
                        link.name() + "\" as a " + std::string(role_text(link.role())) + " until " +
                        time_text(link.expires_unix_ms()) + ". Whoever has it gets in; it is not shown again:");
  context.terminal.line(url);
  nlohmann::json json = json_of(link);
  json["url"] = url;
  if (context.terminal.json) context.terminal.print_json(json);
  return {};
}

Result<void> list(Context& context, const LinkOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const v1::Project project, context.find_project(options.project));
  TALKBACK_ASSIGN(const v1::LinkList links, api.links(project.id()));
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const v1::Link& link : links.links()) {
    json.push_back(json_of(link));
    rows.push_back({std::to_string(link.number()), link.name(), std::string(role_text(link.role())), reach_text(link),
                    link.made_by(), time_text(link.expires_unix_ms()),
                    link.last_used_unix_ms() == 0 ? "never" : time_text(link.last_used_unix_ms()), state_text(link)});
  }
  if (context.terminal.json)
    context.terminal.print_json(json);
  else if (rows.empty())
    context.terminal.line("No links; make one with: talkback link create PROJECT --name \"for whom\"");
  else
    context.terminal.table({"LINK", "NAME", "ROLE", "OPENS", "MADE BY", "EXPIRES", "LAST USED", "STATE"}, rows);
  return {};
}

Result<void> revoke(Context& context, const LinkOptions& options) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const v1::Project project, context.find_project(options.project));
  TALKBACK_TRY(api.revoke_link(project.id(), options.number));
  context.terminal.line("Link " + std::to_string(options.number) + " opens nothing any more.");
  if (context.terminal.json) context.terminal.print_json({{"number", options.number}, {"state", "revoked"}});
  return {};
}

// A sign-in that was made with a password is not given up for a link that was clicked.
Result<void> check_may_join(const project::Home& home) {
  const auto kept = home.credentials();
  if (!kept || net::is_link_secret(kept->token)) return {};
  return Error{ErrorCode::conflict, "you are signed in to " + kept->server.text() + " as " + kept->user +
                                        ": run talkback logout first, or keep the link apart with --home FOLDER"};
}

Result<void> join(Context& context, const std::string& text) {
  TALKBACK_ASSIGN(const net::LinkUrl url, net::parse_link_url(text));
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_TRY(check_may_join(*home));
  net::Api api(net::HttpClient(url.server, url.secret));
  const auto me = api.me();
  if (!me && me.error().code == ErrorCode::denied)
    return Error{ErrorCode::denied,
                 "this link opens nothing: it has expired or was revoked, or a part of it is missing"};
  if (!me) return me.error();
  TALKBACK_ASSIGN(const v1::ProjectList projects, api.projects());
  if (projects.projects().empty())
    return Error{ErrorCode::not_found, "the project that this link opens is in the trash: its owner may restore it"};
  const v1::Project& project = projects.projects(0);
  TALKBACK_TRY(home->keep_credentials({url.server, me->name(), url.secret}));
  home->keep_projects(projects);
  context.terminal.line("You are \"" + me->name() + "\" in \"" + project.name() + "\" of " + project.owner() + ", a " +
                        std::string(role_text(project.my_role())) + ", until " + time_text(me->link_expires_unix_ms()) +
                        ".");
  if (!me->link_version_id().empty())
    context.terminal.note("The link opens one version: see talkback version list, talkback version render.");
  if (context.terminal.json)
    context.terminal.print_json({{"server", url.server.text()},
                                 {"user", me->name()},
                                 {"project", project.name()},
                                 {"project_id", project.id()},
                                 {"role", role_text(project.my_role())},
                                 {"version_id", me->link_version_id()},
                                 {"expires_unix_ms", me->link_expires_unix_ms()}});
  return {};
}

}  // namespace

void add_link_commands(Commands& commands) {
  CLI::App* link = commands.add("link", "Links that open a project to people without an account");
  link->require_subcommand(1);
  auto options = std::make_shared<LinkOptions>();

  CLI::App* create_command = commands.add("create", "Make a link to send to somebody", link);
  create_command->add_option("project", options->project, "Name or id")->required();
  create_command->add_option("--role", options->role, "listener (default) or mentor, who may also suggest");
  create_command->add_option("--version", options->version, "Opens this version's mix alone (listeners)");
  create_command->add_option("--expires", options->lifetime, kLifetimeHelp);
  create_command->add_option("--name", options->name, "Whom it is for, as the history will tell (default: guest)");
  commands.run(create_command, [options](Context& context) { return create(context, *options); });

  CLI::App* list_command = commands.add("list", "All links of a project", link);
  list_command->add_option("project", options->project, "Name or id")->required();
  commands.run(list_command, [options](Context& context) { return list(context, *options); });

  CLI::App* revoke_command = commands.add("revoke", "Shut a link, and whatever is open with it", link);
  revoke_command->add_option("project", options->project, "Name or id")->required();
  revoke_command->add_option("number", options->number, "As link list tells")->required();
  commands.run(revoke_command, [options](Context& context) { return revoke(context, *options); });

  auto url = std::make_shared<std::string>();
  CLI::App* join_command = commands.add("join", "Open a project by a link that you were sent");
  join_command->add_option("link", *url, "The whole link, in quotes")->required();
  commands.run(join_command, [url](Context& context) { return join(context, *url); });
}

}  // namespace talkback::cli
