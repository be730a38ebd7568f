#include "client/cli/recorded_take.hpp"

#include <nlohmann/json.hpp>

#include "client/cli/take_delivering.hpp"

namespace talkback::cli {
namespace {

void tell_what_went_wrong(Context& context, const RecordingRun& run) {
  const recorder::Recording& recording = run.recording();
  if (recording.lost_frames() > 0)
    context.terminal.warn(std::to_string(recording.lost_frames()) +
                          " frames were lost because the disk was too slow; they are silent, and marked in the take");
  if (recording.clips() > 0)
    context.terminal.warn("the input was at full scale " + std::to_string(recording.clips()) +
                          " times: turn the pre-amplifier down");
  if (!recording.is_latency_measured() && recording.latency() != recording.round_trip())
    context.terminal.warn("the driver reports a round trip of " + std::to_string(recording.round_trip().count) +
                          " frames, which cannot be; the take is placed without compensation. See: talkback setup");
}

}  // namespace

Result<RecordedTake> bring_in(Context& context, project::OpenProject& project, RecordingRun& run,
                              const std::function<void()>& on_turn) {
  RecordedTake take;
  const auto written = run.finish();
  if (!written) {
    take.disk_fault = written.error();
    context.terminal.warn(written.error().message + "; what came before is kept");
  }
  tell_what_went_wrong(context, run);
  const auto turn = [&] {
    run.show_phase(v1::RecordingStatus::SENDING);
    if (on_turn) on_turn();
  };
  turn();
  auto delivered = deliver(context, project,
                           {.upload = run.upload(),
                            .preview = &run.preview(),
                            .files = run.files(),
                            .captured = run.captured(),
                            .on_turn = turn});
  if (!delivered) {
    run.show_phase(v1::RecordingStatus::STANDBY, delivered.error().message);
    return delivered.error();
  }
  run.show_phase(v1::RecordingStatus::DONE, delivered->delivery.summary);
  const auto since_end = [&](std::chrono::steady_clock::time_point at) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(at - run.ended_at()).count();
  };
  take.safe_after_ms = since_end(std::chrono::steady_clock::now());
  take.heard_after_ms = since_end(delivered->heard_at);
  take.was_preview = delivered->was_preview;
  take.delivery = std::move(delivered->delivery);
  const double seconds = seconds_of(take.delivery.length, run.rate());
  const recorder::Recording& recording = run.recording();
  context.terminal.line(take.delivery.summary + ": " + duration_text(seconds) + ", round trip " +
                        std::to_string(recording.latency().count) + " frames taken off, " +
                        std::to_string(recording.xruns()) + " xruns, safe on the server.");
  return take;
}

nlohmann::json take_json(RecordingRun& run, const RecordedTake& take) {
  const recorder::Recording& recording = run.recording();
  const auto complete = run.upload().result();
  return {{"summary", take.delivery.summary},
          {"takes", take.delivery.takes},
          {"seconds", seconds_of(take.delivery.length, run.rate())},
          {"latency_frames", recording.latency().count},
          {"latency_measured", recording.is_latency_measured()},
          {"xruns", recording.xruns()},
          {"lost_frames", recording.lost_frames()},
          {"format", complete->is_flac ? "flac" : "wav"},
          {"sha256", to_hex(complete->sha256)},
          {"revision", take.delivery.revision},
          {"safe_after_ms", take.safe_after_ms},
          {"heard_after_ms", take.heard_after_ms},
          {"heard_first_as_preview", take.was_preview},
          {"device", run.device()}};
}

}  // namespace talkback::cli
