#include "engine/media/pcm_samples.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

#include "engine/dsp/vectorise.hpp"

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

using Bytes = std::uint8_t __attribute__((vector_size(16)));
using Words = std::int32_t __attribute__((vector_size(16)));
using Floats = float __attribute__((vector_size(16)));

[[gnu::always_inline]] inline Bytes load(const std::byte* bytes) noexcept {
  Bytes result;
  std::memcpy(&result, bytes, sizeof result);
  return result;
}

// Four samples of three bytes, in the upper bytes of words.
[[gnu::always_inline]] inline void store(const Bytes& bytes, float* out) noexcept {
  Words words;
  std::memcpy(&words, &bytes, sizeof words);
  const Floats floats = __builtin_convertvector(words, Floats) * 0x1p-31F;
  std::memcpy(out, &floats, sizeof floats);
}

constexpr Bytes kNone{};

// Of 24 bits, while 16 bytes may be read at every step. Returns the frames that are done.
TALKBACK_VECTORISE int unpack_24_mono(const std::byte* bytes, float* out, int frames) noexcept {
  int n = 0;
  for (; n + 6 <= frames; n += 4, bytes += 12) {
    store(__builtin_shuffle(kNone, load(bytes), Bytes{0, 16, 17, 18, 0, 19, 20, 21, 0, 22, 23, 24, 0, 25, 26, 27}),
          out + n);
  }
  return n;
}

TALKBACK_VECTORISE int unpack_24_stereo(const std::byte* bytes, float* left, float* right, int frames) noexcept {
  // Two frames a vector: left, left, right, right.
  constexpr Bytes kOrder{0, 16, 17, 18, 0, 22, 23, 24, 0, 19, 20, 21, 0, 25, 26, 27};
  int n = 0;
  for (; n + 6 <= frames; n += 4, bytes += 24) {
    const Bytes first = __builtin_shuffle(kNone, load(bytes), kOrder);
    const Bytes second = __builtin_shuffle(kNone, load(bytes + 12), kOrder);
    store(__builtin_shuffle(first, second, Bytes{0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23}), left + n);
    store(__builtin_shuffle(first, second, Bytes{8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31}),
          right + n);
  }
  return n;
}

// The frames of mono and stereo that vectors can take.
int unpack_24_in_vectors(const std::byte* bytes, AudioBlock block) noexcept {
  if (block.channel_count() == 1) return unpack_24_mono(bytes, block.channel(0).data(), block.frame_count());
  if (block.channel_count() == 2)
    return unpack_24_stereo(bytes, block.channel(0).data(), block.channel(1).data(), block.frame_count());
  return 0;
}

}  // namespace

void unpack_pcm(std::span<const std::byte> bytes, int bytes_per_sample, AudioBlock block) noexcept {
  static_assert(std::endian::native == std::endian::little);
  TALKBACK_CHECK(bytes.size() > static_cast<std::size_t>(block.frame_count()) *
                                    static_cast<std::size_t>(block.channel_count() * bytes_per_sample));
  if (bytes_per_sample == 2) return unpack_any<2>(bytes.data(), block);
  const int done = unpack_24_in_vectors(bytes.data(), block);
  unpack_any<3>(bytes.data() + done * block.channel_count() * 3, block.slice(done, block.frame_count() - done));
}

}  // namespace talkback::media
