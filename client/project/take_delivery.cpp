#include "client/project/take_delivery.hpp"

#include "client/project/take_edit.hpp"

namespace talkback::project {

Result<Delivery> place_takes(OpenProject& project, const recorder::CaptureFiles& files,
                             const recorder::CaptureRecord& record, Frames captured,
                             const recorder::TakeEncoder::Complete& complete, const std::string& preview) {
  const std::vector<recorder::CapturedTake> takes = recorder::takes_of(record, captured);
  if (takes.empty())
    return Error{ErrorCode::invalid,
                 "the recording ended before its first take began; the sound is kept in " + files.capture.string()};
  Delivery delivery;
  delivery.takes = takes.size();
  for (const recorder::CapturedTake& take : takes) delivery.length += take.length;
  if (holds_recording(project.session(), record.start.recording_id)) {
    delivery.was_there = true;
    delivery.summary = "The takes of " + record.start.track + " were in the project already";
  } else {
    const RecordedFile file{.blob = {to_hex(complete.sha256), complete.size_bytes},
                            .file_name = complete.file.filename().string(),
                            .length = captured,
                            .preview_sha256 = preview};
    v1::Edit edit = edit_of_takes(project.session(), record, takes, file);
    delivery.summary = edit.summary();
    TALKBACK_ASSIGN(const OpenProject::Outcome stored, project.submit_and_wait(std::move(edit)));
    delivery.revision = stored.revision;
  }
  return delivery;
}

Result<void> settle_takes(const MediaFolder& media, const recorder::CaptureFiles& files,
                          const recorder::TakeEncoder::Complete& complete) {
  TALKBACK_TRY(media.adopt(complete.file, complete.sha256));
  recorder::remove_capture(files);
  return {};
}

}  // namespace talkback::project
