#include "engine/dsp/sliding_window.hpp"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <random>

namespace talkback::dsp {
namespace {

constexpr std::size_t kBlock = BlockMinimum::kBlock;

std::vector<float> random_gains(std::size_t count) {
  std::minstd_rand random(1);
  std::vector<float> result(count, 1.0F);
  for (std::size_t n = 0; n < count; ++n) {
    if (random() % 23 == 0) result[n] = static_cast<float>(random() % 64) / 64.0F;
  }
  return result;
}

template <class Window>
std::vector<std::byte> saved(Window& window) {
  std::vector<std::byte> bytes;
  auto archive = StateArchive::saving(bytes);
  window.archive(archive);
  return bytes;
}

TEST(BlockMinimumTest, IsTheLeastOfEachWindowWhereverItGoesOn) {
  const std::vector<float> input = random_gains(60 * kBlock);
  for (const std::size_t length : {33U, 48U, 81U, 129U, 417U}) {
    BlockMinimum window;
    window.prepare(static_cast<int>(length));
    window.reset(1.0F);
    for (std::size_t first = 0; first < input.size(); first += kBlock) {
      BlockMinimum other;
      other.prepare(static_cast<int>(length));
      const std::vector<std::byte> bytes = saved(window);
      auto archive = StateArchive::loading(bytes);
      other.archive(archive);
      ASSERT_TRUE(archive.is_complete());
      ASSERT_EQ(saved(other), bytes);
      if (first / kBlock % 3 == 0) std::swap(window, other);
      std::array<float, kBlock> block;
      std::copy_n(input.begin() + static_cast<std::ptrdiff_t>(first), kBlock, block.begin());
      window.process(block);
      for (std::size_t n = 0; n < kBlock; ++n) {
        float least = 1.0F;
        const std::size_t end = first + n + 1;
        for (std::size_t i = end > length ? end - length : 0; i < end; ++i) least = std::min(least, input[i]);
        ASSERT_EQ(block[n], least) << length << " " << end;
      }
    }
  }
}

TEST(MovingSumTest, IsTheSumOfEachWindow) {
  for (const std::size_t length : {2U, 24U, 48U, 192U}) {
    std::vector<std::int64_t> values(length, 7);
    MovingSum window;
    window.prepare(static_cast<int>(length), 7);
    std::minstd_rand random(2);
    for (int round = 0; round < 50; ++round) {
      std::vector<std::int64_t> block(1 + random() % MovingSum::kBlockMax);
      for (std::int64_t& value : block) value = static_cast<std::int64_t>(random());
      values.insert(values.end(), block.begin(), block.end());
      const auto before = static_cast<std::ptrdiff_t>(block.size());
      window.process(block);
      for (std::ptrdiff_t n = 0; n < before; ++n) {
        const auto end = values.end() - before + n + 1;
        ASSERT_EQ(block[static_cast<std::size_t>(n)],
                  std::accumulate(end - static_cast<std::ptrdiff_t>(length), end, std::int64_t{0}));
      }
    }
  }
}

}  // namespace
}  // namespace talkback::dsp
