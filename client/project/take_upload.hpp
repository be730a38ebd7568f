// Sends a take to the server while it is being recorded, on a thread of its own.
//
// What the encoder has made goes out as the beginning of an open upload; a line that breaks is taken up again where the
// server stands, without a deadline. Once the capture has ended, the rest follows and the server gives the whole its
// name: then the take is safe there.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "client/net/transfers.hpp"
#include "client/recorder/capture_journal.hpp"
#include "client/recorder/take_encoder.hpp"

namespace talkback::project {

class TakeUpload {
 public:
  struct Options {
    std::string project_id;
    std::filesystem::path capture;
    std::filesystem::path flac;
    media::TakeTags tags;  // as known at the start
    std::optional<recorder::CaptureUpload> begun = {};
    // An upload was begun: to be noted in the journal. On the thread of this object.
    std::function<void(const recorder::CaptureUpload&)> on_begun = {};
  };

  // Starts the thread. Without an api the take is made into its file only.
  TakeUpload(std::optional<net::Api> api, Options options);
  // Gives up for now; the journal knows where it stands.
  ~TakeUpload();

  // The capture has ended with so many frames.
  void end(media::TakeTags tags, Frames length);

  struct State {
    Frames on_server{};       // heard from there, at least
    bool is_waiting = false;  // for the line; `error` says why
    bool is_over = false;     // the take is on the server, or never will be: see result()
    std::string error = {};
  };
  State state() const;

  // Waits until it is over, at most so long.
  bool wait(std::chrono::milliseconds longest);

  // The file as the server holds it (with an api), or the error that no further try would mend.
  Result<recorder::TakeEncoder::Complete> result() const;

 private:
  struct End {
    media::TakeTags tags;
    Frames length{};
  };

  void run(std::stop_token stop);
  Result<recorder::TakeEncoder::Complete> work(std::stop_token stop);
  // Ask the server for nothing more than is needed. Errors of the line are told by `unavailable` and `conflict`.
  Result<void> send_some(recorder::TakeEncoder& encoder, std::int64_t until);
  Result<void> settle(recorder::TakeEncoder& encoder, const recorder::TakeEncoder::Complete& complete);
  bool pause(std::stop_token& stop, std::chrono::milliseconds time);
  void tell(const Error& error);

  std::optional<net::Api> api_;
  Options options_;
  std::optional<net::OpenUpload> upload_;  // thread
  bool upload_is_flac_ = true;             // thread

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<End> end_;                                          // guarded by mutex_
  State state_;                                                     // guarded by mutex_
  std::optional<Result<recorder::TakeEncoder::Complete>> outcome_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace talkback::project
