// The end of a server that people are connected to: nobody is left, nothing is held by what it holds itself.
#include <boost/asio/read.hpp>
#include <future>

#include "engine/session/protocol_version.hpp"
#include "server/net/open_connections.hpp"
#include "tests/server/net/open_door_fixture.hpp"

namespace talkback::net {
namespace {

using namespace std::chrono_literals;

// As a connection sits in its room: each holds the other.
struct HoldingPeer final : RoomPeer {
  explicit HoldingPeer(std::shared_ptr<RoomHost> held) : room(std::move(held)) {}
  void deliver(OutgoingPointer, Kind kind) override {
    has_snapshot = has_snapshot || kind == Kind::snapshot;
    has_goodbye = has_goodbye || kind == Kind::goodbye;
  }
  void read_on() override {}
  std::shared_ptr<RoomHost> room;
  bool has_snapshot = false;
  bool has_goodbye = false;
};

class RoomEndTest : public RightsTest {
 protected:
  void run_all() {
    io_.restart();
    while (io_.poll() > 0) continue;
  }
};

TEST_F(RoomEndTest, ARoomThatIsOverIsHeldByNobodyWhoSatThere) {
  const domain::User olga = people_store_.find_user("olga").value()->user;
  auto host = rooms_.open(branches_.find(own_, own_).value()).value();
  auto peer = std::make_shared<HoldingPeer>(host);
  const std::weak_ptr<RoomHost> room = host;
  const std::weak_ptr<HoldingPeer> seat = peer;
  const domain::ConnectionId connection = rooms_.next_connection();
  host->expect(connection, olga.id, "olga", {});
  v1::Hello hello;
  hello.set_protocol_version(session::kProtocolVersion);
  host->join(connection, peer, {.id = olga.id, .user = "olga", .role = v1::OWNER}, {}, hello);
  host.reset();
  run_all();
  ASSERT_TRUE(peer->has_snapshot);
  rooms_.finish({ErrorCode::unavailable, "over"});
  run_all();
  EXPECT_TRUE(rooms_.wait_until_over(0ms));
  EXPECT_TRUE(peer->has_goodbye);
  peer.reset();
  EXPECT_TRUE(seat.expired()) << "and nobody has said leave()";
  EXPECT_TRUE(room.expired());
}

class ShutdownTest : public OpenDoor<RightsTest> {
 protected:
  // Connected, with these bytes on their way.
  Tcp::socket connect(const std::string& bytes) {
    Tcp::socket socket(outside_);
    socket.connect({asio::ip::address_v4::loopback(), listener_->port()});
    asio::write(socket, asio::buffer(bytes));
    return socket;
  }
  // What the server says until it closes.
  static std::string rest_of(Tcp::socket& socket) {
    std::string text;
    SystemError end;
    asio::read(socket, asio::dynamic_buffer(text), end);
    return text;
  }
  void TearDown() override {}

  asio::io_context outside_;
};

TEST_F(ShutdownTest, NobodyIsConnectedAtTheEndWhateverTheyWereAbout) {
  const test::RoomClient member = join("pia");
  const test::RoomClient silent(listener_->port(), person("mia").token, own_);
  test::HttpClient resting(listener_->port());
  ASSERT_EQ(resting.get("/healthz").status, 200);
  Tcp::socket mute = connect("");
  Tcp::socket half_a_head = connect("GET /healthz HTTP/1.1\r\nHost: a\r\n");
  Tcp::socket half_a_body = connect("POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
  Tcp::socket half_a_piece = connect("PUT /v1/projects/" + own_ + "/blobs/" + std::string(64, 'a') +
                                     " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + person("pia").token +
                                     "\r\nContent-Length: 100\r\n\r\nbytes");
  // Whoever comes after them is answered: they are all in.
  ASSERT_EQ(test::HttpClient(listener_->port()).get("/healthz").status, 200);
  EXPECT_GE(shared_.connections.count(), 7U);
  end(0ms);
}

TEST_F(ShutdownTest, WhatHasBeenAskedIsStillAnsweredAndNothingAfterIt) {
  std::promise<void> begun;
  std::promise<void> go_on;
  services_.is_ready = [&, go = go_on.get_future().share()] {
    begun.set_value();
    go.wait();
    return true;
  };
  Tcp::socket client = connect("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  begun.get_future().wait();
  shared_.connections.end_resting();
  EXPECT_EQ(shared_.connections.count(), 1U);
  go_on.set_value();
  const std::string answer = rest_of(client);
  EXPECT_NE(answer.find("200 OK"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("200 OK", answer.find("200 OK") + 1), std::string::npos) << answer;
  end(kGoodbyeTimeMax);
}

TEST_F(ShutdownTest, WhatAnUploadHadBroughtBeforeItWasCutIsKept) {
  const std::string take(100'000, 's');
  const Sha256Digest digest = sha256(std::string_view(take));
  Tcp::socket client = connect("PUT /v1/projects/" + own_ + "/blobs/" + to_hex(digest) +
                               " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + person("pia").token +
                               "\r\nContent-Length: 100000\r\n\r\n" + take.substr(0, 40'000));
  // What lies in the socket's buffers is read to its end before the end is seen.
  ASSERT_EQ(test::HttpClient(listener_->port()).get("/healthz").status, 200);
  end(0ms);
  const domain::User pia = people_store_.find_user("pia").value()->user;
  EXPECT_EQ(blobs_->begin_upload(own_, pia.id, digest, std::ssize(take)).value().offset_bytes, 40'000);
}

TEST(OpenConnectionsTest, AreCountedAndToldApartAndFreeTheirPlacesOnce) {
  OpenConnections open;
  EXPECT_TRUE(open.wait_until_none(0ms));
  OpenConnections::Place first = open.enter(-1);
  OpenConnections::Place second = open.enter(-1);
  EXPECT_TRUE(first.rest());
  EXPECT_EQ(open.count(), 2U);
  EXPECT_FALSE(open.wait_until_none(0ms));
  open.end_resting();
  first.wake();
  EXPECT_FALSE(first.rest());
  OpenConnections::Place moved = std::move(first);
  first.leave();
  EXPECT_EQ(open.count(), 2U) << "it is the same place";
  second = std::move(moved);
  EXPECT_EQ(open.count(), 1U);
  second.leave();
  second.leave();
  EXPECT_TRUE(open.wait_until_none(0ms));
}

TEST(OpenConnectionsTest, APlaceMayBeLeftAfterTheBooksAreShut) {
  auto open = std::make_unique<OpenConnections>();
  OpenConnections::Place late = open->enter(-1);
  open.reset();
  late.leave();
}

}  // namespace
}  // namespace talkback::net
