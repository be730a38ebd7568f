#include "engine/graph/impulse_response.hpp"

#include <fmt/format.h>

#include "engine/effects/convolution.hpp"

namespace talkback::graph {

namespace {

Error named(Error error) {
  error.message = "the impulse response of a convolution: " + error.message;
  return error;
}

}  // namespace

Result<std::shared_ptr<const AudioBuffer>> load_impulse_response(media::SourceLibrary& library,
                                                                 std::string_view blob_sha256, SampleRate rate) {
  if (blob_sha256.empty()) return std::shared_ptr<const AudioBuffer>();
  const auto info = library.describe(blob_sha256, rate);
  if (!info) return named(info.error());
  if (info->channels != 1 && info->channels != 2 && info->channels != effects::Convolution::kResponseChannelsMax)
    return named({ErrorCode::invalid, fmt::format("it has {} channels, not 1, 2 or 4.", info->channels)});
  const double seconds = static_cast<double>(info->length.count) / rate.hz;
  if (seconds > effects::Convolution::kResponseSecondsMax)
    return named({ErrorCode::invalid, fmt::format("it lasts {:.1f} s; at most {:.0f} s are played.", seconds,
                                                  effects::Convolution::kResponseSecondsMax)});
  if (info->length.count == 0) return named({ErrorCode::invalid, "it is empty."});
  auto reader = library.open(blob_sha256, rate);
  if (!reader) return named(reader.error());
  auto response = std::make_shared<AudioBuffer>(info->channels, static_cast<int>(info->length.count));
  if (const auto read = (*reader)->read(FramePosition{0}, response->block()); !read) return named(read.error());
  const auto gain = static_cast<float>(static_cast<double>(info->own_rate_hz) / rate.hz);
  for (int c = 0; c < info->channels; ++c) {
    for (float& sample : response->block().channel(c)) sample *= gain;
  }
  return std::shared_ptr<const AudioBuffer>(std::move(response));
}

}  // namespace talkback::graph
