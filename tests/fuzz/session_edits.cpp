// Edits applied one after the other to a small song: what is refused leaves no trace, what is done can be taken back,
// the oracle of the simulator comes to the same session.
#include "engine/session/apply.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/diff.hpp"
#include "engine/session/state.hpp"
#include "engine/session/undo.hpp"
#include "tests/fuzz/chunks.hpp"
#include "tests/simulation/oracle.hpp"
#include "tests/simulation/random_work.hpp"

namespace talkback::fuzz {
namespace {

using session::Session;

void take(Session& session, simulation::Model& model, const v1::Edit& edit) {
  const Sha256Digest before = session::digest(session);
  const auto report = session::apply(session, edit);
  if (!report) {
    TALKBACK_CHECK(session::digest(session) == before);
    return;
  }
  static_cast<void>(session::digest(session));  // the copies below need not hash again
  simulation::apply(model, edit);
  Session undone = session;
  const auto inverted = session::apply(undone, session::inverse_of(*report));
  TALKBACK_CHECK(inverted.has_value());
  TALKBACK_CHECK(session::digest(undone) == before);
  const auto undo = session::undo_of(session, report->changes);
  if (undo && undo->left.empty()) {
    Session taken_back = session;
    const auto applied = session::apply(taken_back, undo->edit);
    TALKBACK_CHECK(applied.has_value());
    TALKBACK_CHECK(session::digest(taken_back) == before);
  }
  static_cast<void>(session::describe(report->changes, session));
}

void check(const Session& session, const simulation::Model& model) {
  const v1::SessionState state = session::to_state(session, 1);
  const auto restored = session::from_state(state);
  TALKBACK_CHECK(restored.has_value());
  TALKBACK_CHECK(session::digest(*restored) == session::digest(session));
  const std::string differs = simulation::difference(model, simulation::model_of(state.objects()));
  TALKBACK_CHECK(differs.empty());
}

}  // namespace

const google::protobuf::Message* message_of_chunk(std::uint8_t) { return &v1::Edit::default_instance(); }

}  // namespace talkback::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace talkback;
  static const session::Session kBeginning = *session::from_state(simulation::small_song());
  static const simulation::Model kModel = simulation::model_of(simulation::small_song().objects());
  session::Session session = kBeginning;
  simulation::Model model = kModel;
  for (const fuzz::Chunk& chunk : fuzz::chunks_of(data, size)) {
    v1::Edit edit;
    if (edit.ParseFromString(chunk.bytes)) fuzz::take(session, model, edit);
  }
  fuzz::check(session, model);
  return 0;
}
