#include "client/cli/midi_recovery.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "client/cli/midi_recording.hpp"
#include "client/recorder/midi_journal.hpp"

namespace talkback::cli {
namespace {

struct Left {
  std::filesystem::path file;
  recorder::MidiJournalContent content;

  std::string fact(const char* name) const {
    const auto found = content.facts.find(name);
    return found == content.facts.end() ? "" : found->second;
  }
  int notes() const {
    return static_cast<int>(std::ranges::count_if(content.entries, [](const recorder::MidiEntry& entry) {
      return entry.bytes.size() > 2 && (entry.bytes[0] & 0xf0) == 0x90 && entry.bytes[2] > 0;
    }));
  }
};

Result<std::vector<Left>> list_left(Context& context) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  std::vector<Left> left;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(home->takes(), failed)) {
    if (entry.path().extension() != kMidiTakeEnding || recorder::is_being_written(entry.path())) continue;
    auto content = recorder::read_midi_journal(entry.path());
    if (!content) {
      context.terminal.warn(content.error().message);
      continue;
    }
    left.push_back({entry.path(), std::move(*content)});
  }
  std::ranges::sort(left, {}, &Left::file);
  return left;
}

nlohmann::json json_of(const Left& left) {
  return {{"file", left.file.string()},
          {"project", left.fact(fact::kProject)},
          {"track", left.fact(fact::kTrackName)},
          {"performer", left.fact(fact::kPerformer)},
          {"recorded_unix_ms", std::atoll(left.fact(fact::kRecorded).c_str())},
          {"notes", left.notes()},
          {"cut_off", left.content.is_cut_off}};
}

Result<void> show(Context& context) {
  TALKBACK_ASSIGN(const std::vector<Left> left, list_left(context));
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const Left& one : left) {
    json.push_back(json_of(one));
    rows.push_back({one.fact(fact::kProject), one.fact(fact::kTrackName), std::to_string(one.notes()),
                    one.file.filename().string()});
  }
  if (context.terminal.json)
    context.terminal.print_json(json);
  else if (left.empty())
    context.terminal.line("No MIDI performance was left behind.");
  else
    context.terminal.table({"PROJECT", "TRACK", "NOTES", "FILE"}, rows);
  return {};
}

Result<StoredMidi> store(project::OpenProject& project, const Left& left, const std::string& track_name) {
  const std::string wanted = track_name.empty() ? left.fact(fact::kTrack) : track_name;
  const auto track = find_instrument_track(project.session(), wanted);
  if (!track)
    return Error{track.error().code, "the track \"" + left.fact(fact::kTrackName) + "\" of " +
                                         left.file.filename().string() +
                                         " is not there any more; give another with --track"};
  return store_midi(project, **track, {left.content.facts, left.content.entries, left.file.stem().string()});
}

}  // namespace

Result<void> recover_midi(Context& context, const MidiRecoverOptions& options) {
  if (options.project.empty()) return show(context);
  TALKBACK_ASSIGN(const auto project, context.join_project(options.project));
  TALKBACK_ASSIGN(const std::vector<Left> all, list_left(context));
  nlohmann::json json = nlohmann::json::array();
  for (const Left& left : all) {
    if (left.fact(fact::kProject) != project->id() || left.fact(fact::kBranch) != project->branch().branch) continue;
    TALKBACK_ASSIGN(const StoredMidi stored, store(*project, left, options.track));
    std::error_code ignored;
    std::filesystem::remove(left.file, ignored);
    context.terminal.line(stored.clips == 0 ? left.file.filename().string() + ": nothing was played."
                                            : stored.summary + ": " + text_of(stored) + ".");
    nlohmann::json one = json_of(left);
    one["clips"] = stored.clips;
    one["summary"] = stored.summary;
    one["revision"] = stored.revision;
    json.push_back(std::move(one));
  }
  if (json.empty()) context.terminal.line("No MIDI performance was left behind for this project.");
  if (context.terminal.json) context.terminal.print_json(json);
  return {};
}

}  // namespace talkback::cli
