// talkback recover: turns what a crash, a broken line or an early Ctrl+C left of recordings into takes.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/take_delivering.hpp"

namespace talkback::cli {
namespace {

using recorder::CaptureFiles;

struct RecoverOptions {
  bool list = false;
  bool discard = false;
  std::vector<std::string> names;
};

struct Found {
  CaptureFiles files;
  std::string name;
  std::optional<recorder::CaptureRecord> record;  // else unreadable
  Frames captured{};
  std::size_t takes = 0;
  double seconds = 0.0;
  bool is_busy = false;
};

Found look_at(const CaptureFiles& files) {
  Found found{.files = files, .name = files.journal.stem().string(), .record = std::nullopt};
  auto record = recorder::read_journal(files.journal);
  if (!record) return found;
  const auto lock = recorder::CaptureJournal::reopen(files.journal);
  found.is_busy = !lock && lock.error().code == ErrorCode::conflict;
  if (auto reader = recorder::CaptureReader::open(files.capture, record->start.channels))
    found.captured = reader->length().value_or(Frames{});
  const auto takes = recorder::takes_of(*record, found.captured);
  found.takes = takes.size();
  found.seconds = seconds_of(found.captured, record->start.rate);
  found.record = *std::move(record);
  return found;
}

nlohmann::json to_json(const Found& found) {
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

std::string state_of(const Found& found) {
  if (!found.record) return "unreadable";
  if (found.is_busy) return "under way";
  if (found.takes == 0) return "no take in it";
  return found.record->is_ended ? "not sent" : "cut off";
}

void list(Context& context, const std::vector<Found>& all) {
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const Found& found : all) {
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

Result<project::Delivery> recover(Context& context, const Found& found) {
  if (!found.record)
    return Error{ErrorCode::corrupt, "its journal cannot be read; the sound is in " + found.files.capture.string() +
                                         ", bring it in with: talkback import PROJECT FILE"};
  const recorder::CaptureStart& start = found.record->start;
  if (found.takes == 0)
    return Error{ErrorCode::invalid, "it ended before its first take began; throw it away with: talkback recover \"" +
                                         found.name + "\" --discard"};
  TALKBACK_ASSIGN(auto journal, recorder::CaptureJournal::reopen(found.files.journal));
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const project::Credentials signed_in, context.credentials());
  if (signed_in.server.text() != start.server || signed_in.user != start.user)
    return Error{ErrorCode::denied, "it was recorded by " + start.user + " at " + start.server +
                                        "; sign in there with: talkback login " + start.server + " " + start.user};
  TALKBACK_ASSIGN(const auto project, project::OpenProject::open(
                                          *home, signed_in, {.project = start.project_id, .branch = start.branch_id}));
  TALKBACK_ASSIGN(const project::OfflineReport report, project::catch_up(*project));
  context.tell(report);
  project::TakeUpload upload(
      project->api(), {.project_id = start.project_id,
                       .capture = found.files.capture,
                       .flac = found.files.flac,
                       .tags = recorder::tags_of({.start = start, .events = {}, .upload = {}}, start.track),
                       .begun = found.record->upload,
                       .on_begun = [&journal](const recorder::CaptureUpload& begun) { (void)journal.append(begun); },
                       .made = found.record->made,
                       .on_made =
                           [&journal](const recorder::CaptureMade& made) {
                             (void)journal.append(made);
                             (void)journal.sync();
                           }});
  upload.end(recorder::tags_of(*found.record, start.track), found.captured);
  TALKBACK_ASSIGN(Delivered delivered,
                  deliver(context, *project, {.upload = upload, .files = found.files, .captured = found.captured}));
  return std::move(delivered.delivery);
}

Result<void> run(Context& context, const RecoverOptions& options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  std::vector<Found> all;
  for (const CaptureFiles& files : recorder::find_captures(home->takes())) {
    Found found = look_at(files);
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
  for (const Found& found : all) {
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
