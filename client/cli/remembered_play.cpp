#include "client/cli/remembered_play.hpp"

#include "client/cli/new_capture.hpp"
#include "client/recorder/recording.hpp"

namespace talkback::cli {

Result<std::unique_ptr<RememberedPlay>> RememberedPlay::create(Context& context, const project::OpenProject& project,
                                                               const device::DeviceInfo& device, SampleRate rate,
                                                               FramePosition song, std::vector<int> inputs,
                                                               device::StreamCallback& player) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(project::DeviceSettings settings, project::DeviceSettings::open(*home));
  TALKBACK_ASSIGN(recorder::CaptureStart start, new_capture(context, project, rate));
  start.channels = static_cast<int>(inputs.size());
  start.device = device.name;
  start.host_api = device.host_api;
  std::unique_ptr<RememberedPlay> play(
      new RememberedPlay(context, device, rate, std::move(settings), std::move(inputs), player));
  play->history_.emplace(play->input_, home->lately(), std::move(start), song);
  context.terminal.note("The last " + std::to_string(recorder::kInputHistorySeconds) +
                        " s of your input are remembered on this machine; to keep them: talkback take capture");
  return play;
}

void RememberedPlay::service() {
  if (!knows_latency_ && input_.buffer_frames() > 0) {
    knows_latency_ = true;
    const project::DeviceKey key{device_.name, device_.host_api, rate_.hz, input_.buffer_frames()};
    const Frames told = input_.round_trip();
    if (const auto measured = settings_.calibration(key))
      history_->set_latency(project::round_trip_of(*measured, told, rate_.hz), true);
    else if (told.count >= 0 && told.count <= std::int64_t{recorder::kRoundTripSecondsMax} * rate_.hz)
      history_->set_latency(told, false);
  }
  const auto failed = history_->error();
  if (!failed || has_failed_) return;
  has_failed_ = true;
  context_.terminal.warn("your input is not remembered any more: " + failed->message);
}

}  // namespace talkback::cli
