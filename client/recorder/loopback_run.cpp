#include "client/recorder/loopback_run.hpp"

#include <algorithm>

namespace talkback::recorder {

LoopbackRun::LoopbackRun(const LoopProbe& probe, LoopbackOptions options)
    : probe_(probe), options_(options), captured_(options.inputs, static_cast<int>(probe.length.count)) {}

void LoopbackRun::process(ConstAudioBlock input, AudioBlock output,
                          const device::StreamTime& time) noexcept TALKBACK_REALTIME {
  clear(output);
  if (is_done()) return;
  const std::int64_t at = kept_.load(std::memory_order_relaxed);
  const int frames =
      static_cast<int>(std::min<std::int64_t>(probe_.length.count - at, std::max(input.frame_count(), 0)));
  for (int c = 0; c < output.channel_count(); ++c) {
    if (options_.output && *options_.output != c) continue;
    for (int f = 0; f < frames; ++f)
      output.channel(c)[static_cast<std::size_t>(f)] = options_.gain * probe_.at(FramePosition{at + f});
  }
  const AudioBlock place = captured_.block().slice(static_cast<int>(at), frames);
  for (int c = 0; c < std::min(place.channel_count(), input.channel_count()); ++c)
    std::ranges::copy(input.channel(c).first(static_cast<std::size_t>(frames)), place.channel(c).begin());

  // The first callback of a stream may follow a gap that is none.
  if (time.xrun && at > 0) ++xruns_;
  buffer_frames_ = std::max({buffer_frames_, time.buffer_frames, input.frame_count()});
  reported_.least = has_report_ ? std::min(reported_.least, time.round_trip) : time.round_trip;
  reported_.most = has_report_ ? std::max(reported_.most, time.round_trip) : time.round_trip;
  has_report_ = true;
  kept_.store(at + frames);
  if (at + frames >= probe_.length.count) done_.store(true, std::memory_order_release);
}

}  // namespace talkback::recorder
