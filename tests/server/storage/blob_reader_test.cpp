// A stored blob on its way into a socket.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <string>

#include "server/domain/people.hpp"
#include "tests/support/fake_outside.hpp"
#include "tests/support/open_stores.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::storage {
namespace {

// More than any socket holds.
constexpr std::size_t kBytes = std::size_t{8} << 20;

class BlobReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(std::signal(SIGPIPE, SIG_IGN), SIG_ERR);
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0);
    ASSERT_EQ(::fcntl(ends_[0], F_SETFL, O_NONBLOCK), 0);
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<char>(i * 7 + i / 251);
    const domain::User anna = stores_->people.add_user("anna", "hash", true, 1).value();
    project_ = projects_.create(anna, "Song", 0).value().id;
    auto writer = stores_->blobs->receive_whole(project_, anna.id, name_ = sha256(bytes_), std::ssize(bytes_)).value();
    ASSERT_TRUE(writer->write(std::as_bytes(std::span(bytes_))));
    ASSERT_TRUE(writer->finish().value().complete);
    blob_ = stores_->blobs->read(project_, name_).value();
  }
  void TearDown() override {
    for (const int end : ends_) ::close(end);
  }

  // What waits in the socket's other end.
  std::string receive() {
    std::string got(kBytes, '\0');
    const ssize_t count = ::recv(ends_[1], got.data(), got.size(), MSG_DONTWAIT);
    got.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return got;
  }

  TemporaryFolder folder_;
  test::FakeClock clock_;
  test::SeededRandom random_;
  std::unique_ptr<Stores> stores_ = test::open_stores(folder_.path(), clock_, random_);
  domain::Projects projects_{stores_->projects, clock_, random_};
  domain::ProjectId project_;
  std::string bytes_ = std::string(kBytes, '\0');
  Sha256Digest name_{};
  std::unique_ptr<domain::BlobReader> blob_;
  std::array<int, 2> ends_{-1, -1};
};

TEST_F(BlobReaderTest, ASocketTakesWhatItHasRoomForAndInTheEndEverything) {
  std::string got;
  const std::size_t first = blob_->send(0, kBytes, ends_[0]).value();
  EXPECT_GT(first, 0U);
  EXPECT_LT(first, kBytes);
  EXPECT_EQ(blob_->send(static_cast<std::int64_t>(first), kBytes - first, ends_[0]).value(), 0U) << "it is full";
  for (std::size_t sent = first; got.size() < kBytes;) {
    got += receive();
    if (sent == kBytes) continue;
    sent += blob_->send(static_cast<std::int64_t>(sent), kBytes - sent, ends_[0]).value();
  }
  EXPECT_TRUE(got == bytes_);
}

TEST_F(BlobReaderTest, ARangeIsSentAndNoMore) {
  EXPECT_EQ(blob_->send(1'000, 5'000, ends_[0]).value(), 5'000U);
  EXPECT_EQ(receive(), bytes_.substr(1'000, 5'000));
}

TEST_F(BlobReaderTest, APeerThatIsGoneIsTold) {
  ::close(std::exchange(ends_[1], -1));
  EXPECT_EQ(blob_->send(0, kBytes, ends_[0]).error().code, ErrorCode::unavailable);
}

TEST_F(BlobReaderTest, AFileThatHasLostBytesIsNotTakenForOneWhoseReaderIsSlow) {
  const std::filesystem::path file = folder_ / "blobs" / to_hex(name_).substr(0, 2) / to_hex(name_);
  std::filesystem::permissions(file, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  std::filesystem::resize_file(file, 1'000);
  EXPECT_EQ(blob_->send(0, 2'000, ends_[0]).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace talkback::storage
