#include "client/recorder/input_meter.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace talkback::recorder {
namespace {

std::vector<int> first_inputs(int channels) {
  std::vector<int> inputs(static_cast<std::size_t>(std::clamp(channels, 1, kChannelsMax)));
  std::iota(inputs.begin(), inputs.end(), 1);
  return inputs;
}

}  // namespace

InputMeter::InputMeter(std::vector<int> inputs, int channels, Monitor monitor)
    : inputs_(inputs.empty() ? first_inputs(channels) : std::move(inputs)), monitor_(monitor) {}

void InputMeter::process(ConstAudioBlock input, AudioBlock output,
                         const device::StreamTime& time) noexcept TALKBACK_REALTIME {
  if (time.xrun) xruns_.fetch_add(1, std::memory_order_relaxed);
  clear(output);
  if (input.channel_count() == 0) return;
  const auto chosen = [&](std::size_t c) { return input.channel(std::min(inputs_[c], input.channel_count()) - 1); };
  for (std::size_t c = 0; c < std::min(inputs_.size(), peaks_.size()); ++c) {
    float peak = peaks_[c].load(std::memory_order_relaxed);
    for (const float sample : chosen(c)) peak = std::max(peak, std::abs(sample));
    peaks_[c].store(peak, std::memory_order_relaxed);
  }
  if (monitor_ == Monitor::off) return;
  for (int c = 0; c < output.channel_count(); ++c) {
    const std::span<const float> heard = chosen(std::min(static_cast<std::size_t>(c), inputs_.size() - 1));
    std::ranges::copy(heard, output.channel(c).begin());
  }
}

}  // namespace talkback::recorder
