// A recording that runs at somebody else's machine, as the producer who ordered it follows it: the order, what comes
// back, and the performer's levels meanwhile. The take itself never depends on this side: it is the performer's.
// [main-thread]
#pragma once

#include <chrono>
#include <string>

#include "client/cli/context.hpp"
#include "client/cli/record_plan.hpp"
#include "client/cli/recording_text.hpp"
#include "client/cli/stdin_line.hpp"

namespace talkback::cli {

struct RemoteOptions {
  std::string performer;
  bool arm = false;      // levels first; Enter starts
  RecordOptions record;  // the project, the track and the places
};

class RemoteRecording {
 public:
  // Finds the performer's standby. project: joined; all outlive it. Fails with `not_found` and what to ask them for.
  static Result<RemoteRecording> create(Context& context, project::OpenProject& project, const RemoteOptions& options);

  // Orders, and follows until the take is in the session. Ctrl+C ends the recording, a second one leaves it to itself.
  // `denied` where the performer or the server refuses; `unavailable` where the line is lost for long.
  Result<v1::RecordAnswer> run();

  // As the performer showed it last.
  const v1::RecordingStatus& status() const noexcept { return status_; }

 private:
  RemoteRecording(Context& context, project::OpenProject& project, const RemoteOptions& options)
      : context_(context), project_(project), options_(options) {}
  void order(v1::RecordOrder::Kind kind);
  Result<void> turn();
  Result<void> keep_line();
  Result<void> hear(const replica::Event& event);
  Result<void> take(const v1::RecordAnswer& answer);
  void show(const v1::Presence& presence);
  void find_again();
  Error left(const std::string& what) const;

  using Time = std::chrono::steady_clock::time_point;
  Context& context_;
  project::OpenProject& project_;
  const RemoteOptions& options_;
  ObjectId track_{};
  std::uint64_t target_ = 0;  // the performer's connection
  std::string order_id_;
  bool is_answered_ = false;
  bool is_started_ = false;
  bool is_armed_ = false;
  bool is_starting_ = false;  // ordered to start, after ARM
  bool is_stopping_ = false;
  bool is_connected_ = true;
  Time answer_due_{};
  Time lost_{};   // since when the line, or the performer, is gone
  Time ended_{};  // the performer's presence says that it is over; the answer may be lost
  Time rejoin_due_{};
  v1::RecordingStatus status_;
  RecordingNews news_;
  StdinLine line_;
  std::optional<v1::RecordAnswer> end_;
};

}  // namespace talkback::cli
