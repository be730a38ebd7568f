// Sends a take to the server while it is being recorded, on a thread of its own.
//
// What the encoder has made goes out as the beginning of an open upload; a line that breaks is taken up again where the
// server stands, without a deadline. Once the capture has ended, the rest follows and the server gives the whole its
// name: then the take is safe there. What the file will be called is known as soon as it is made, so that the take can
// become part of the project before it is there (take_preview.hpp).
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "client/project/growing_upload.hpp"
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
    // By an earlier try, which may have told others its name: the same file is sent, not one that is made anew.
    std::optional<recorder::CaptureMade> made = {};
    // Its file is whole: to be noted in the journal before anybody hears its name. On the thread of this object.
    std::function<void(const recorder::CaptureMade&)> on_made = {};
    // Something smaller is to go first now. On the thread of this object.
    std::function<bool()> gives_way = {};
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

  // The file, once the capture has ended and it lies whole on this disk.
  std::optional<recorder::TakeEncoder::Complete> made() const;

  // Waits until it is over, at most so long.
  bool wait(std::chrono::milliseconds longest);

  // The file as the server holds it (with an api), or the error that no further try would mend.
  Result<recorder::TakeEncoder::Complete> result() const;

 private:
  struct End {
    media::TakeTags tags;
    Frames length{};
  };

  // What is sent, as far as it is there.
  struct File {
    std::filesystem::path path;
    bool is_flac = true;
    std::int64_t bytes = 0;
    std::function<Frames(std::int64_t)> frames_within;
  };

  void run(std::stop_token stop);
  Result<recorder::TakeEncoder::Complete> work(std::stop_token stop);
  // Made from the capture while it grows, and sent on the way.
  Result<recorder::TakeEncoder::Complete> make(recorder::TakeEncoder& encoder, std::stop_token& stop);
  void send_on_the_way(const File& file);
  // Ask the server for nothing more than is needed. Errors of the line are told by `unavailable` and `conflict`.
  Result<void> send_some(const File& file);
  // False: it gave way before all was sent.
  Result<bool> settle(const File& file, const recorder::TakeEncoder::Complete& complete);
  bool is_giving_way() const { return options_.gives_way && options_.gives_way(); }
  bool pause(std::stop_token& stop, std::chrono::milliseconds time);
  void tell(const Error& error);

  std::optional<net::Api> api_;
  Options options_;
  bool was_tried_whole_ = false;                  // thread
  std::optional<GrowingUpload> upload_;           // thread; with api_
  bool upload_is_flac_ = true;                    // thread
  std::chrono::milliseconds trouble_{0};          // thread: pause before the next try
  std::chrono::steady_clock::time_point sent_{};  // thread: the last try

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<End> end_;                                          // guarded by mutex_
  State state_;                                                     // guarded by mutex_
  std::optional<recorder::TakeEncoder::Complete> made_;             // guarded by mutex_
  std::optional<Result<recorder::TakeEncoder::Complete>> outcome_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace talkback::project
