#include "client/cli/sound_card.hpp"

#include "client/device/card_access.hpp"

namespace talkback::cli {

Result<device::DeviceInfo> find_card(Context& context, const device::AudioDevices& devices,
                                     const project::DeviceSettings& settings, device::StreamOptions options) {
  const auto list = devices.list();
  if (list.empty()) return device::no_card_error();
  if (options.device.empty() && !settings.default_device().empty()) {
    for (const device::DeviceInfo& info : list) {
      if (info.name != settings.default_device() || info.host_api != settings.default_host_api()) continue;
      if (info.input_channels >= options.input_channels && info.output_channels >= options.output_channels) return info;
    }
    context.terminal.note("\"" + settings.default_device() + "\" (" + settings.default_host_api() +
                          "), which was chosen with talkback setup, is not there; the default is taken.");
  }
  return devices.find(options);
}

Result<device::DeviceInfo> choose_card(Context& context, const device::AudioDevices& devices,
                                       device::StreamOptions& options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const project::DeviceSettings settings, project::DeviceSettings::open(*home));
  TALKBACK_ASSIGN(device::DeviceInfo info, find_card(context, devices, settings, options));
  options.device = std::to_string(info.number);
  return info;
}

}  // namespace talkback::cli
