#include "client/project/device_settings.hpp"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace talkback::project {
namespace {

const DeviceKey kCard{"Scarlett 2i2 USB", "ALSA", 48'000, 256};
const Calibration kMeasured{Frames{1'156}, 0.97, 1'760'000'000'000, Frames{756}, Frames{0}};

TEST(DeviceSettingsTest, ACalibrationHoldsForItsDeviceRateAndBufferSizeOnly) {
  const TemporaryFolder folder;
  const Home home = *Home::open(folder / "home");
  DeviceSettings settings = *DeviceSettings::open(home);
  EXPECT_FALSE(settings.calibration(kCard));
  ASSERT_TRUE(settings.store(kCard, kMeasured));

  const DeviceSettings again = *DeviceSettings::open(home);
  EXPECT_EQ(again.calibration(kCard), kMeasured);
  for (const DeviceKey& other : {DeviceKey{"Scarlett", "ALSA", 48'000, 256}, DeviceKey{kCard.name, "JACK", 48'000, 256},
                                 DeviceKey{kCard.name, "ALSA", 44'100, 256}, DeviceKey{kCard.name, "ALSA", 48'000, 64}})
    EXPECT_FALSE(again.calibration(other));
}

TEST(DeviceSettingsTest, ANewMeasurementReplacesTheOldOneAndOthersStay) {
  const TemporaryFolder folder;
  const Home home = *Home::open(folder / "home");
  DeviceSettings one = *DeviceSettings::open(home);
  DeviceSettings other = *DeviceSettings::open(home);
  DeviceKey small = kCard;
  small.buffer_frames = 64;
  Calibration newer = kMeasured;
  newer.round_trip = Frames{1'150};
  newer.measured_unix_ms += 1'000;
  ASSERT_TRUE(one.store(kCard, kMeasured));
  ASSERT_TRUE(other.store(small, kMeasured)) << "opened before the first was stored";
  ASSERT_TRUE(one.choose_device(kCard.name, kCard.host_api));
  ASSERT_TRUE(other.store(kCard, newer));

  const DeviceSettings again = *DeviceSettings::open(home);
  EXPECT_EQ(again.default_device(), kCard.name);
  EXPECT_EQ(again.default_host_api(), "ALSA");
  const auto all = again.calibrations(kCard.name, "ALSA");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.front(), (std::pair{kCard, newer})) << "the newest first";
  EXPECT_EQ(all.back(), (std::pair{small, kMeasured}));
}

TEST(DeviceSettingsTest, AForgottenOneIsGone) {
  const TemporaryFolder folder;
  DeviceSettings settings = *DeviceSettings::open(*Home::open(folder / "home"));
  EXPECT_EQ(settings.forget(kCard).error().code, ErrorCode::not_found);
  ASSERT_TRUE(settings.store(kCard, kMeasured));
  ASSERT_TRUE(settings.forget(kCard));
  EXPECT_FALSE(settings.calibration(kCard));
}

TEST(DeviceSettingsTest, DamagedFilesAndEntriesAreAsIfTheyWereMissing) {
  const TemporaryFolder folder;
  const Home home = *Home::open(folder / "home");
  for (const char* damaged : {"", "{", "[]", "null", R"({"default":7,"calibrations":{}})",
                              R"({"default":{"device":1},"calibrations":[1,{},{"device":"x"},
                                 {"device":"x","rate_hz":-1,"round_trip_frames":1e99}]})"}) {
    folder.write("home/devices.json", damaged);
    const auto settings = DeviceSettings::open(home);
    ASSERT_TRUE(settings) << damaged;
    EXPECT_EQ(settings->default_device(), "") << damaged;
    EXPECT_TRUE(settings->calibrations("x", "").empty()) << damaged;
  }
}

TEST(DeviceSettingsTest, ASteadyReportCountsWithTheMeasuredDifference) {
  const int rate = 48'000;
  EXPECT_EQ(round_trip_of(kMeasured, Frames{756}, rate), Frames{1'156});
  EXPECT_EQ(round_trip_of(kMeasured, Frames{1'012}, rate), Frames{1'412}) << "a buffer more, and as wrong as before";
  EXPECT_EQ(round_trip_of(kMeasured, Frames{-5}, rate), Frames{1'156}) << "beyond belief";
  EXPECT_EQ(round_trip_of(kMeasured, Frames{89'478LL * rate}, rate), Frames{1'156});
  Calibration moving = kMeasured;
  moving.reported_spread = Frames{40};
  EXPECT_EQ(round_trip_of(moving, Frames{800}, rate), Frames{1'156}) << "a clock that was read, not a latency";
  Calibration nonsense = kMeasured;
  nonsense.reported = Frames{89'478LL * rate};
  EXPECT_EQ(round_trip_of(nonsense, Frames{756}, rate), Frames{1'156});
}

}  // namespace
}  // namespace talkback::project
