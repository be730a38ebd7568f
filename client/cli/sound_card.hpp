// The sound card that a command works on.
#pragma once

#include "client/cli/context.hpp"
#include "client/device/audio_device.hpp"
#include "client/project/device_settings.hpp"

namespace talkback::cli {

// What was asked for; else what `talkback setup` chose, where it is there and has enough channels; else the default.
// options.device: as --device gave it. Fails as AudioDevices::find, and with what is the matter where there is no card.
Result<device::DeviceInfo> find_card(Context& context, const device::AudioDevices& devices,
                                     const project::DeviceSettings& settings, device::StreamOptions options);

// The same with the settings of this home folder. options.device then names the card for AudioDevices::open.
Result<device::DeviceInfo> choose_card(Context& context, const device::AudioDevices& devices,
                                       device::StreamOptions& options);

}  // namespace talkback::cli
