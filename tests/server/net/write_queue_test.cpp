#include "server/net/write_queue.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "server/net/limits.hpp"

namespace talkback::net {
namespace {

OutgoingPointer message(const std::string& payload) {
  return outgoing(Opcode::binary, std::make_shared<const std::string>(payload));
}

std::string bytes_of(const OutgoingPointer& message) { return message->header + *message->payload; }

class WriteQueueTest : public ::testing::Test {
 protected:
  WriteQueueTest() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()), 0); }
  ~WriteQueueTest() override {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  std::string read() {
    std::string all;
    std::array<char, 65'536> chunk{};
    for (ssize_t got = 0; (got = ::read(ends_[1], chunk.data(), chunk.size())) > 0;)
      all.append(chunk.data(), static_cast<std::size_t>(got));
    return all;
  }

  std::array<int, 2> ends_{};
  WriteQueue queue_{1'000'000};
  SteadyTime now_ = std::chrono::steady_clock::now();
};

TEST_F(WriteQueueTest, ManyMessagesGoOutInOrderThroughASlowSocket) {
  std::string wanted;
  for (int i = 0; i < 500; ++i) {
    const OutgoingPointer next = message(std::string(static_cast<std::size_t>(i * 7), static_cast<char>('a' + i % 26)));
    wanted += bytes_of(next);
    queue_.add(next, true, now_);
  }
  std::string got;
  int full = 0;
  for (auto outcome = WriteQueue::Outcome::kernel_is_full; outcome != WriteQueue::Outcome::all_written;) {
    outcome = queue_.write(ends_[0]);
    ASSERT_NE(outcome, WriteQueue::Outcome::failed);
    full += outcome == WriteQueue::Outcome::kernel_is_full ? 1 : 0;
    got += read();
  }
  EXPECT_TRUE(got == wanted);
  EXPECT_GT(full, 0) << "the socket took all at once: the test shows nothing";
  EXPECT_EQ(queue_.bytes(), 0U);
  EXPECT_TRUE(queue_.is_empty());
}

TEST_F(WriteQueueTest, SeveralMessagesAreOneWrite) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
  for (int i = 0; i < 10; ++i) queue_.add(message("m"), true, now_);
  EXPECT_EQ(queue_.write(ends[0]), WriteQueue::Outcome::all_written);
  std::array<char, 100> packet{};
  EXPECT_EQ(::read(ends[1], packet.data(), packet.size()), 30) << "a packet is what one write brought";
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(WriteQueueTest, TooSlowByBytesOrByAgeButNotForASnapshot) {
  queue_.add(message(std::string(2'000'000, 's')), false, now_);
  EXPECT_FALSE(queue_.is_too_slow(1'000, now_ + kWriteQueueAgeMax * 2));
  EXPECT_TRUE(queue_.is_too_slow(1'000'001, now_));
  queue_.clear();
  queue_.add(message("m"), true, now_);
  EXPECT_FALSE(queue_.is_too_slow(1, now_ + kWriteQueueAgeMax));
  EXPECT_TRUE(queue_.is_too_slow(1, now_ + kWriteQueueAgeMax + std::chrono::seconds(1)));
}

TEST_F(WriteQueueTest, DroppingKeepsTheMessageThatIsHalfWritten) {
  const OutgoingPointer large = message(std::string(900'000, 'l'));
  queue_.add(large, true, now_);
  queue_.add(message("dropped"), true, now_);
  ASSERT_EQ(queue_.write(ends_[0]), WriteQueue::Outcome::kernel_is_full);
  queue_.drop_waiting();
  const OutgoingPointer last = message("last");
  queue_.add(last, true, now_);
  std::string got;
  while (got.size() < large->size() + last->size()) {
    got += read();
    ASSERT_NE(queue_.write(ends_[0]), WriteQueue::Outcome::failed);
  }
  EXPECT_TRUE(got == bytes_of(large) + bytes_of(last));
}

}  // namespace
}  // namespace talkback::net
