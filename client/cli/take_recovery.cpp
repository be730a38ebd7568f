#include "client/cli/take_recovery.hpp"

#include <utility>

namespace talkback::cli {
namespace {

using recorder::CaptureFiles;

FoundRecording look_at(const CaptureFiles& files) {
  FoundRecording found{.files = files, .name = files.journal.stem().string(), .record = std::nullopt};
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

}  // namespace

std::vector<FoundRecording> find_recordings(const project::Home& home) {
  std::vector<FoundRecording> all;
  for (const CaptureFiles& files : recorder::find_captures(home.takes())) all.push_back(look_at(files));
  return all;
}

Result<project::Delivery> recover(Context& context, const FoundRecording& found) {
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

}  // namespace talkback::cli
