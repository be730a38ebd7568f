// What a server may send, a broken or a wicked one as well: frames into a Sync that edits, connects again and restarts.
#include <optional>

#include "client/replica/sync.hpp"
#include "engine/session/canonical.hpp"
#include "engine/session/state.hpp"
#include "tests/fuzz/chunks.hpp"
#include "tests/simulation/random_work.hpp"
#include "tests/simulation/simulated_client.hpp"

namespace talkback::fuzz {
namespace {

using replica::Sync;

enum class What { frame_0, frame_1, frame_2, frame_3, frame_4, edit, connect, restart };
What what_of(std::uint8_t byte) { return static_cast<What>(byte & 7); }

class Client {
 public:
  Client() {
    TALKBACK_CHECK(store_.keep_state(simulation::small_song(), {}).has_value());
    start();
    connect();
  }

  void take(const Chunk& chunk) {
    switch (what_of(chunk.what)) {
      case What::edit: {
        v1::Edit edit;
        if (edit.ParseFromString(chunk.bytes)) static_cast<void>(sync_->submit(std::move(edit)).has_value());
        break;
      }
      case What::connect:
        connect();
        break;
      case What::restart:
        static_cast<void>(sync_->save().has_value());
        start();
        connect();
        break;
      default:
        receive(chunk.bytes);
    }
  }

  // Whatever was said, what the replica holds is a session that keeps every rule.
  void check() const {
    for (const session::Session* held : {&sync_->replica().confirmed(), &sync_->replica().view()}) {
      const auto restored = session::from_state(session::to_state(*held, 1));
      TALKBACK_CHECK(restored.has_value());
    }
  }

 private:
  void start() {
    sync_.reset();
    auto created = Sync::create(store_, "fuzz");
    TALKBACK_CHECK(created.has_value());
    sync_.emplace(*std::move(created));
  }

  void connect() {
    sync_->disconnected();
    sync_->connected([](const v1::ClientFrame& frame) {
      v1::ClientFrame read;
      TALKBACK_CHECK(read.ParseFromString(frame.SerializeAsString()));
    });
  }

  void receive(const std::string& bytes) {
    v1::ServerFrame frame;
    if (!frame.ParseFromString(bytes)) return connect();
    const auto events = sync_->receive(frame);
    TALKBACK_CHECK(events.has_value());
    for (const replica::Event& event : *events) {
      if (event.kind == replica::Event::Kind::resync || event.kind == replica::Event::Kind::goodbye) return connect();
    }
  }

  simulation::SimulatedReplicaStore store_{simulation::Sabotage::none};
  std::optional<Sync> sync_;
};

}  // namespace

const google::protobuf::Message* message_of_chunk(std::uint8_t what) {
  if (what_of(what) <= What::frame_4) return &v1::ServerFrame::default_instance();
  return what_of(what) == What::edit ? &v1::Edit::default_instance() : nullptr;
}

}  // namespace talkback::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  talkback::fuzz::Client client;
  for (const talkback::fuzz::Chunk& chunk : talkback::fuzz::chunks_of(data, size)) client.take(chunk);
  client.check();
  return 0;
}
