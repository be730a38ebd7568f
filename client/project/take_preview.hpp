// A take's sound as Ogg Opus, a tenth of its size, sent ahead of the take itself where the line is too slow for that:
// so that others hear it seconds after it was sung. On a thread of its own; nothing is done until the take is late, and
// nothing is lost where it fails.
#pragma once

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "client/project/growing_upload.hpp"
#include "client/recorder/capture_file.hpp"
#include "engine/media/opus_stream.hpp"

namespace talkback::project {

class TakePreview {
 public:
  struct Options {
    std::string project_id;
    std::filesystem::path capture;
    std::filesystem::path opus;  // written beside it
    int channels = 1;
    SampleRate rate{};
    // Of the take's sound that the server does not hold yet. On the thread of this object.
    std::function<double()> seconds_behind = {};
    // It has something to send that the take itself should let pass, or not any more. On the thread of this object.
    std::function<void(bool)> takes_line = {};
  };

  // Starts the thread.
  TakePreview(net::Api api, Options options);
  ~TakePreview();

  // The capture has ended.
  void end();
  // Gives up, and touches its file no more. Whoever hears of sha256() keeps it.
  void stop();

  // On the server, under this hash; nullopt where it is not, or never will be.
  std::optional<std::string> sha256() const;

 private:
  void run(std::stop_token stop);
  bool is_wanted() const;
  Result<std::string> work(std::stop_token& stop);
  // What the capture holds by now goes into the file. False: it has caught up.
  Result<bool> encode();
  // True: the server has all of the file. What may pass is told as false.
  Result<bool> send();
  bool pause(std::stop_token& stop, std::chrono::milliseconds time);

  net::Api api_;
  Options options_;

  // Thread.
  std::optional<recorder::CaptureReader> reader_;
  std::optional<media::OpusStream> stream_;
  std::ofstream out_;
  AudioBuffer buffer_;
  Frames encoded_{};
  std::int64_t bytes_ = 0;
  std::optional<GrowingUpload> upload_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<std::chrono::steady_clock::time_point> end_;  // guarded by mutex_
  std::optional<std::string> sha256_;                         // guarded by mutex_
  std::jthread thread_;
};

}  // namespace talkback::project
