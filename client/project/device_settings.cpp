#include "client/project/device_settings.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "client/project/private_file.hpp"
#include "client/recorder/recording.hpp"

namespace talkback::project {
namespace {

// The oldest go first: nobody has so many cards.
constexpr std::size_t kCalibrationsMax = 200;
// A report that moves by more than rounding is a clock that was read, not a latency.
constexpr std::int64_t kSteadyFrames = 1;

bool is_believable(Frames reported, int rate_hz) noexcept {
  return reported.count >= 0 && reported.count <= std::int64_t{recorder::kRoundTripSecondsMax} * rate_hz;
}

nlohmann::json json_of(const DeviceKey& key, const Calibration& calibration) {
  return {{"device", key.name},
          {"host_api", key.host_api},
          {"rate_hz", key.rate_hz},
          {"buffer_frames", key.buffer_frames},
          {"round_trip_frames", calibration.round_trip.count},
          {"confidence", calibration.confidence},
          {"measured_unix_ms", calibration.measured_unix_ms},
          {"reported_frames", calibration.reported.count},
          {"reported_spread_frames", calibration.reported_spread.count}};
}

// nullopt where a field is missing, of another type or out of range.
std::optional<std::pair<DeviceKey, Calibration>> entry_of(const nlohmann::json& json) {
  if (!json.is_object()) return std::nullopt;
  const auto text = [&](const char* field) {
    const auto found = json.find(field);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto number = [&](const char* field, std::int64_t most) {
    const auto found = json.find(field);
    if (found == json.end() || !found->is_number_integer()) return std::int64_t{-1};
    const auto value = found->get<std::int64_t>();
    return value >= 0 && value <= most ? value : -1;
  };
  constexpr std::int64_t kRateMax = 1'000'000;
  constexpr std::int64_t kFramesMax = 100'000'000;
  constexpr std::int64_t kUnixMsMax = 100'000'000'000'000;
  const DeviceKey key{text("device"), text("host_api"), static_cast<int>(number("rate_hz", kRateMax)),
                      static_cast<int>(number("buffer_frames", kFramesMax))};
  Calibration calibration;
  calibration.round_trip = Frames{number("round_trip_frames", kFramesMax)};
  calibration.measured_unix_ms = number("measured_unix_ms", kUnixMsMax);
  const auto confidence = json.find("confidence");
  if (confidence != json.end() && confidence->is_number()) calibration.confidence = confidence->get<double>();
  // Of any size: what a driver says need not make sense.
  for (const auto& [field, value] : {std::pair{"reported_frames", &calibration.reported},
                                     std::pair{"reported_spread_frames", &calibration.reported_spread}}) {
    const auto found = json.find(field);
    if (found != json.end() && found->is_number_integer()) value->count = found->get<std::int64_t>();
  }
  const bool is_whole = !key.name.empty() && key.rate_hz > 0 && key.buffer_frames >= 0 &&
                        calibration.round_trip.count >= 0 && calibration.measured_unix_ms >= 0 &&
                        calibration.confidence >= 0.0 && calibration.confidence <= 1.0;
  if (!is_whole) return std::nullopt;
  return std::pair{key, calibration};
}

}  // namespace

Frames round_trip_of(const Calibration& calibration, Frames reported_now, int rate_hz) noexcept {
  const bool is_steady = calibration.reported_spread.count >= 0 && calibration.reported_spread.count <= kSteadyFrames;
  if (!is_steady || !is_believable(calibration.reported, rate_hz) || !is_believable(reported_now, rate_hz))
    return calibration.round_trip;
  const Frames moved = calibration.round_trip + (reported_now - calibration.reported);
  return is_believable(moved, rate_hz) ? moved : calibration.round_trip;
}

DeviceSettings::Values DeviceSettings::read(const std::filesystem::path& file) {
  Values values;
  const auto text = read_file(file);
  const auto json = nlohmann::json::parse(text.value_or(""), nullptr, false);
  if (!json.is_object()) return values;
  if (const auto chosen = json.find("default"); chosen != json.end() && chosen->is_object()) {
    const auto name = chosen->find("device");
    const auto api = chosen->find("host_api");
    if (name != chosen->end() && name->is_string()) values.device = name->get<std::string>();
    if (api != chosen->end() && api->is_string()) values.host_api = api->get<std::string>();
  }
  const auto stored = json.find("calibrations");
  if (stored == json.end() || !stored->is_array()) return values;
  for (const auto& entry : *stored)
    if (auto value = entry_of(entry)) values.calibrations.push_back(std::move(*value));
  return values;
}

Result<void> DeviceSettings::write() const {
  nlohmann::json json{{"default", {{"device", values_.device}, {"host_api", values_.host_api}}},
                      {"calibrations", nlohmann::json::array()}};
  for (const auto& [key, calibration] : values_.calibrations) json["calibrations"].push_back(json_of(key, calibration));
  // A device's name may be any bytes.
  return write_private_file(file_, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

Result<DeviceSettings> DeviceSettings::open(const Home& home) {
  DeviceSettings settings(home.folder() / "devices.json");
  std::error_code failed;
  const bool is_there = std::filesystem::exists(settings.file_, failed);
  if (failed || (is_there && !read_file(settings.file_)))
    return Error{ErrorCode::unavailable, "cannot read " + settings.file_.string()};
  settings.values_ = read(settings.file_);
  return settings;
}

std::optional<Calibration> DeviceSettings::calibration(const DeviceKey& key) const {
  for (const auto& [stored, calibration] : values_.calibrations)
    if (stored == key) return calibration;
  return std::nullopt;
}

std::vector<std::pair<DeviceKey, Calibration>> DeviceSettings::calibrations(const std::string& name,
                                                                            const std::string& host_api) const {
  std::vector<std::pair<DeviceKey, Calibration>> found;
  for (const auto& entry : values_.calibrations)
    if (entry.first.name == name && entry.first.host_api == host_api) found.push_back(entry);
  std::ranges::stable_sort(found, std::ranges::greater{},
                           [](const auto& entry) { return entry.second.measured_unix_ms; });
  return found;
}

Result<void> DeviceSettings::store(const DeviceKey& key, const Calibration& calibration) {
  values_ = read(file_);  // what another program stored meanwhile stays
  auto& entries = values_.calibrations;
  std::erase_if(entries, [&](const auto& entry) { return entry.first == key; });
  while (entries.size() >= kCalibrationsMax)
    entries.erase(
        std::ranges::min_element(entries, {}, [](const auto& entry) { return entry.second.measured_unix_ms; }));
  entries.emplace_back(key, calibration);
  return write();
}

Result<void> DeviceSettings::forget(const DeviceKey& key) {
  values_ = read(file_);
  if (std::erase_if(values_.calibrations, [&](const auto& entry) { return entry.first == key; }) == 0)
    return Error{ErrorCode::not_found, "no round trip is stored for \"" + key.name + "\""};
  return write();
}

Result<void> DeviceSettings::choose_device(const std::string& name, const std::string& host_api) {
  values_ = read(file_);
  values_.device = name;
  values_.host_api = host_api;
  return write();
}

}  // namespace talkback::project
