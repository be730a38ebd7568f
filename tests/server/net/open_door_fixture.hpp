// The routes of RightsTest with sockets: a port, I/O threads, and the end of all of it in order.
#pragma once

#include "server/net/io_threads.hpp"
#include "server/net/listener.hpp"
#include "tests/server/net/rights_fixture.hpp"
#include "tests/support/test_client.hpp"

namespace talkback::net {

// Base: RightsTest, or what is made of it.
template <class Base>
class OpenDoor : public Base {
 protected:
  void SetUp() override {
    Base::SetUp();
    settings_.port = 0;
    settings_.silence_max = std::chrono::milliseconds(100);
    listener_ = std::move(Listener::open(shared_)).value();
    listener_->start();
    threads_.emplace(this->io_, 1);
  }
  void TearDown() override { end(kGoodbyeTimeMax); }

  // As the server ends. finish_max: what whoever is about something has for it.
  void end(std::chrono::milliseconds finish_max) {
    listener_->close();
    this->rooms_.finish({ErrorCode::unavailable, "the test is over"});
    EXPECT_TRUE(this->rooms_.wait_until_over(std::chrono::seconds(10)));
    end_connections(shared_, finish_max);
    EXPECT_EQ(shared_.connections.count(), 0U);
    threads_.reset();
    this->pool_.join();
  }

  test::RoomClient join(const std::string& name) {
    test::RoomClient room(listener_->port(), this->person(name).token, this->own_);
    room.hello();
    EXPECT_TRUE(room.read_until(v1::ServerFrame::kSnapshot));
    return room;
  }

  NetSettings settings_;
  Shared shared_{.io = this->io_,
                 .work = this->pool_,
                 .passwords = this->pool_,
                 .services = this->services_,
                 .settings = settings_,
                 .rooms = this->rooms_,
                 .sign_ins = {.by_user = {{1, 10}, 10}, .by_address = {{1, 10}, 10}, .wrong_tokens = {{1, 10}, 10}},
                 .connections = {}};
  std::unique_ptr<Listener> listener_;
  std::optional<IoThreads> threads_;
};

}  // namespace talkback::net
