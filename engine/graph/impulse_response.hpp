// The impulse response of a convolution, from the blob that its insert names.
#pragma once

#include <memory>
#include <string_view>

#include "engine/base/audio_block.hpp"
#include "engine/base/result.hpp"
#include "engine/base/sample_rate.hpp"
#include "engine/media/source_library.hpp"

namespace talkback::graph {

// At the rate, in the level of a filter: resampling keeps the samples' height, so they are multiplied by own rate /
// rate. A null pointer where no blob is named. Fails as SourceLibrary does, and with invalid (three channels, too
// long).
Result<std::shared_ptr<const AudioBuffer>> load_impulse_response(media::SourceLibrary& library,
                                                                 std::string_view blob_sha256, SampleRate rate);

}  // namespace talkback::graph
