#include "engine/media/pcm_samples.hpp"

#include <gtest/gtest.h>

#include <array>

namespace talkback::media {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  bytes.push_back(std::byte{0xaa});  // whatever follows
  return bytes;
}

TEST(PcmSamplesTest, WholeNumbersBecomeTheirPartOfFullScale) {
  AudioBuffer mono(1, 4);
  unpack_pcm(bytes_of({0xff, 0xff, 0x7f, 0x00, 0x00, 0x80, 0x01, 0x00, 0x00, 0xff, 0xff, 0xff}), 3, mono.block());
  const std::array<float, 4> expected = {8'388'607.0F / 8'388'608.0F, -1.0F, 1.0F / 8'388'608.0F, -1.0F / 8'388'608.0F};
  for (std::size_t n = 0; n < 4; ++n) EXPECT_EQ(mono.block().channel(0)[n], expected[n]);
  AudioBuffer stereo(2, 1);
  unpack_pcm(bytes_of({0xff, 0x7f, 0x00, 0x80}), 2, stereo.block());
  EXPECT_EQ(stereo.block().channel(0)[0], 32'767.0F / 32'768.0F);
  EXPECT_EQ(stereo.block().channel(1)[0], -1.0F);
  AudioBuffer three(3, 1);
  unpack_pcm(bytes_of({0, 0x40, 0, 0x20, 0, 0xc0}), 2, three.block());
  EXPECT_EQ(three.block().channel(0)[0], 0.5F);
  EXPECT_EQ(three.block().channel(1)[0], 0.25F);
  EXPECT_EQ(three.block().channel(2)[0], -0.5F);
}

TEST(PcmSamplesTest, BlocksOfAnyLengthAreRead) {
  for (int channels = 1; channels <= 3; ++channels) {
    for (int frames = 1; frames < 40; ++frames) {
      std::vector<std::byte> bytes;
      std::vector<float> values;
      for (int i = 0; i < frames * channels; ++i) {
        const auto value = static_cast<int>(i * 5'000'011LL % 16'777'216) - 8'388'608;
        for (int shift = 0; shift < 24; shift += 8) bytes.push_back(static_cast<std::byte>(value >> shift));
        values.push_back(static_cast<float>(value) / 8'388'608.0F);
      }
      bytes.push_back(std::byte{0x55});
      // Read from where nothing lies behind the last byte that may be read.
      const std::vector<std::byte> exact(bytes);
      AudioBuffer sound(channels, frames);
      unpack_pcm(exact, 3, sound.block());
      for (int n = 0; n < frames; ++n) {
        for (int c = 0; c < channels; ++c)
          ASSERT_EQ(sound.block().channel(c)[static_cast<std::size_t>(n)],
                    values[static_cast<std::size_t>(n * channels + c)])
              << n << " of " << frames << ", " << channels;
      }
    }
  }
}

}  // namespace
}  // namespace talkback::media
