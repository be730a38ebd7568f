// What `talkback setup` found out about this machine's sound cards: the one to use, and their true round trips.
//
// Kept in devices.json of the home folder, replaced as a whole; a damaged file is as if it were missing. One object is
// used by one thread; of two programs that store at once both are kept, unless they store the same thing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client/project/home.hpp"
#include "engine/base/position.hpp"
#include "engine/base/result.hpp"

namespace talkback::project {

// What a round trip holds for.
struct DeviceKey {
  std::string name;
  std::string host_api;
  int rate_hz = 0;
  int buffer_frames = 0;

  friend bool operator==(const DeviceKey&, const DeviceKey&) = default;
};

// A round trip that was measured through a loop. All figures are frames of the key's rate.
struct Calibration {
  // From a callback's output to the input that brings it back: the truth at the time.
  Frames round_trip{};
  double confidence = 0.0;  // 0 to 1
  std::int64_t measured_unix_ms = 0;
  // What the driver said meanwhile (device::StreamTime::round_trip): the middle, and how far it moved.
  Frames reported{};
  Frames reported_spread{};

  friend bool operator==(const Calibration&, const Calibration&) = default;
};

// The round trip to place a take by, where the driver reports `reported_now`.
//
// A driver that is wrong is wrong by the same amount when its buffers are split otherwise, or when the way to the
// converters changes: a steady report counts with the measured difference, true - reported, added. Where its report
// moved while it was measured, or is beyond belief then or now, the measured round trip counts as it is.
Frames round_trip_of(const Calibration& calibration, Frames reported_now, int rate_hz) noexcept;

class DeviceSettings {
 public:
  // Never fails for what the file holds; `unavailable` is kept for folders that cannot be read.
  static Result<DeviceSettings> open(const Home& home);

  // Of exactly this device, rate and buffer size.
  std::optional<Calibration> calibration(const DeviceKey& key) const;
  // Of a device of this name and host API at any rate and buffer size, the newest first.
  std::vector<std::pair<DeviceKey, Calibration>> calibrations(const std::string& name,
                                                              const std::string& host_api) const;
  // On the disk when it returns. Replaces what was stored for the key. Fails with `unavailable` or `exhausted`.
  Result<void> store(const DeviceKey& key, const Calibration& calibration);
  // `not_found` where none is stored for the key.
  Result<void> forget(const DeviceKey& key);

  // The name of the chosen device; empty where none was chosen.
  const std::string& default_device() const noexcept { return values_.device; }
  const std::string& default_host_api() const noexcept { return values_.host_api; }
  Result<void> choose_device(const std::string& name, const std::string& host_api);

 private:
  struct Values {
    std::string device;
    std::string host_api;
    std::vector<std::pair<DeviceKey, Calibration>> calibrations;
  };

  explicit DeviceSettings(std::filesystem::path file) : file_(std::move(file)) {}
  static Values read(const std::filesystem::path& file);
  Result<void> write() const;

  std::filesystem::path file_;
  Values values_;
};

}  // namespace talkback::project
