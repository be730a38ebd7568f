// What a sound card calls while nothing is recorded yet: levels of the inputs, silence or the input at the outputs.
#pragma once

#include <array>
#include <atomic>
#include <vector>

#include "client/recorder/recording.hpp"

namespace talkback::recorder {

class InputMeter final : public device::StreamCallback {
 public:
  // inputs: of the device, from 1; empty: the first `channels`.
  InputMeter(std::vector<int> inputs, int channels, Monitor monitor);

  void process(ConstAudioBlock input, AudioBlock output,
               const device::StreamTime& time) noexcept TALKBACK_REALTIME override;

  // [any-thread]
  int channels() const noexcept { return static_cast<int>(inputs_.size()); }
  int xruns() const noexcept { return xruns_.load(); }
  // Largest sample since the last call, full scale 1.
  float take_peak(int channel) noexcept { return peaks_[static_cast<std::size_t>(channel)].exchange(0.0F); }

 private:
  const std::vector<int> inputs_;  // from 1
  const Monitor monitor_;
  std::atomic<int> xruns_{0};
  std::array<std::atomic<float>, kChannelsMax> peaks_{};
};

}  // namespace talkback::recorder
