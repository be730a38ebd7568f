// talkback take capture: what was sung lately, though nobody recorded, becomes a take.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/new_capture.hpp"
#include "client/cli/take_lanes.hpp"
#include "client/cli/take_recovery.hpp"
#include "client/recorder/input_history.hpp"

namespace talkback::cli {
namespace {

struct CaptureOptions {
  std::string project;
  std::string track;
  double last = recorder::kInputHistorySeconds;
};

// As if it had been recorded: from here on it is safe, and any other recording that waits.
Result<recorder::CaptureFiles> write_capture(const project::Home& home, const recorder::Remembered& remembered,
                                             const recorder::CaptureStart& start) {
  using recorder::CaptureEvent;
  const recorder::CaptureFiles files =
      recorder::name_capture(home.takes(), start.track, start.recording_id, start.recorded_unix_ms);
  TALKBACK_ASSIGN(recorder::CaptureJournal journal, recorder::CaptureJournal::create(files.journal, start));
  const media::TakeTags tags = recorder::tags_of({.start = start, .events = {}, .upload = {}}, start.track);
  TALKBACK_ASSIGN(recorder::CaptureFile file, recorder::CaptureFile::create(files.capture, tags));
  TALKBACK_TRY(file.append(remembered.sound.block()));
  TALKBACK_TRY(file.sync());
  const CaptureEvent events[] = {
      {CaptureEvent::Kind::record_on, 0, 0}, remembered.latency, {CaptureEvent::Kind::roll, 0, remembered.song.count}};
  for (const CaptureEvent& event : events) TALKBACK_TRY(journal.append(event));
  TALKBACK_TRY(journal.append_end());
  TALKBACK_TRY(journal.sync());
  return files;
}

Result<void> capture(Context& context, const CaptureOptions& options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const auto project, context.join_project(options.project));
  TALKBACK_ASSIGN(const v1::Object* track, find_audio_track(project->session(), options.track));
  TALKBACK_ASSIGN(const recorder::Remembered remembered, recorder::read_input_history(home->lately(), options.last));
  recorder::CaptureStart start = remembered.start;
  if (start.project_id != project->id())
    return Error{ErrorCode::conflict, "what was remembered was sung to another project"};
  start.recording_id = new_recording_id();
  start.project = options.project;
  start.branch_id = project->branch().branch;
  start.track_id = session::id_of(*track).value;
  start.track = options.track;
  TALKBACK_ASSIGN(const recorder::CaptureFiles files, write_capture(*home, remembered, start));
  for (const FoundRecording& found : find_recordings(*home)) {
    if (found.files.journal != files.journal) continue;
    TALKBACK_ASSIGN(const project::Delivery delivery, recover(context, found));
    const double seconds = seconds_of(delivery.length, start.rate);
    context.terminal.line(delivery.summary + ": " + duration_text(seconds) + " of what was sung, safe on the server.");
    if (context.terminal.json)
      context.terminal.print_json(
          {{"summary", delivery.summary}, {"seconds", seconds}, {"revision", delivery.revision}});
  }
  return {};
}

}  // namespace

void add_take_capture(Commands& commands, CLI::App* take) {
  auto options = std::make_shared<CaptureOptions>();
  CLI::App* command =
      commands.add("capture", "Make a take of what was sung lately, while `talkback play --remember-input` ran", take);
  command->add_option("project", options->project, "PROJECT or PROJECT@BRANCH")->required();
  command->add_option("--track", options->track, "Audio track that receives it")->required();
  command->add_option("--last", options->last, "So many seconds (default: all that is remembered)")
      ->check(CLI::Range(1.0, static_cast<double>(recorder::kInputHistorySeconds)));
  commands.run(command, [options](Context& context) { return capture(context, *options); });
}

}  // namespace talkback::cli
