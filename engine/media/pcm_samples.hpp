// Whole-number samples of a file's bytes as floats: value / 2^(bits - 1), exact, as libsndfile gives them but channel
// by channel in one pass.
#pragma once

#include <cstddef>
#include <span>

#include "engine/base/audio_block.hpp"

namespace talkback::media {

// bytes: interleaved, little-endian, `bytes_per_sample` (2 or 3) a sample, as many as the block has, and one byte more
// that may be anything.
void unpack_pcm(std::span<const std::byte> bytes, int bytes_per_sample, AudioBlock block) noexcept;

}  // namespace talkback::media
