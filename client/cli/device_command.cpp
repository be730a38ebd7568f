// talkback devices: the sound cards of this machine, which one is used, and what was measured of them.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/sound_card.hpp"
#include "client/device/card_access.hpp"
#include "client/device/file_device.hpp"

namespace talkback::cli {
namespace {

std::string milliseconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", value);
  return text;
}

// "44.1 48 96"
std::string rates_text(const std::vector<int>& rates_hz) {
  std::string text;
  for (const int rate : rates_hz) {
    char number[16];
    std::snprintf(number, sizeof number, "%g", rate / 1e3);
    text += (text.empty() ? "" : " ") + std::string(number);
  }
  return text;
}

// The newest measurement of each rate and buffer size.
std::string calibrations_text(const std::vector<std::pair<project::DeviceKey, project::Calibration>>& calibrations) {
  std::string text;
  for (const auto& [key, calibration] : calibrations)
    text += (text.empty() ? "" : ", ") + std::to_string(calibration.round_trip.count) + " at " +
            rates_text({key.rate_hz}) + "/" + std::to_string(key.buffer_frames);
  return text;
}

nlohmann::json json_of(const project::DeviceKey& key, const project::Calibration& calibration) {
  return {{"rate_hz", key.rate_hz},
          {"buffer_frames", key.buffer_frames},
          {"round_trip_frames", calibration.round_trip.count},
          {"reported_frames", calibration.reported.count},
          {"confidence", calibration.confidence},
          {"measured_unix_ms", calibration.measured_unix_ms}};
}

Result<void> list_devices(Context& context) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const project::DeviceSettings settings, project::DeviceSettings::open(*home));
  TALKBACK_ASSIGN(const auto devices, device::open_devices());
  const auto list = devices->list();
  // What a command without --device records on.
  const auto usual = list.empty() ? Result<device::DeviceInfo>(Error{ErrorCode::not_found, ""})
                                  : find_card(context, *devices, settings, {"", 1, 1, SampleRate{}});
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const device::DeviceInfo& info : list) {
    const bool is_chosen = info.name == settings.default_device() && info.host_api == settings.default_host_api();
    const bool is_usual = usual && usual->number == info.number;
    const auto rates = devices->supported_rates(info);
    const auto calibrations = settings.calibrations(info.name, info.host_api);
    nlohmann::json measured = nlohmann::json::array();
    for (const auto& [key, calibration] : calibrations) measured.push_back(json_of(key, calibration));
    json.push_back({{"number", info.number},
                    {"name", info.name},
                    {"host_api", info.host_api},
                    {"input_channels", info.input_channels},
                    {"output_channels", info.output_channels},
                    {"rate_hz", info.rate_hz},
                    {"supported_rates_hz", rates},
                    {"input_latency_ms", info.input_latency_ms},
                    {"output_latency_ms", info.output_latency_ms},
                    {"default_input", info.is_default_input},
                    {"default_output", info.is_default_output},
                    {"default", is_usual},
                    {"chosen", is_chosen},
                    {"calibrations", measured}});
    rows.push_back({std::to_string(info.number), info.name, info.host_api, std::to_string(info.input_channels),
                    std::to_string(info.output_channels), rates_text(rates) + " kHz",
                    milliseconds(info.input_latency_ms), milliseconds(info.output_latency_ms),
                    is_chosen  ? "chosen"
                    : is_usual ? "default"
                               : "",
                    calibrations_text(calibrations)});
  }
  if (context.terminal.json)
    context.terminal.print_json(json);
  else if (rows.empty())
    context.terminal.line(device::no_card_error().message + ".");
  else
    context.terminal.table(
        {"NO", "NAME", "API", "IN", "OUT", "RATES", "REPORTED IN", "OUT", "USED", "MEASURED ROUND TRIP"}, rows);
  return {};
}

}  // namespace

void add_device_command(Commands& commands) {
  commands.run(commands.add("devices", "The sound cards of this machine"), &list_devices);
}

}  // namespace talkback::cli
