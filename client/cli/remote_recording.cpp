#include "client/cli/remote_recording.hpp"

#include <optional>
#include <thread>
#include <utility>

#include "client/cli/interrupt.hpp"
#include "client/cli/take_lanes.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::cli {
namespace {

using replica::Event;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr milliseconds kPoll{50};
constexpr seconds kAnswerMax{20};
constexpr seconds kLostMax{60};
constexpr seconds kRejoinEvery{1};
// Behind the presence that says that all is done, the answer with the take is on its way.
constexpr seconds kLateAnswer{3};

std::string advice(const RemoteOptions& options) {
  return "ask them to run: talkback standby \"" + options.record.project + "\" --track \"" + options.record.track +
         "\"";
}

// The connection that stands by for the track.
Result<std::uint64_t> find_standby(const project::OpenProject& project, const RemoteOptions& options, ObjectId track) {
  const std::string& name = options.performer;
  std::string elsewhere;
  bool is_here = false;
  for (const auto& [connection, presence] : project.present()) {
    if (presence.user() != name) continue;
    is_here = true;
    const v1::RecordingStatus& status = presence.state().recording();
    if (!status.takes_orders()) continue;
    if (ObjectId{status.track_id()} == track) return connection;
    const v1::Object* other = project.session().find(ObjectId{status.track_id()});
    if (other != nullptr && other->has_track()) elsewhere = other->track().name();
  }
  if (!elsewhere.empty())
    return Error{ErrorCode::not_found, name + " is on standby for track \"" + elsewhere + "\", not \"" +
                                           options.record.track + "\"; " + advice(options)};
  if (is_here) return Error{ErrorCode::not_found, name + " is here, but not on standby; " + advice(options)};
  return Error{ErrorCode::not_found, "nobody called \"" + name + "\" is on standby; " + advice(options)};
}

}  // namespace

Result<RemoteRecording> RemoteRecording::create(Context& context, project::OpenProject& project,
                                                const RemoteOptions& options) {
  RemoteRecording remote(context, project, options);
  TALKBACK_ASSIGN(const v1::Object* track, find_audio_track(project.session(), options.record.track));
  remote.track_ = session::id_of(*track);
  // What cannot be is said here, not at the performer's.
  const SampleRate rate = session::sample_rate_of(project.session());
  TALKBACK_TRY(plan_of(options.record, session::tempo_map(project.session(), rate)));
  TALKBACK_ASSIGN(remote.target_, find_standby(project, options, remote.track_));
  remote.order_id_ = replica::new_edit_id();
  return remote;
}

void RemoteRecording::order(v1::RecordOrder::Kind kind) {
  v1::RecordOrder order;
  order.set_order_id(order_id_);
  order.set_to_connection(target_);
  order.set_track_id(track_.value);
  order.set_kind(kind);
  if (kind == v1::RecordOrder::START) {
    const RecordOptions& record = options_.record;
    v1::RecordStart& start = *order.mutable_start();
    start.set_from(record.from);
    start.set_to(record.to);
    start.set_punch_in(record.punch_in);
    start.set_punch_out(record.punch_out);
    if (record.loops) start.set_passes(static_cast<std::uint32_t>(record.passes));
    start.set_count_in_bars(static_cast<std::uint32_t>(record.count_in_bars));
    start.set_pre_roll_bars(static_cast<std::uint32_t>(record.pre_roll_bars));
    start.set_click(record.click);
  }
  is_answered_ = false;
  answer_due_ = steady_clock::now() + kAnswerMax;
  project_.order_recording(order);
}

Error RemoteRecording::left(const std::string& what) const {
  return Error{ErrorCode::unavailable,
               what + (is_started_ ? "; what " + options_.performer +
                                         " sings stays safe on their machine and becomes a take once it is sent. "
                                         "See: talkback take list"
                                   : std::string())};
}

Result<v1::RecordAnswer> RemoteRecording::run() {
  std::optional<Interrupt> interrupt(std::in_place);
  order(options_.arm ? v1::RecordOrder::ARM : v1::RecordOrder::START);
  while (!end_) {
    if (interrupt->requested()) {
      if (is_stopping_) return left("you have left");
      is_stopping_ = true;
      interrupt.reset();
      interrupt.emplace();
      if (is_started_)
        context_.terminal.note("Stopping " + options_.performer + "'s recording" +
                               (is_connected_ ? "" : " as soon as the line is back") +
                               "; Ctrl+C again leaves it to itself.");
      if (is_connected_) order(is_started_ ? v1::RecordOrder::STOP : v1::RecordOrder::CANCEL);
    }
    if (is_armed_ && !is_started_ && !is_stopping_ && line_.take()) {
      is_armed_ = false;
      is_starting_ = true;
      order(v1::RecordOrder::START);
    }
    TALKBACK_TRY(turn());
  }
  context_.terminal.end_progress();
  if (!end_->code().empty()) return Error{error_code_from(end_->code()), end_->message()};
  return *end_;
}

Result<void> RemoteRecording::turn() {
  TALKBACK_TRY(keep_line());
  const auto now = steady_clock::now();
  if (!is_connected_) return {};
  find_again();
  if (lost_ != Time{} && now - lost_ > kLostMax) return left(options_.performer + "'s line is lost");
  if (!is_answered_ && !is_stopping_ && lost_ == Time{} && now > answer_due_)
    return left(options_.performer + "'s program did not answer in time");
  if (ended_ != Time{} && now - ended_ > kLateAnswer) {
    if (status_.phase() != v1::RecordingStatus::DONE)
      return left(options_.performer + "'s take is not in the session yet (" + status_.result() + ")");
    v1::RecordAnswer& answer = end_.emplace();
    answer.mutable_take()->set_summary(status_.result());
    answer.mutable_take()->set_xruns(status_.xruns());
    answer.mutable_take()->set_clips(status_.clips());
    answer.mutable_take()->set_lost_frames(status_.lost_frames());
  }
  return {};
}

Result<void> RemoteRecording::keep_line() {
  const auto now = steady_clock::now();
  if (is_connected_) {
    auto events = project_.pump(kPoll);
    if (events) {
      for (const Event& event : *events) TALKBACK_TRY(hear(event));
      return {};
    }
    if (!is_started_) return events.error();
    is_connected_ = false;
    lost_ = now;
    context_.terminal.warn("the line to the server is lost (" + events.error().message + "); " + options_.performer +
                           " goes on, and the take is safe there");
  }
  if (now - lost_ > kLostMax) return left("the line to the server is lost");
  std::this_thread::sleep_for(kPoll);
  if (now < rejoin_due_) return {};
  const auto joined = project_.join();
  rejoin_due_ = steady_clock::now() + kRejoinEvery;
  if (!joined && joined.error().code == ErrorCode::denied) return joined.error();
  if (!joined) return {};
  is_connected_ = true;
  lost_ = {};
  context_.terminal.note("The line to the server is back.");
  for (const auto& [connection, presence] : project_.present()) show(presence);
  if (is_stopping_) order(v1::RecordOrder::STOP);
  return {};
}

// The performer's line may break as well: what they record goes on, and they come back over another connection.
void RemoteRecording::find_again() {
  if (project_.present().contains(target_)) {
    lost_ = {};
    return;
  }
  if (lost_ != Time{}) return;
  lost_ = steady_clock::now();
  context_.terminal.warn(options_.performer + "'s line is lost" +
                         (is_started_ ? "; what they record is safe on their machine" : ""));
}

Result<void> RemoteRecording::hear(const Event& event) {
  if (event.kind == Event::Kind::record_answer) return take(event.record_answer);
  if (event.kind == Event::Kind::presence && !event.presence.left()) show(event.presence);
  return {};
}

Result<void> RemoteRecording::take(const v1::RecordAnswer& answer) {
  const bool is_servers = answer.from_connection() == 0;
  if (answer.order_id() != order_id_ || !(is_servers || answer.from_user() == options_.performer)) return {};
  is_answered_ = true;
  switch (answer.state()) {
    case v1::RecordAnswer::ASKING:
      context_.terminal.note(options_.performer + " is being asked.");
      break;
    case v1::RecordAnswer::TAKEN:
      is_armed_ = options_.arm && !is_starting_;
      if (is_armed_) context_.terminal.note(options_.performer + " is armed; Enter starts, Ctrl+C takes it back.");
      break;
    case v1::RecordAnswer::STARTED:
      is_started_ = true;
      is_armed_ = false;
      context_.terminal.note(options_.performer + "'s recording has begun; Ctrl+C stops it.");
      // The stop may have overtaken the start.
      if (is_stopping_) order(v1::RecordOrder::STOP);
      break;
    case v1::RecordAnswer::REFUSED:
      // A stop that met a connection which has gone: it is ordered again over the next.
      if (is_servers && is_stopping_ && is_started_) break;
      return Error{error_code_from(answer.code()), options_.performer + ": " + answer.message()};
    case v1::RecordAnswer::ENDED:
      if (!answer.message().empty() && answer.code().empty()) context_.terminal.note(answer.message() + ".");
      end_ = answer;
      break;
    default:
      break;
  }
  return {};
}

void RemoteRecording::show(const v1::Presence& presence) {
  const v1::RecordingStatus& status = presence.state().recording();
  if (presence.user() != options_.performer || status.order_id() != order_id_) return;
  const bool is_new = std::exchange(target_, presence.connection_id()) != presence.connection_id();
  if (is_new && is_stopping_ && is_connected_) order(v1::RecordOrder::STOP);
  const bool is_over =
      status.phase() == v1::RecordingStatus::DONE || (status.phase() == v1::RecordingStatus::STANDBY && is_started_);
  if (is_over && ended_ == Time{}) ended_ = steady_clock::now();
  status_ = status;
  const auto map = session::tempo_map(project_.session(), session::sample_rate_of(project_.session()));
  const std::string text = options_.performer + ": " + recording_text(status, map);
  if (!context_.terminal.status(text) && news_.is_news(0, status)) context_.terminal.note(text);
}

}  // namespace talkback::cli
