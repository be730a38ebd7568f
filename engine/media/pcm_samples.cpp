#include "engine/media/pcm_samples.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace talkback::media {

namespace {

template <int size>
float sample_at(const std::byte* bytes) noexcept {
  if constexpr (size == 2) {
    std::int16_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return static_cast<float>(value) * 0x1p-15F;
  } else {
    // Four bytes at once, of which the last belongs to the next sample and is shifted out.
    std::uint32_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return static_cast<float>(static_cast<std::int32_t>(value << 8)) * 0x1p-31F;
  }
}

template <int size, int channels>
void unpack(const std::byte* bytes, AudioBlock block) noexcept {
  float* left = block.channel(0).data();
  float* right = block.channel(channels - 1).data();
  for (int n = 0; n < block.frame_count(); ++n) {
    left[n] = sample_at<size>(bytes);
    if (channels == 2) right[n] = sample_at<size>(bytes + size);
    bytes += size * channels;
  }
}

template <int size>
void unpack_any(const std::byte* bytes, AudioBlock block) noexcept {
  if (block.channel_count() == 1) return unpack<size, 1>(bytes, block);
  if (block.channel_count() == 2) return unpack<size, 2>(bytes, block);
  for (std::size_t n = 0; n < static_cast<std::size_t>(block.frame_count()); ++n) {
    for (int c = 0; c < block.channel_count(); ++c, bytes += size) block.channel(c)[n] = sample_at<size>(bytes);
  }
}

}  // namespace

void unpack_pcm(std::span<const std::byte> bytes, int bytes_per_sample, AudioBlock block) noexcept {
  static_assert(std::endian::native == std::endian::little);
  TALKBACK_CHECK(bytes.size() > static_cast<std::size_t>(block.frame_count()) *
                                    static_cast<std::size_t>(block.channel_count() * bytes_per_sample));
  bytes_per_sample == 2 ? unpack_any<2>(bytes.data(), block) : unpack_any<3>(bytes.data(), block);
}

}  // namespace talkback::media
