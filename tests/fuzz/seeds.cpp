// Writes inputs to begin with: `fuzz_seeds FOLDER` fills FOLDER/TARGET with what editors of the simulator do, so that
// the fuzzers need not find out first what an edit is.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "engine/session/apply.hpp"
#include "engine/session/protocol_version.hpp"
#include "engine/session/state.hpp"
#include "server/domain/room.hpp"
#include "tests/fuzz/chunks.hpp"
#include "tests/simulation/random_work.hpp"

namespace {

using namespace talkback;
namespace fs = std::filesystem;

constexpr std::uint64_t kSeeds = 40;
constexpr int kEditsMax = 5;

struct Seed {
  std::vector<fuzz::Chunk> session_edits, client_frames, server_frames;
};

// Anna stands by at one machine and is recorded from another: 0 and 8 are frames of her two connections.
void order_recordings(std::uint64_t number, const session::Session& session, domain::Room& room, Seed& seed) {
  v1::ClientFrame hello;
  hello.mutable_hello()->set_protocol_version(session::kProtocolVersion);
  room.join(2, {.id = {1}, .user = "anna", .role = v1::OWNER}, hello.hello());
  v1::ClientFrame presence;
  v1::RecordingStatus& status = *presence.mutable_presence()->mutable_recording();
  status.set_takes_orders(true);
  status.set_phase(v1::RecordingStatus::ARMED);
  status.add_peak_dbfs(-20.0F);
  room.show_presence(1, presence.presence(), 1000);
  v1::ClientFrame ordered;
  v1::RecordOrder& order = *ordered.mutable_record_order();
  order.set_order_id(std::string(16, 'o'));
  order.set_to_connection(1);
  order.set_kind(static_cast<v1::RecordOrder::Kind>(1 + number % 4));
  for (const v1::Object* object : session.children(kRootId, v1::Object::kTrack))
    if (object->track().kind() == v1::Track::AUDIO) order.set_track_id(object->id());
  order.mutable_start()->set_from("17.3");
  room.order_recording(2, order, 1000);
  v1::ClientFrame answered;
  v1::RecordAnswer& answer = *answered.mutable_record_answer();
  answer.set_order_id(order.order_id());
  answer.set_to_connection(2);
  answer.set_state(v1::RecordAnswer::ENDED);
  answer.mutable_take()->set_summary("Recorded Vocal take 1");
  room.answer_recording(1, answer, 1000);
  seed.client_frames.push_back({.what = 8, .bytes = hello.SerializeAsString()});
  seed.client_frames.push_back({.what = 0, .bytes = presence.SerializeAsString()});
  seed.client_frames.push_back({.what = 8, .bytes = ordered.SerializeAsString()});
  seed.client_frames.push_back({.what = 0, .bytes = answered.SerializeAsString()});
}

// Chunks as the targets read them: 0 a frame, 4 of client_frames the store.
Seed make_seed(std::uint64_t number) {
  session::Session session = *session::from_state(simulation::small_song());
  domain::Room room(
      {.project = "0123456789abcdef", .session = session, .revision = 0, .snapshot_revision = 0, .edit_names = {}});
  Seed seed;
  const auto deliver = [&] {
    for (const domain::Delivery& delivery : room.take_outbox())
      if (delivery.to != domain::Delivery::To::all_but)
        seed.server_frames.push_back({.what = 0, .bytes = delivery.frame.SerializeAsString()});
  };
  v1::ClientFrame hello;
  hello.mutable_hello()->set_protocol_version(session::kProtocolVersion);
  seed.client_frames.push_back({.what = 0, .bytes = hello.SerializeAsString()});
  room.join(1, {.id = {1}, .user = "anna", .role = v1::OWNER}, hello.hello());
  order_recordings(number, session, room, seed);
  deliver();
  for (int i = 0; i < kEditsMax; ++i) {
    v1::ClientFrame frame;
    v1::Edit& edit = *frame.mutable_submit()->mutable_edit();
    edit = simulation::random_edit(session, "anna", v1::OWNER, number * 1000 + static_cast<std::uint64_t>(i));
    room.submit(1, edit, 1);
    deliver();
    if (!session::apply(session, edit)) continue;
    while (room.take_batch()) room.stored({});
    deliver();
    seed.session_edits.push_back({.what = 0, .bytes = edit.SerializeAsString()});
    seed.client_frames.push_back({.what = 0, .bytes = frame.SerializeAsString()});
    seed.client_frames.push_back({.what = 4, .bytes = {}});
  }
  return seed;
}

void write(const fs::path& folder, std::uint64_t number, const std::vector<fuzz::Chunk>& chunks) {
  fs::create_directories(folder);
  std::ofstream(folder / ("seed-" + std::to_string(number)), std::ios::binary) << fuzz::bytes_of(chunks);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "fuzz_seeds FOLDER\n");
    return 2;
  }
  for (std::uint64_t number = 1; number <= kSeeds; ++number) {
    const Seed seed = make_seed(number);
    write(fs::path(argv[1]) / "session_edits", number, seed.session_edits);
    write(fs::path(argv[1]) / "client_frames", number, seed.client_frames);
    write(fs::path(argv[1]) / "server_frames", number, seed.server_frames);
  }
  return 0;
}
