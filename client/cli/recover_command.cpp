// talkback recover: turns what a crash, a broken line or an early Ctrl+C left of recordings into takes.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/take_recovery.hpp"

namespace talkback::cli {
namespace {

struct RecoverOptions {
  bool list = false;
  bool discard = false;
  std::vector<std::string> names;
};

nlohmann::json to_json(const FoundRecording& found) {
  nlohmann::json json{{"name", found.name},
                      {"file", found.files.capture.string()},
                      {"takes", found.takes},
                      {"seconds", found.seconds},
                      {"busy", found.is_busy}};
  if (found.record) {
    json["project"] = found.record->start.project;
    json["track"] = found.record->start.track;
    json["recorded_unix_ms"] = found.record->start.recorded_unix_ms;
    json["ended"] = found.record->is_ended;
  }
  return json;
}

std::string state_of(const FoundRecording& found) {
  if (!found.record) return "unreadable";
  if (found.is_busy) return "under way";
  if (found.takes == 0) return "no take in it";
  return found.record->is_ended ? "not sent" : "cut off";
}

void list(Context& context, const std::vector<FoundRecording>& all) {
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const FoundRecording& found : all) {
    json.push_back(to_json(found));
    rows.push_back({found.name, found.record ? found.record->start.project : "", duration_text(found.seconds),
                    std::to_string(found.takes), state_of(found)});
  }
  if (context.terminal.json)
    context.terminal.print_json(json);
  else if (all.empty())
    context.terminal.line("There is nothing to recover: every recording of this machine is on its server.");
  else
    context.terminal.table({"RECORDING", "PROJECT", "LENGTH", "TAKES", "STATE"}, rows);
}

Result<void> run(Context& context, const RecoverOptions& options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  std::vector<FoundRecording> all;
  for (FoundRecording& found : find_recordings(*home)) {
    const bool is_named = options.names.empty() || std::ranges::any_of(options.names, [&](const std::string& part) {
                            return found.name.find(part) != std::string::npos;
                          });
    if (is_named) all.push_back(std::move(found));
  }
  if (!options.names.empty() && all.empty())
    return Error{ErrorCode::not_found, "no recording here has such a name; see: talkback recover --list"};
  if (options.list) {
    list(context, all);
    return {};
  }
  if (options.discard && options.names.empty())
    return Error{ErrorCode::invalid, "--discard needs the names of what is to go; see: talkback recover --list"};
  nlohmann::json json = nlohmann::json::array();
  std::optional<Error> last;
  std::size_t done = 0;
  for (const FoundRecording& found : all) {
    if (found.is_busy) {
      context.terminal.note(found.name + " is being recorded or sent by another program.");
      continue;
    }
    if (options.discard) {
      recorder::remove_capture(found.files);
      context.terminal.line("Discarded " + found.name + ".");
      continue;
    }
    const auto delivery = recover(context, found);
    nlohmann::json told = to_json(found);
    if (delivery) {
      ++done;
      told["summary"] = delivery->summary;
      told["revision"] = delivery->revision;
      context.terminal.line(delivery->summary + ": " +
                            duration_text(seconds_of(delivery->length, found.record->start.rate)) + " recovered.");
    } else {
      last = delivery.error();
      told["error"] = last->message;
      context.terminal.warn(found.name + ": " + last->message);
    }
    json.push_back(std::move(told));
  }
  if (context.terminal.json)
    context.terminal.print_json(json);
  else if (all.empty())
    list(context, all);
  if (last && done == 0) return *last;
  return {};
}

}  // namespace

void add_recover_command(Commands& commands) {
  auto options = std::make_shared<RecoverOptions>();
  CLI::App* command = commands.add(
      "recover", "Bring recordings that a crash or a broken line left on this machine into their projects");
  command->add_option("names", options->names, "Which ones, by a part of their name (default: all)");
  command->add_flag("--list", options->list, "Only tell what there is");
  command->add_flag("--discard", options->discard, "Throw the named ones away");
  commands.run(command, [options](Context& context) { return run(context, *options); });
}

}  // namespace talkback::cli
