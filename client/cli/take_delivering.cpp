#include "client/cli/take_delivering.hpp"

#include <algorithm>

#include "client/cli/interrupt.hpp"

namespace talkback::cli {
namespace {

constexpr std::chrono::milliseconds kPoll{100};
constexpr std::chrono::seconds kPlaceAgain{2};

class Delivering {
 public:
  Delivering(Context& context, project::OpenProject& project, const Sending& sending)
      : context_(context), project_(project), sending_(sending) {}

  Result<Delivered> run() {
    TALKBACK_ASSIGN(record_, recorder::read_journal(sending_.files.journal));
    if (const auto sent = wait_for_upload(); !sent) return kept(sent.error());
    const auto complete = sending_.upload.result();
    if (!complete) return kept(complete.error());
    // The take is as soon there as its preview.
    if (sending_.preview != nullptr) sending_.preview->stop();
    if (!delivered_)
      if (const auto placed = place(*complete, {}); !placed) return kept(placed.error());
    TALKBACK_ASSIGN(const project::Home* home, context_.home());
    TALKBACK_ASSIGN(const project::MediaFolder media, project::MediaFolder::open(*home));
    if (const auto settled = project::settle_takes(media, sending_.files, *complete); !settled)
      return kept(settled.error());
    return *delivered_;
  }

 private:
  Error kept(const Error& error) const {
    return Error{error.code, error.message + ". The take is safe in " + sending_.files.capture.string() +
                                 " and goes on with: talkback recover"};
  }

  Result<void> wait_for_upload() {
    const Interrupt interrupt;
    std::string told;
    while (!sending_.upload.wait(kPoll)) {
      if (sending_.on_turn) sending_.on_turn();
      place_by_preview();
      const project::TakeUpload::State state = sending_.upload.state();
      if (state.is_waiting && state.error != told) {
        told = state.error;
        context_.terminal.warn("the take cannot be sent now (" + told +
                               "); it is tried again until it is there. Ctrl+C leaves it for later");
      }
      context_.terminal.progress("Sending the take",
                                 static_cast<double>(state.on_server.count) /
                                     static_cast<double>(std::max<std::int64_t>(sending_.captured.count, 1)));
      if (interrupt.requested()) return Error{ErrorCode::unavailable, "the take is not on the server yet"};
    }
    context_.terminal.end_progress();
    return {};
  }

  void place_by_preview() {
    if (delivered_ || sending_.preview == nullptr) return;
    const auto preview = sending_.preview->sha256();
    const auto made = sending_.upload.made();
    if (!preview || !made || std::chrono::steady_clock::now() < place_due_) return;
    // What fails now is tried again, at the latest when the take is there.
    place_due_ = std::chrono::steady_clock::now() + kPlaceAgain;
    if (!place(*made, *preview)) return;
    context_.terminal.end_progress();
    context_.terminal.note(delivered_->delivery.summary +
                           ": others hear a preview already; the take itself is still being sent.");
  }

  Result<void> place(const recorder::TakeEncoder::Complete& complete, const std::string& preview) {
    // The connection may have ended during the take: the server restarted, or the line broke.
    auto heard = project_.pump(std::chrono::milliseconds(0));
    while (heard && !heard->empty()) heard = project_.pump(std::chrono::milliseconds(0));
    if (!heard) TALKBACK_TRY(project_.join());
    TALKBACK_ASSIGN(project::Delivery delivery,
                    project::place_takes(project_, sending_.files, record_, sending_.captured, complete, preview));
    delivered_ = Delivered{std::move(delivery), std::chrono::steady_clock::now(), !preview.empty()};
    return {};
  }

  Context& context_;
  project::OpenProject& project_;
  const Sending& sending_;
  recorder::CaptureRecord record_;
  std::optional<Delivered> delivered_;
  std::chrono::steady_clock::time_point place_due_{};
};

}  // namespace

Result<Delivered> deliver(Context& context, project::OpenProject& project, const Sending& sending) {
  return Delivering(context, project, sending).run();
}

}  // namespace talkback::cli
