#include "client/playback/player.hpp"

namespace talkback::playback {

void Player::process(ConstAudioBlock, AudioBlock output, const device::StreamTime& time) noexcept {
  source_.read(output);
  played_.fetch_add(output.frame_count());
  if (time.xrun) xruns_.fetch_add(1);
}

}  // namespace talkback::playback
