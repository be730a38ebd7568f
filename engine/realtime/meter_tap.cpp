#include "engine/realtime/meter_tap.hpp"

namespace talkback::realtime {

void MeterTap::feed(FramePosition position, ConstAudioBlock sound,
                    double gain_reduction_db) noexcept TALKBACK_REALTIME {
  if (!levels_.push({position.count, analysis::sum_levels(sound), gain_reduction_db}))
    lost_levels_.fetch_add(1, std::memory_order_relaxed);
  if (!audio_) return;
  const std::array<const float*, 2> pointers = {sound.channel(0).data(),
                                                sound.channel(sound.channel_count() - 1).data()};
  const ConstAudioBlock both(std::span<const float* const>(pointers), sound.frame_count());
  const int written = AudioRing::Writer(*audio_).write(both);
  lost_frames_.fetch_add(sound.frame_count() - written, std::memory_order_relaxed);
}

}  // namespace talkback::realtime
