// What `talkback setup` found, in words and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "client/device/audio_device.hpp"
#include "client/project/device_settings.hpp"
#include "client/recorder/calibration.hpp"
#include "client/recorder/input_check.hpp"

namespace talkback::cli {

struct InputFinding {
  int number = 0;  // from 1
  recorder::InputReading quiet;
  recorder::InputReading played;
  recorder::InputJudgement judgement;
};

struct LoopFinding {
  int input = 0;  // from 1
  recorder::RoundTrip round_trip{};
  project::DeviceKey key{};
  project::Calibration calibration{};
  int xruns = 0;
  bool is_stored = false;
};

struct SetupFindings {
  device::DeviceInfo device;
  int rate_hz = 0;
  int buffer_frames = 0;
  std::vector<int> rates_hz;  // that it supports
  std::optional<int> project_rate_hz;
  std::vector<InputFinding> inputs;
  std::optional<LoopFinding> loop;
};

// "-63.2 dBFS", "silent".
std::string dbfs_text(double dbfs);

// What the project's rate means for recording on this card; empty where they agree.
std::string rate_advice(const SetupFindings& findings);

// One sentence a thing to do, the most urgent first; empty where all is well.
std::vector<std::string> input_advice(const InputFinding& input);

// "756 frames (15.75 ms), sure (0.98); the driver says 356, which is 400 too few".
std::string loop_text(const LoopFinding& loop);

nlohmann::json json_of(const SetupFindings& findings);

}  // namespace talkback::cli
