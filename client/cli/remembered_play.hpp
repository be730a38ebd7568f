// `play --remember-input`: what is sung while the song plays, for `take capture`.
#pragma once

#include <memory>

#include "client/cli/context.hpp"
#include "client/project/device_settings.hpp"
#include "client/recorder/input_history.hpp"

namespace talkback::cli {

class RememberedPlay {
 public:
  // inputs: of the device, from 1. player: outlives it; plays the song from its frame `song` on with the first call.
  static Result<std::unique_ptr<RememberedPlay>> create(Context& context, const project::OpenProject& project,
                                                        const device::DeviceInfo& device, SampleRate rate,
                                                        FramePosition song, std::vector<int> inputs,
                                                        device::StreamCallback& player);

  device::StreamCallback& callback() noexcept { return input_; }
  // Now and then while it plays: uses the measured round trip, tells of a disk that fails.
  void service();

 private:
  RememberedPlay(Context& context, device::DeviceInfo device, SampleRate rate, project::DeviceSettings settings,
                 std::vector<int> inputs, device::StreamCallback& player)
      : context_(context),
        device_(std::move(device)),
        rate_(rate),
        settings_(std::move(settings)),
        input_(std::move(inputs), rate, player) {}

  Context& context_;
  const device::DeviceInfo device_;
  const SampleRate rate_;
  project::DeviceSettings settings_;
  recorder::RememberedInput input_;
  std::optional<recorder::InputHistory> history_;
  bool knows_latency_ = false;
  bool has_failed_ = false;
};

}  // namespace talkback::cli
