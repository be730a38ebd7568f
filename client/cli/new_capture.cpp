#include "client/cli/new_capture.hpp"

#include <chrono>

#include "client/replica/replica.hpp"
#include "engine/session/defaults.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::cli {
namespace {

std::vector<timeline::TempoPoint> tempos_of(const session::Session& session) {
  std::vector<timeline::TempoPoint> points;
  for (const v1::Object* object : session.children(kRootId, v1::Object::kTempo)) {
    const v1::Object full = session::with_defaults(*object);
    points.push_back({TickPosition{full.tempo().position_ticks()}, full.tempo().bpm(), full.tempo().ramp()});
  }
  return points;
}

}  // namespace

std::string new_recording_id() {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id;
  for (const char byte : replica::new_edit_id()) {
    id += kDigits[static_cast<unsigned char>(byte) >> 4];
    id += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return id;
}

Result<recorder::CaptureStart> new_capture(Context& context, const project::OpenProject& project, SampleRate rate) {
  TALKBACK_ASSIGN(const project::Credentials signed_in, context.credentials());
  const timeline::TempoMap map = session::tempo_map(project.session(), rate);
  recorder::CaptureStart start;
  start.recording_id = new_recording_id();
  start.server = signed_in.server.text();
  start.user = signed_in.user;
  start.project_id = project.id();
  start.branch_id = project.branch().branch;
  start.rate = rate;
  start.software = "talkback " TALKBACK_VERSION;
  start.recorded_unix_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  start.tempos = tempos_of(project.session());
  start.signatures.assign(map.signatures().begin(), map.signatures().end());
  return start;
}

}  // namespace talkback::cli
