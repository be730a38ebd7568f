// One recording from the first click to the last frame: the stream, the player, the disk and the upload together, with
// the keys and the view. What it leaves is a capture that take_delivering.hpp brings into the project.
#pragma once

#include <atomic>
#include <memory>

#include "client/cli/record_guest.hpp"
#include "client/cli/record_plan.hpp"
#include "client/cli/recording_view.hpp"
#include "client/cli/session_player.hpp"
#include "client/device/audio_device.hpp"
#include "client/project/device_settings.hpp"
#include "client/project/take_preview.hpp"
#include "client/project/take_upload.hpp"
#include "client/recorder/capture_folder.hpp"
#include "client/recorder/capture_writer.hpp"

namespace talkback::cli {

class RecordingRun {
 public:
  // Opens the device, fetches the song and begins the capture; nothing sounds yet. All outlive it. guest: null for a
  // recording that nobody else has a hand in.
  static Result<std::unique_ptr<RecordingRun>> create(Context& context, net::Api& api, project::OpenProject& project,
                                                      const RecordOptions& options, RecordGuest* guest = nullptr);
  ~RecordingRun();

  // Until the end that was planned, the performer's, or the device's.
  Result<void> run();
  // After run(): the capture is complete on the disk, and its upload knows it. The disk's error, if there was one.
  Result<void> finish();

  const recorder::CaptureFiles& files() const noexcept { return files_; }
  // Tells the others how it goes after run(): `result` for DONE. At most every kPresenceEvery, unless the phase is new.
  void show_phase(v1::RecordingStatus::Phase phase, const std::string& result = {});
  // Ended by Ctrl+C.
  bool was_interrupted() const noexcept { return was_interrupted_; }
  // Ended by the performer, not by its plan or its guest.
  bool was_ended_here() const noexcept { return was_interrupted_ || quits_; }
  project::TakeUpload& upload() noexcept { return *upload_; }
  project::TakePreview& preview() noexcept { return *preview_; }
  Frames captured() const noexcept { return file_->length(); }
  SampleRate rate() const noexcept { return rate_; }
  const recorder::Recording& recording() const noexcept { return *recording_; }
  const std::string& device() const noexcept { return device_.name; }
  // When run() knew that it was over.
  std::chrono::steady_clock::time_point ended_at() const noexcept { return ended_at_; }

 private:
  RecordingRun(Context& context, project::OpenProject& project, const RecordOptions& options, timeline::TempoMap map,
               RecordGuest* guest)
      : context_(context), project_(project), options_(options), guest_(guest), map_(std::move(map)) {}
  Result<void> prepare_sound(net::Api& api);
  Result<void> begin_capture(ObjectId track);
  void begin_sending(const media::TakeTags& tags);
  Result<session::Session> heard(const session::Session& shared) const;
  void take_key(RecordKey key);
  void toggle_transport();
  RecordingStatus status();
  void use_calibration();
  void take_peaks();
  v1::RecordingStatus::Phase phase() const;
  void show_presence(v1::RecordingStatus::Phase phase, const std::string& result);

  Context& context_;
  project::OpenProject& project_;
  const RecordOptions& options_;
  RecordGuest* guest_;
  timeline::TempoMap map_;
  SampleRate rate_{};
  RecordPlan plan_;
  project::CueMix cue_;
  ObjectId track_{};
  device::DeviceInfo device_;
  std::unique_ptr<device::AudioDevices> devices_;
  std::unique_ptr<SessionPlayer> player_;
  std::unique_ptr<recorder::Click> count_in_click_;
  std::unique_ptr<recorder::Click> song_click_;
  std::unique_ptr<recorder::Recording> recording_;
  recorder::CaptureFiles files_;
  std::optional<recorder::CaptureJournal> journal_;
  std::optional<recorder::CaptureFile> file_;
  std::unique_ptr<recorder::CaptureWriter> writer_;
  std::atomic<bool> preview_takes_line_{false};
  std::unique_ptr<project::TakeUpload> upload_;
  std::unique_ptr<project::TakePreview> preview_;
  std::unique_ptr<device::AudioStream> stream_;  // last: its thread uses the others
  std::vector<std::string> notes_;
  std::optional<project::DeviceSettings> settings_;
  bool is_calibrated_ = false;
  bool quits_ = false;
  bool loops_ = false;
  bool was_interrupted_ = false;
  // Of each channel since they were last shown: to the performer, and to the others.
  std::vector<float> own_peaks_;
  std::vector<float> told_peaks_;
  v1::RecordingStatus::Phase told_phase_ = v1::RecordingStatus::PHASE_UNSPECIFIED;
  std::chrono::steady_clock::time_point presence_due_{};
  std::chrono::steady_clock::time_point ended_at_{};
};

}  // namespace talkback::cli
