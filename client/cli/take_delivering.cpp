#include "client/cli/take_delivering.hpp"

#include <algorithm>

#include "client/cli/interrupt.hpp"

namespace talkback::cli {
namespace {

constexpr std::chrono::milliseconds kPoll{100};

Error kept(const Error& error, const recorder::CaptureFiles& files) {
  return Error{error.code, error.message + ". The take is safe in " + files.capture.string() +
                               " and goes on with: talkback recover"};
}

Result<void> wait_for_upload(Context& context, project::TakeUpload& upload, Frames captured,
                             const std::function<void()>& on_turn) {
  const Interrupt interrupt;
  std::string told;
  while (!upload.wait(kPoll)) {
    if (on_turn) on_turn();
    const project::TakeUpload::State state = upload.state();
    if (state.is_waiting && state.error != told) {
      told = state.error;
      context.terminal.warn("the take cannot be sent now (" + told +
                            "); it is tried again until it is there. Ctrl+C leaves it for later");
    }
    context.terminal.progress("Sending the take", static_cast<double>(state.on_server.count) /
                                                      static_cast<double>(std::max<std::int64_t>(captured.count, 1)));
    if (interrupt.requested()) return Error{ErrorCode::unavailable, "the take is not on the server yet"};
  }
  context.terminal.end_progress();
  return {};
}

}  // namespace

Result<project::Delivery> deliver(Context& context, project::OpenProject& project, project::TakeUpload& upload,
                                  const recorder::CaptureFiles& files, Frames captured,
                                  const std::function<void()>& on_turn) {
  TALKBACK_ASSIGN(const recorder::CaptureRecord record, recorder::read_journal(files.journal));
  if (const auto sent = wait_for_upload(context, upload, captured, on_turn); !sent) return kept(sent.error(), files);
  const auto complete = upload.result();
  if (!complete) return kept(complete.error(), files);
  // The connection may have ended during the take: the server restarted, or the line broke.
  auto heard = project.pump(std::chrono::milliseconds(0));
  while (heard && !heard->empty()) heard = project.pump(std::chrono::milliseconds(0));
  if (!heard)
    if (const auto joined = project.join(); !joined) return kept(joined.error(), files);
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const project::MediaFolder media, project::MediaFolder::open(*home));
  auto delivery = project::deliver_takes(project, media, files, record, captured, *complete);
  if (!delivery) return kept(delivery.error(), files);
  return delivery;
}

}  // namespace talkback::cli
