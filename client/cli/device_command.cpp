// talkback devices: the sound cards of this machine.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/device/audio_device.hpp"

namespace talkback::cli {
namespace {

std::string milliseconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", value);
  return text;
}

Result<void> list_devices(Context& context) {
  TALKBACK_ASSIGN(const auto devices, device::open_port_audio());
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const device::DeviceInfo& info : devices->list()) {
    json.push_back({{"number", info.number},
                    {"name", info.name},
                    {"host_api", info.host_api},
                    {"input_channels", info.input_channels},
                    {"output_channels", info.output_channels},
                    {"rate_hz", info.rate_hz},
                    {"input_latency_ms", info.input_latency_ms},
                    {"output_latency_ms", info.output_latency_ms},
                    {"default_input", info.is_default_input},
                    {"default_output", info.is_default_output}});
    std::string usual;
    if (info.is_default_input) usual += "in ";
    if (info.is_default_output) usual += "out";
    rows.push_back({std::to_string(info.number), info.name, info.host_api, std::to_string(info.input_channels),
                    std::to_string(info.output_channels), std::to_string(info.rate_hz) + " Hz",
                    milliseconds(info.input_latency_ms), milliseconds(info.output_latency_ms), usual});
  }
  if (context.terminal.json)
    context.terminal.print_json(json);
  else if (rows.empty())
    context.terminal.line(
        "No sound card was found. On a machine without one, a JACK server (jackd -d dummy) stands in.");
  else
    context.terminal.table({"NO", "NAME", "API", "IN", "OUT", "RATE", "LATENCY IN", "OUT", "DEFAULT"}, rows);
  return {};
}

}  // namespace

void add_device_command(Commands& commands) {
  commands.run(commands.add("devices", "The sound cards of this machine"), &list_devices);
}

}  // namespace talkback::cli
