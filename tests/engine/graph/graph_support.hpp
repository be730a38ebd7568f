#pragma once

#include "engine/dsp/decibel.hpp"
#include "engine/render/mix_stream.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback::graph {

// The whole session, or its first frames.
inline AudioBuffer heard(SessionBuilder& builder, int frames = 0, render::MixTap tap = render::MixTap::mix,
                         render::RunnerOptions runner = {}) {
  auto stream = render::MixStream::create(builder.session, {}, builder.library, tap, runner);
  if (!stream) {
    ADD_FAILURE() << stream.error().message;
    return AudioBuffer(2, std::max(frames, 1));
  }
  AudioBuffer result(2, frames > 0 ? frames : static_cast<int>(stream->length().count));
  const auto outcome = stream->read(result.block());
  EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message);
  return result;
}

inline double peak_db(ConstAudioBlock block) {
  double peak = 0.0;
  for (int c = 0; c < block.channel_count(); ++c) {
    for (const float sample : block.channel(c)) peak = std::max(peak, std::abs(static_cast<double>(sample)));
  }
  return dsp::db_from_gain(peak);
}

inline float at(const AudioBuffer& sound, int channel, int frame) {
  return sound.block().channel(channel)[static_cast<std::size_t>(frame)];
}

inline bool same(const AudioBuffer& a, const AudioBuffer& b) {
  return std::ranges::equal(a.block().channel(0), b.block().channel(0)) &&
         std::ranges::equal(a.block().channel(1), b.block().channel(1));
}

}  // namespace talkback::graph
