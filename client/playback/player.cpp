#include "client/playback/player.hpp"

namespace talkback::playback {

void Player::process(ConstAudioBlock, AudioBlock output, const device::StreamTime& time) noexcept TALKBACK_REALTIME {
  const std::int64_t played = played_.load();
  if (ahead_ != nullptr) {
    ahead_->read(output);
  } else {
    graph_->process(output);
    if (time.xrun) graph_->count_xrun();
    const std::int64_t left = std::clamp<std::int64_t>(length_.count - played, 0, output.frame_count());
    const auto heard = static_cast<int>(left);
    clear(output.slice(heard, output.frame_count() - heard));
  }
  played_.store(played + output.frame_count());
  if (time.xrun) xruns_.fetch_add(1);
}

bool Player::is_over() const noexcept {
  return ahead_ != nullptr ? ahead_->is_over() : played() >= length_ || graph_->state().is_over;
}

}  // namespace talkback::playback
