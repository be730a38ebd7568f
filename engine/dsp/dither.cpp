#include "engine/dsp/dither.hpp"

#include "engine/dsp/vectorise.hpp"

namespace talkback::dsp {

namespace {

TALKBACK_VECTORISE void quantise_all(const TpdfDither& dither, const float* samples, int bits, int channel,
                                     std::int64_t first, int frames, std::int32_t* out) noexcept {
  const TpdfDither copy = dither;
  for (int n = 0; n < frames; ++n) out[n] = copy.quantise(samples[n], bits, channel, FramePosition{first + n});
}

}  // namespace

void TpdfDither::quantise(std::span<const float> samples, int bits, int channel, FramePosition first,
                          std::int32_t* out) const noexcept {
  quantise_all(*this, samples.data(), bits, channel, first.count, static_cast<int>(samples.size()), out);
}

}  // namespace talkback::dsp
