#include "client/cli/standby.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "client/cli/interrupt.hpp"
#include "client/cli/sound_card.hpp"
#include "client/cli/stdin_line.hpp"
#include "client/cli/take_lanes.hpp"
#include "client/device/file_device.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPoll{20};
constexpr milliseconds kTellEvery{200};
constexpr std::chrono::seconds kRejoinEvery{1};
constexpr std::size_t kNotesMax = 20;
constexpr const char* kNobodyThere =
    "nobody is at the performer's terminal to be asked; they can allow it in advance: "
    "talkback standby ... --allow NAME";

std::string range_of(const v1::RecordStart& start) {
  return "from " + (start.from().empty() ? std::string("1") : start.from()) +
         (start.to().empty() ? std::string(" on") : " to " + start.to()) + (start.has_passes() ? " in a loop" : "");
}

bool is_same(const std::optional<v1::RecordOrder>& known, const v1::RecordOrder& order) {
  return known && known->order_id() == order.order_id();
}

}  // namespace

Result<std::unique_ptr<Standby>> Standby::create(Context& context, project::OpenProject& project,
                                                 const StandbyOptions& options) {
  std::unique_ptr<Standby> standby(new Standby(context, project, options));
  TALKBACK_ASSIGN(const v1::Object* track, find_audio_track(project.session(), options.record.track));
  standby->track_ = session::id_of(*track);
  TALKBACK_ASSIGN(standby->devices_, device::open_devices());
  const int inputs = options.record.inputs.empty() ? std::max(options.record.channels, 1)
                                                   : *std::ranges::max_element(options.record.inputs);
  standby->wanted_ = {options.record.device, inputs, 2, session::sample_rate_of(project.session())};
  TALKBACK_ASSIGN(standby->device_, choose_card(context, *standby->devices_, standby->wanted_));
  standby->wanted_.rate = SampleRate{standby->device_.rate_hz};
  return standby;
}

Result<void> Standby::listen() {
  const auto monitor = options_.record.monitor == "soft" ? recorder::Monitor::soft : recorder::Monitor::off;
  stream_.reset();
  meter_ = std::make_unique<recorder::InputMeter>(options_.record.inputs, options_.record.channels, monitor);
  own_peaks_.assign(static_cast<std::size_t>(meter_->channels()), 0.0F);
  told_peaks_ = own_peaks_;
  TALKBACK_ASSIGN(stream_, devices_->open(wanted_, *meter_));
  return stream_->start();
}

Result<void> Standby::serve() {
  TALKBACK_TRY(listen());
  say("On standby for track \"" + options_.record.track + "\" on " + device_.name + "; Ctrl+C ends it.");
  while (!is_interrupted_) {
    const auto starts = wait_for_start();
    if (!starts || !*starts) {
      if (asked_) answer_question(false, "the standby has ended");
      tell(true);
      if (!starts) return starts.error();
      return {};
    }
    stream_.reset();
    record(*std::exchange(start_, std::nullopt));
    if (!is_interrupted_) TALKBACK_TRY(listen());
  }
  tell(true);
  return {};
}

Result<bool> Standby::wait_for_start() {
  const Interrupt interrupt;
  RecordingView view(options_.record.plain || context_.terminal.json);
  StdinLine line;
  auto show_due = steady_clock::now();
  while (!interrupt.requested()) {
    if (!stream_->is_running())
      return Error{ErrorCode::unavailable, "the sound card stopped: was it unplugged? The standby has ended"};
    TALKBACK_TRY(keep_line(kPoll));
    take_orders();
    forget_who_left();
    if (view.is_full_screen()) {
      while (const auto key = view.key()) {
        if (*key == RecordKey::quit) return false;
        if (*key == RecordKey::no && armed_) {
          consent_.take_back(armed_->from_connection(), armed_->from_user());
          refuse(*std::exchange(armed_, std::nullopt), {ErrorCode::denied, "the performer said no"});
        }
        if (asked_ && (*key == RecordKey::yes || *key == RecordKey::no))
          answer_question(*key == RecordKey::yes, "the performer said no");
      }
    } else if (asked_) {
      if (const auto said = line.take())
        answer_question(said->starts_with('y') || said->starts_with('Y'), "the performer said no");
      else if (line.has_ended())
        answer_question(false, kNobodyThere);
    }
    for (std::size_t c = 0; c < own_peaks_.size(); ++c) {
      const float peak = meter_->take_peak(static_cast<int>(c));
      own_peaks_[c] = std::max(own_peaks_[c], peak);
      told_peaks_[c] = std::max(told_peaks_[c], peak);
    }
    tell();
    if (start_) return true;
    if (steady_clock::now() < show_due) continue;
    show_due = steady_clock::now() + milliseconds(50);
    if (view.is_full_screen()) view.show(shown());
  }
  return false;
}

RecordingStatus Standby::shown() {
  RecordingStatus status;
  status.project = options_.record.project;
  status.track = options_.record.track;
  status.device = device_.name + ", " + std::to_string(wanted_.rate.hz) + " Hz";
  status.phase = armed_ ? "ARMED" : "STANDBY";
  status.place = "-";
  status.peaks = std::exchange(own_peaks_, std::vector<float>(own_peaks_.size(), 0.0F));
  status.xruns = meter_->xruns();
  status.notes = notes_;
  status.keys = asked_ ? "Y agree   N refuse   Q end" : "N take back your agreement   Q end";
  return status;
}

// A line that broke is taken up again; what the server forbids ends the standby.
Result<void> Standby::keep_line(milliseconds wait) {
  if (is_connected_) {
    if (const auto heard = project_.pump(wait); heard) return {};
    is_connected_ = false;
    say("The line to the server is lost; it is tried again every second.");
  }
  std::this_thread::sleep_for(wait);
  if (steady_clock::now() < rejoin_due_) return {};
  const auto joined = project_.join();
  rejoin_due_ = steady_clock::now() + kRejoinEvery;
  if (!joined && (joined.error().code == ErrorCode::denied || joined.error().code == ErrorCode::not_found))
    return joined.error();
  if (!joined) return {};
  is_connected_ = true;
  told_.Clear();
  say("The line to the server is back.");
  return {};
}

void Standby::take_orders() {
  for (const v1::RecordOrder& order : project_.take_record_orders()) take(order);
}

void Standby::take(const v1::RecordOrder& order) {
  if (order.kind() == v1::RecordOrder::STOP || order.kind() == v1::RecordOrder::CANCEL) return end(order);
  if (order.kind() != v1::RecordOrder::ARM && order.kind() != v1::RecordOrder::START) return;
  if (const auto checked = check(order); !checked) return refuse(order, checked.error());
  if (consent_.has(order.from_connection(), order.from_user())) return agree(order);
  asked_ = order;
  project_.answer_recording(answer_to(order, v1::RecordAnswer::ASKING));
  say(order.from_user() + " asks to record you on track \"" + options_.record.track + "\"" +
      (order.kind() == v1::RecordOrder::START ? " " + range_of(order.start()) : std::string()) +
      ". Y agrees, N refuses:");
}

Result<void> Standby::check(const v1::RecordOrder& order) const {
  const std::string me = project_.sync().welcome().user();
  if (ObjectId{order.track_id()} != track_)
    return Error{ErrorCode::conflict, me + " is on standby for track \"" + options_.record.track + "\" only"};
  if (order_ || start_) return Error{ErrorCode::conflict, me + " is being recorded already: wait for the end"};
  if (asked_) return Error{ErrorCode::conflict, me + " is being asked by " + asked_->from_user() + " already"};
  if (armed_ && armed_->from_connection() != order.from_connection())
    return Error{ErrorCode::conflict, me + " is armed for " + armed_->from_user()};
  if (order.kind() == v1::RecordOrder::START) TALKBACK_TRY(options_for(order));
  return {};
}

// An order may come from anywhere: it is held to the bounds of the command line.
Result<RecordOptions> Standby::options_for(const v1::RecordOrder& order) const {
  const v1::RecordStart& start = order.start();
  if (start.passes() > kPassesMax || start.pre_roll_bars() > kPreRollBarsMax || start.count_in_bars() > kCountInBarsMax)
    return Error{ErrorCode::invalid, "the order asks for more passes or bars than there may be"};
  RecordOptions options = options_.record;
  if (!start.from().empty()) options.from = start.from();
  options.to = start.to();
  options.punch_in = start.punch_in();
  options.punch_out = start.punch_out();
  options.loops = start.has_passes();
  options.passes = static_cast<int>(start.passes());
  options.count_in_bars = static_cast<int>(start.count_in_bars());
  options.pre_roll_bars = static_cast<int>(start.pre_roll_bars());
  options.click = options.click || start.click();
  TALKBACK_TRY(plan_of(options, session::tempo_map(project_.session(), wanted_.rate)));
  return options;
}

void Standby::agree(const v1::RecordOrder& order) {
  project_.answer_recording(answer_to(order, v1::RecordAnswer::TAKEN));
  if (order.kind() == v1::RecordOrder::START) {
    start_ = order;
    armed_.reset();
  } else {
    armed_ = order;
    told_peaks_.assign(told_peaks_.size(), 0.0F);
    say("Armed for " + order.from_user() + ", who sees your levels; nothing is recorded yet.");
  }
}

void Standby::answer_question(bool agrees, const std::string& why) {
  const v1::RecordOrder order = *std::exchange(asked_, std::nullopt);
  if (!agrees) {
    say(order.from_user() + " was told: " + why + ".");
    return refuse(order, {ErrorCode::denied, why});
  }
  consent_.give(order.from_connection());
  agree(order);
}

void Standby::end(const v1::RecordOrder& order) {
  if (is_same(order_, order)) {
    // Whoever lost the line meanwhile comes back over another connection.
    order_->set_from_connection(order.from_connection());
    order_->set_from_user(order.from_user());
    is_to_end_ = true;
    return;
  }
  bool is_known = false;
  for (auto* known : {&asked_, &armed_, &start_}) {
    if (!is_same(*known, order)) continue;
    known->reset();
    is_known = true;
  }
  if (!is_known) return refuse(order, {ErrorCode::not_found, "there is no such recording, or it has ended"});
  say(order.from_user() + " took the order back.");
  project_.answer_recording(answer_to(order, v1::RecordAnswer::ENDED));
}

void Standby::forget_who_left() {
  if (!is_connected_) return;
  for (auto* known : {&asked_, &armed_}) {
    if (!*known || project_.present().contains((*known)->from_connection())) continue;
    say((*known)->from_user() + " has left; the order is off.");
    known->reset();
  }
}

bool Standby::wants_end() {
  take_orders();
  return is_to_end_;
}

void Standby::complete(v1::RecordingStatus& status) {
  status.set_takes_orders(true);
  if (order_) status.set_order_id(order_->order_id());
  if (::isatty(STDERR_FILENO) == 1 || !news_.is_news(0, status)) return;
  const auto map = session::tempo_map(project_.session(), session::sample_rate_of(project_.session()));
  context_.terminal.note(recording_text(status, map));
}

void Standby::record(const v1::RecordOrder& order) {
  order_ = order;
  is_to_end_ = false;
  last_order_id_ = order.order_id();
  last_result_.clear();
  is_last_done_ = false;
  const auto options = options_for(order);
  auto run = options ? RecordingRun::create(context_, project_, *options, this)
                     : Result<std::unique_ptr<RecordingRun>>(options.error());
  if (!run) {
    context_.terminal.warn(run.error().message);
    refuse(order, run.error());
    order_.reset();
    return;
  }
  say(order.from_user() + " records you " + range_of(order.start()) + "; N or Ctrl+C ends it at once.");
  project_.answer_recording(answer_to(order, v1::RecordAnswer::STARTED));
  const auto ran = (*run)->run();
  is_interrupted_ = (*run)->was_interrupted();
  if ((*run)->was_ended_here()) consent_.take_back(order_->from_connection(), order_->from_user());
  const auto take = ran ? bring_in(context_, project_, **run, false,
                                   [this] {
                                     (void)project_.pump(milliseconds(0));
                                     take_orders();
                                   })
                        : Result<RecordedTake>(ran.error());
  is_connected_ = true;  // it was joined again, or the next pump tells
  tell_end(*order_, **run, take);
  order_.reset();
}

void Standby::tell_end(const v1::RecordOrder& order, RecordingRun& run, const Result<RecordedTake>& take) {
  v1::RecordAnswer answer = answer_to(order, v1::RecordAnswer::ENDED);
  if (!take) {
    answer.set_code(std::string(to_string(take.error().code)));
    answer.set_message(short_text(take.error().message));
    last_result_ = answer.message();
    context_.terminal.warn(take.error().message);
  } else {
    const nlohmann::json json = take_json(run, *take);
    v1::TakeSummary& summary = *answer.mutable_take();
    summary.set_summary(short_text(take->delivery.summary));
    summary.set_takes(static_cast<std::uint32_t>(take->delivery.takes));
    summary.set_length_ms(static_cast<std::int64_t>(1000.0 * json["seconds"].get<double>()));
    summary.set_latency_frames(run.recording().latency().count);
    summary.set_xruns(static_cast<std::uint32_t>(run.recording().xruns()));
    summary.set_lost_frames(static_cast<std::uint64_t>(run.recording().lost_frames()));
    summary.set_clips(static_cast<std::uint32_t>(run.recording().clips()));
    const auto complete = run.upload().result();
    if (complete) summary.set_sha256(complete->sha256.data(), complete->sha256.size());
    summary.set_revision(take->delivery.revision);
    summary.set_device(short_text(run.device()));
    if (run.was_ended_here()) answer.set_message("the performer ended the recording");
    last_result_ = summary.summary();
    is_last_done_ = true;
    notes_.push_back(last_result_ + ", safe on the server.");
    if (context_.terminal.json) std::cout << json.dump() << std::endl;
    std::cout.flush();
  }
  project_.answer_recording(answer);
}

v1::RecordAnswer Standby::answer_to(const v1::RecordOrder& order, v1::RecordAnswer::State state) const {
  v1::RecordAnswer answer;
  answer.set_order_id(order.order_id());
  answer.set_to_connection(order.from_connection());
  answer.set_state(state);
  return answer;
}

void Standby::refuse(const v1::RecordOrder& order, const Error& why) {
  v1::RecordAnswer answer = answer_to(order, v1::RecordAnswer::REFUSED);
  answer.set_code(std::string(to_string(why.code)));
  answer.set_message(short_text(why.message));
  project_.answer_recording(answer);
}

void Standby::tell(bool is_over) {
  const auto now = steady_clock::now();
  v1::PresenceState state;
  state.set_idle(true);
  if (!is_over) {
    v1::RecordingStatus& status = *state.mutable_recording();
    status.set_track_id(track_.value);
    status.set_phase(armed_          ? v1::RecordingStatus::ARMED
                     : is_last_done_ ? v1::RecordingStatus::DONE
                                     : v1::RecordingStatus::STANDBY);
    status.set_takes_orders(true);
    status.set_order_id(armed_ ? armed_->order_id() : last_order_id_);
    if (!armed_) status.set_result(last_result_);
  }
  const bool is_news = state.SerializeAsString() != told_.SerializeAsString();
  if (!is_news && (!armed_ || now < tell_due_)) return;
  tell_due_ = now + kTellEvery;
  told_ = state;
  if (armed_) {
    v1::RecordingStatus& status = *state.mutable_recording();
    status.set_xruns(static_cast<std::uint32_t>(meter_->xruns()));
    for (float& peak : told_peaks_) status.add_peak_dbfs(peak_dbfs(std::exchange(peak, 0.0F)));
  }
  project_.show_presence(state);
}

// Where the full screen is up, its notes; the terminal has them afterwards.
void Standby::say(const std::string& text) {
  notes_.push_back(text);
  if (notes_.size() > kNotesMax) notes_.erase(notes_.begin());
  if (options_.record.plain || context_.terminal.json || ::isatty(STDERR_FILENO) != 1 || ::isatty(STDIN_FILENO) != 1)
    context_.terminal.note(text);
}

}  // namespace talkback::cli
