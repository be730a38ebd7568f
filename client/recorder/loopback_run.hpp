// Plays the probe into a device and keeps what arrives meanwhile: one run of a calibration, as a stream's callback.
#pragma once

#include <atomic>
#include <optional>

#include "client/device/audio_device.hpp"
#include "client/recorder/loop_probe.hpp"

namespace talkback::recorder {

struct LoopbackOptions {
  int inputs = 1;  // how many are kept
  // Channel the probe is played on, from 0; nullopt: all.
  std::optional<int> output{};
  float gain = 0.25F;  // -12 dBFS
};

// What the driver said of its round trip, from callback to callback.
struct ReportedRoundTrip {
  Frames least{};
  Frames most{};
  Frames middle() const noexcept { return Frames{least.count + (most.count - least.count) / 2}; }
};

class LoopbackRun final : public device::StreamCallback {
 public:
  // The probe outlives the run. Allocates what the run needs.
  LoopbackRun(const LoopProbe& probe, LoopbackOptions options);

  void process(ConstAudioBlock input, AudioBlock output,
               const device::StreamTime& time) noexcept TALKBACK_REALTIME override;

  bool is_done() const noexcept { return done_.load(std::memory_order_acquire); }
  // Share of the run that is over, 0 to 1. [any-thread]
  double done() const noexcept { return static_cast<double>(kept_.load()) / static_cast<double>(probe_.length.count); }

  // The rest once the stream has stopped.
  ConstAudioBlock captured() const noexcept { return captured_.block(); }
  int xruns() const noexcept { return xruns_; }
  int buffer_frames() const noexcept { return buffer_frames_; }
  const ReportedRoundTrip& reported() const noexcept { return reported_; }

 private:
  const LoopProbe& probe_;
  const LoopbackOptions options_;
  AudioBuffer captured_;
  std::atomic<std::int64_t> kept_{0};
  std::atomic<bool> done_{false};
  // Audio thread only, while it runs.
  int xruns_ = 0;
  int buffer_frames_ = 0;
  bool has_report_ = false;
  ReportedRoundTrip reported_;
};

}  // namespace talkback::recorder
