// talkback lease: tells the others that somebody is at work on a track or a section.
#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/interrupt.hpp"
#include "engine/session/address.hpp"
#include "engine/session/rules.hpp"

namespace talkback::cli {
namespace {

using replica::Event;

constexpr std::chrono::seconds kAnswerMax{20};

struct LeaseOptions {
  std::string project;
  std::string address;
  bool give_back = false;
  int seconds = 0;
};

// Waits for the answer about the object.
Result<v1::Lease> ask(project::OpenProject& project, ObjectId object, bool give_back) {
  project.ask_for_lease(object, give_back);
  const auto deadline = std::chrono::steady_clock::now() + kAnswerMax;
  while (std::chrono::steady_clock::now() < deadline) {
    TALKBACK_ASSIGN(const auto events, project.pump(std::chrono::milliseconds(200)));
    for (const Event& event : events)
      if (event.kind == Event::Kind::lease && ObjectId{event.lease.object_id()} == object) return event.lease;
  }
  return Error{ErrorCode::unavailable, "the server did not answer in time"};
}

Result<void> lease(Context& context, const LeaseOptions& options) {
  TALKBACK_ASSIGN(const auto project, context.join_project(options.project));
  TALKBACK_ASSIGN(const session::Address address, session::find_address(project->session(), options.address));
  if (address.field)
    return Error{ErrorCode::invalid, "a lease is of a track, a section or another object, not of a field"};
  const std::string title = session::title_of(project->session(), *project->session().find(address.object));
  const std::string& me = project->sync().welcome().user();
  TALKBACK_ASSIGN(const v1::Lease held, ask(*project, address.object, options.give_back));
  if (context.terminal.json)
    context.terminal.print_json(
        {{"object", to_string(address.object)}, {"user", held.user()}, {"held", !held.ended()}});
  if (options.give_back) {
    context.terminal.line("The lease of " + title + " is given back.");
    return {};
  }
  if (held.ended())
    return Error{
        ErrorCode::denied,
        "the lease of " + title + " was not given: it is for those who edit this session, and for what is still there"};
  if (held.user() != me) return Error{ErrorCode::conflict, held.user() + " is at work on " + title};
  context.terminal.line("You hold the lease of " + title + "; Ctrl+C gives it back.");
  Interrupt interrupt;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
  while (!interrupt.requested() && (options.seconds == 0 || std::chrono::steady_clock::now() < end))
    TALKBACK_TRY(project->pump(std::chrono::milliseconds(100)));
  if (interrupt.requested()) TALKBACK_TRY(ask(*project, address.object, true));
  return {};
}

}  // namespace

void add_lease_command(Commands& commands) {
  auto options = std::make_shared<LeaseOptions>();
  CLI::App* command = commands.add("lease", "Tell the others that you are at work on a track or section");
  command->add_option("project", options->project, "PROJECT or PROJECT@BRANCH")->required();
  command
      ->add_option("object", options->address, "As \"session show --fields\" names it: Vocal, session.section[Chorus]")
      ->required();
  command->add_flag("--give-back", options->give_back, "End a lease of yours");
  command
      ->add_option("--for", options->seconds, "Seconds to hold it (default: until Ctrl+C); it lapses 60 s after that")
      ->check(CLI::Range(1, 86'400));
  commands.run(command, [options](Context& context) { return lease(context, *options); });
}

}  // namespace talkback::cli
