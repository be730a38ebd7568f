// The thread that writes the segment cache.
#include "engine/render/pack_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temporary_folder.hpp"

namespace talkback::render {
namespace {

using Piece = std::vector<std::byte>;

Piece piece(std::size_t size, int value) { return Piece(size, static_cast<std::byte>(value)); }

TEST(PackWriterTest, PiecesOfAnySizeLieInTheirOrder) {
  const TemporaryFolder folder;
  const auto file = folder / "pack";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  std::string expected;
  {
    PackWriter writer;
    std::int64_t end = 0;
    for (int i = 0; i < 40; ++i) {
      // Some smaller than what is written together, some larger.
      const std::size_t size = i % 3 == 0 ? 700'000 : 100;
      writer.append(descriptor, {piece(size, i), piece(i == 7 ? 0 : 10, i)});
      expected += std::string(size + (i == 7 ? 0 : 10), static_cast<char>(i));
      end = static_cast<std::int64_t>(expected.size());
    }
    EXPECT_TRUE(writer.wait_for(end));
    Piece last(10);
    EXPECT_EQ(::pread(descriptor, last.data(), 10, end - 10), 10);
    EXPECT_EQ(last, piece(10, 39));
    writer.append(descriptor, {piece(5, 200)});
    expected += std::string(5, static_cast<char>(200));
    // What waits is written before it goes.
  }
  ::close(descriptor);
  std::ifstream stream(file, std::ios::binary);
  const std::string written{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_TRUE(written == expected);
}

TEST(PackWriterTest, AFullDiskIsToldAndEndsIt) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  PackWriter writer;
  writer.append(full, {piece(2 << 20, 1)});
  EXPECT_FALSE(writer.wait_for(2 << 20));
  EXPECT_TRUE(writer.has_failed());
  // Nobody waits for what will not be written.
  for (int i = 0; i < 100; ++i) writer.append(full, {piece(2 << 20, 1)});
  EXPECT_FALSE(writer.finish());
  ::close(full);
}

}  // namespace
}  // namespace talkback::render
