// talkback login, logout, user add: who one is on a server.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "engine/base/password_prompt.hpp"

namespace talkback::cli {
namespace {

// From TALKBACK_PASSWORD, for scripts; else typed or piped.
Result<std::string> password_for(const std::string& question) {
  if (const char* given = std::getenv("TALKBACK_PASSWORD"); given != nullptr && *given != '\0')
    return std::string(given);
  return ask_password(question);
}

struct LoginOptions {
  std::string server;
  std::string user;
  std::string label;
};

Result<void> login(Context& context, const LoginOptions& options) {
  TALKBACK_ASSIGN(const net::ServerUrl server, net::parse_server_url(options.server));
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const std::string password, password_for("Password of " + options.user));
  char host[256] = "this computer";
  ::gethostname(host, sizeof host - 1);
  net::Api api(net::HttpClient(server, {}));
  TALKBACK_ASSIGN(const v1::Token token,
                  api.sign_in(options.user, password, options.label.empty() ? host : options.label));
  TALKBACK_TRY(home->keep_credentials({server, token.user(), token.token()}));
  context.terminal.line("Signed in to " + server.text() + " as " + token.user() + ".");
  if (context.terminal.json) context.terminal.print_json({{"server", server.text()}, {"user", token.user()}});
  return {};
}

Result<void> logout(Context& context) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  TALKBACK_ASSIGN(const project::Credentials signed_in, context.credentials());
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  if (net::is_link_secret(signed_in.token)) {
    // The link is not this machine's alone.
    home->forget_credentials();
    context.terminal.line("This machine has forgotten the link; it opens the project until it expires or is revoked.");
    return {};
  }
  const Result<void> signed_out = api.sign_out();
  home->forget_credentials();
  context.terminal.line("Signed out.");
  if (!signed_out && signed_out.error().code == ErrorCode::unavailable)
    context.terminal.warn("the server could not be told; the token there ends by itself: " +
                          signed_out.error().message);
  return {};
}

Result<void> add_user(Context& context, const v1::NewUser& wanted) {
  TALKBACK_ASSIGN(net::Api api, context.api());
  v1::NewUser user = wanted;
  TALKBACK_ASSIGN(*user.mutable_password(), password_for("Password for " + user.name()));
  TALKBACK_ASSIGN(const v1::User added, api.add_user(user));
  context.terminal.line("Added " + added.name() + (added.admin() ? " (admin)." : "."));
  if (context.terminal.json) context.terminal.print_json({{"name", added.name()}, {"admin", added.admin()}});
  return {};
}

}  // namespace

void add_account_commands(Commands& commands) {
  auto login_options = std::make_shared<LoginOptions>();
  CLI::App* login_command = commands.add("login", "Sign in to a server (password: typed, piped or TALKBACK_PASSWORD)");
  login_command->add_option("server", login_options->server, "Address, like https://studio.example")->required();
  login_command->add_option("--user", login_options->user, "Name on that server")->required();
  login_command->add_option("--label", login_options->label, "What the server calls this sign-in (default: host name)");
  commands.run(login_command, [login_options](Context& context) { return login(context, *login_options); });

  commands.run(commands.add("logout", "Sign out and revoke the token"), &logout);

  CLI::App* user = commands.add("user", "Accounts (for admins)");
  user->require_subcommand(1);
  auto new_user = std::make_shared<v1::NewUser>();
  auto name = std::make_shared<std::string>();
  auto admin = std::make_shared<bool>(false);
  CLI::App* add = commands.add("add", "Create an account (password: typed, piped or TALKBACK_PASSWORD)", user);
  add->add_option("name", *name, "2 to 32 of a-z, 0-9, dot, dash, underscore")->required();
  add->add_flag("--admin", *admin, "May create accounts");
  commands.run(add, [=](Context& context) {
    new_user->set_name(*name);
    new_user->set_admin(*admin);
    return add_user(context, *new_user);
  });
}

}  // namespace talkback::cli
