// talkbackd: reads the command line (and --config, the same names as TOML or INI) and runs one command.
#include <CLI/CLI.hpp>
#include <iostream>

#include "server/commands.hpp"
#include "server/ops/log.hpp"
#include "server/ops/version.hpp"

namespace {

using talkback::NewUserOptions;
using talkback::ServeOptions;

struct Line {
  std::string data = "talkback-data";
  std::string log_level = "info";
  std::string listen = "127.0.0.1:8470";
  ServeOptions serve;
  NewUserOptions user;
  talkback::CollectOptions collect;
  std::string project;
  std::filesystem::path file;
};

// "127.0.0.1:8470" or "[::1]:8470".
void split_listen(const std::string& listen, talkback::net::NetSettings& net) {
  const std::size_t colon = listen.rfind(':');
  unsigned port = 0;
  if (colon == std::string::npos || colon == 0 || !CLI::detail::lexical_cast(listen.substr(colon + 1), port) ||
      port > 65535)
    throw CLI::ValidationError("--listen", "is to be ADDRESS:PORT, such as 127.0.0.1:8470");
  net.address = listen.substr(0, colon);
  if (net.address.front() == '[' && net.address.back() == ']')
    net.address = net.address.substr(1, net.address.size() - 2);
  net.port = static_cast<unsigned short>(port);
}

CLI::App* add_serve(CLI::App& app, Line& line) {
  CLI::App* serve = app.add_subcommand("serve", "Run the server until SIGTERM or SIGINT");
  serve->add_option("--listen", line.listen, "Address and port; port 0 takes any free one")->capture_default_str();
  serve->add_option("--port-file", line.serve.port_file, "Write the port here once connections are accepted");
  serve->add_option("--io-threads", line.serve.net.threads, "Threads for the network")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  serve->add_option("--allow-origin", line.serve.net.allowed_origins,
                    "Web pages of this origin may open rooms (https://studio.example); may be repeated");
  serve->add_flag("--behind-proxy", line.serve.net.behind_proxy,
                  "Believe X-Forwarded-For: only where a reverse proxy sets it");
  serve
      ->add_option_function<int>(
          "--hello-time-ms", [&net = line.serve.net](int ms) { net.hello_time_max = std::chrono::milliseconds(ms); },
          "How long a new room connection may say nothing; 10000 by default")
      ->check(CLI::Range(1, 600'000));
  serve
      ->add_option_function<int>(
          "--silence-ms", [&net = line.serve.net](int ms) { net.silence_max = std::chrono::milliseconds(ms); },
          "After so long without a sign, asked for by pings, a member's line counts as gone; 60000 by default")
      ->check(CLI::Range(100, 600'000));
  serve
      ->add_option("--write-queue-bytes", line.serve.net.write_queue_bytes_max,
                   "What may wait for a slow reader before it is disconnected")
      ->check(CLI::Range(std::size_t{64} * 1024, std::size_t{1} << 32))
      ->capture_default_str();
  serve
      ->add_option("--connections-max", line.serve.net.connections_max,
                   "Connections at a time; each takes a descriptor and, at rest, some kilobytes")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  serve
      ->add_option("--frames-per-second", line.serve.net.frames_per_second,
                   "What one room connection may send, twice as much in a burst; above that it is read more slowly")
      ->check(CLI::Range(1.0, 1e9))
      ->capture_default_str();
  serve->add_option("--worker", line.serve.worker, "The talkback-worker program; by default beside talkbackd");
  serve->add_option("--render-workers", line.serve.render_workers, "Renders at a time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  serve->add_option("--render-threads", line.serve.render_threads, "Threads of one render; 0: one a core")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  serve
      ->add_option("--collect-after-days", line.serve.collect_after_days,
                   "Remove sounds from the disk that nothing has referred to for so long")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  return serve;
}

int run(int count, char** arguments) {
  Line line;
  CLI::App app{"Talkback: the server where musicians record, edit and mix together", "talkbackd"};
  app.set_version_flag("--version", "talkbackd " + std::string(talkback::ops::version()));
  app.set_config("--config", "", "Settings file, TOML or INI; the command line wins");
  app.add_option("--data", line.data, "Folder that keeps everything")->envname("TALKBACK_DATA")->capture_default_str();
  app.add_option("--log-level", line.log_level, "debug, info, warning or error")->capture_default_str();
  app.fallthrough();
  app.require_subcommand(1);
  CLI::App* serve = add_serve(app, line);
  CLI::App* user = app.add_subcommand("user", "The people of a server that is not running")->require_subcommand(1);
  CLI::App* add = user->add_subcommand("add", "Add somebody; asks for the password");
  add->add_option("name", line.user.name, "2 to 32 of a-z, 0-9, dot, dash, underscore")->required();
  add->add_flag("--admin", line.user.admin, "May add other people");
  add->add_flag("--password-stdin", line.user.password_stdin, "Read the password as one line of standard input");
  CLI::App* list = user->add_subcommand("list", "List everybody");
  CLI::App* disable = user->add_subcommand("disable", "Keep somebody from signing in; what they made stays");
  disable->add_option("name", line.user.name)->required();
  CLI::App* enable = user->add_subcommand("enable", "Let somebody sign in again");
  enable->add_option("name", line.user.name)->required();
  CLI::App* password = user->add_subcommand("password", "Give somebody a new password, and let them sign in");
  password->add_option("name", line.user.name)->required();
  password->add_flag("--password-stdin", line.user.password_stdin, "Read the password as one line of standard input");
  CLI::App* archive =
      app.add_subcommand("archive", "A project as one file, of a server that is not running")->require_subcommand(1);
  CLI::App* archive_create = archive->add_subcommand("create", "Write a project with its history, sounds and people");
  archive_create->add_option("project", line.project, "Name or id")->required();
  archive_create->add_option("file", line.file, "The file to write")->required();
  CLI::App* archive_restore = archive->add_subcommand("restore", "Bring a project from such a file to this server");
  archive_restore->add_option("file", line.file, "The file to read")->required();
  CLI::App* migrate = app.add_subcommand("migrate", "Bring the schema up to date");
  CLI::App* verify = app.add_subcommand("verify", "Check every stored sound and replay every history");
  CLI::App* collect =
      app.add_subcommand("collect", "Remove sounds that nothing refers to, of a server that is not running");
  collect->add_flag("--dry-run", line.collect.dry_run, "Only say what would be removed");
  collect
      ->add_option("--after-days", line.collect.after_days, "For so long nothing has referred to them; 0: from now on")
      ->check(CLI::Range(0, 3650))
      ->capture_default_str();
  // "talkbackd serve --data DIR" as well as "talkbackd --data DIR serve".
  for (CLI::App* command : {serve, user, add, list, disable, enable, password, archive, archive_create, archive_restore,
                            migrate, verify, collect})
    command->fallthrough();

  try {
    app.parse(count, arguments);
    split_listen(line.listen, line.serve.net);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem);
  }
  if (!talkback::ops::set_up_log(line.log_level)) {
    std::cerr << "talkbackd: --log-level is debug, info, warning or error\n";
    return 2;
  }
  line.serve.data = line.data;
  if (serve->parsed()) return talkback::serve(line.serve);
  if (add->parsed()) return talkback::add_user(line.data, line.user);
  if (list->parsed()) return talkback::list_users(line.data);
  if (password->parsed()) return talkback::set_password(line.data, line.user);
  if (archive_create->parsed()) return talkback::create_archive(line.data, line.project, line.file);
  if (archive_restore->parsed()) return talkback::restore_archive(line.data, line.file);
  if (disable->parsed()) return talkback::set_user_disabled(line.data, line.user.name, true);
  if (enable->parsed()) return talkback::set_user_disabled(line.data, line.user.name, false);
  if (migrate->parsed()) return talkback::migrate(line.data);
  if (collect->parsed()) return talkback::collect(line.data, line.collect);
  return talkback::verify(line.data);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run(count, arguments);
  } catch (const std::exception& problem) {
    std::cerr << "talkbackd: " << problem.what() << '\n';
    return 1;
  }
}
