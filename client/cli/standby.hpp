// A performer who lets others record them: waits for orders, asks the performer, and records one take an order.
//
// Nothing of the input is captured or shown to others before the performer has agreed. The first order of a connection
// asks; a veto ends what runs and takes the agreement back. [main-thread]
#pragma once

#include <memory>
#include <optional>
#include <set>

#include "client/cli/consent.hpp"
#include "client/cli/recorded_take.hpp"
#include "client/cli/recording_text.hpp"
#include "client/recorder/input_meter.hpp"

namespace talkback::cli {

struct StandbyOptions {
  RecordOptions record;  // the performer's part of it; the places come with the orders
  std::vector<std::string> allow;
  bool allow_all = false;
};

class Standby final : public RecordGuest {
 public:
  // Finds the track and the card. project: joined. All outlive it.
  static Result<std::unique_ptr<Standby>> create(Context& context, project::OpenProject& project,
                                                 const StandbyOptions& options);

  // Until the performer ends it.
  Result<void> serve();

  std::string name() const override { return order_ ? order_->from_user() : std::string(); }
  bool wants_end() override;
  void complete(v1::RecordingStatus& status) override;

 private:
  Standby(Context& context, project::OpenProject& project, const StandbyOptions& options)
      : context_(context), project_(project), options_(options), consent_(options.allow, options.allow_all) {}
  Result<void> listen();
  // True: start_ is to be carried out; false: the performer has ended the standby.
  Result<bool> wait_for_start();
  void record(const v1::RecordOrder& order);
  void tell_end(const v1::RecordOrder& order, RecordingRun& run, const Result<RecordedTake>& take);
  Result<void> keep_line(std::chrono::milliseconds wait);
  void take_orders();
  void take(const v1::RecordOrder& order);
  void end(const v1::RecordOrder& order);
  void agree(const v1::RecordOrder& order);
  void answer_question(bool agrees, const std::string& why);
  void forget_who_left();
  Result<void> check(const v1::RecordOrder& order) const;
  Result<RecordOptions> options_for(const v1::RecordOrder& order) const;
  v1::RecordAnswer answer_to(const v1::RecordOrder& order, v1::RecordAnswer::State state) const;
  void refuse(const v1::RecordOrder& order, const Error& why);
  void tell(bool is_over = false);
  RecordingStatus shown();
  void say(const std::string& text);

  Context& context_;
  project::OpenProject& project_;
  const StandbyOptions& options_;
  Consent consent_;
  ObjectId track_{};
  device::StreamOptions wanted_;
  device::DeviceInfo device_;
  std::unique_ptr<device::AudioDevices> devices_;
  std::unique_ptr<recorder::InputMeter> meter_;
  std::unique_ptr<device::AudioStream> stream_;  // behind the meter: its thread uses it
  std::optional<v1::RecordOrder> asked_;         // the performer is to say yes or no
  std::optional<v1::RecordOrder> armed_;
  std::optional<v1::RecordOrder> start_;  // agreed to, to be carried out next
  std::optional<v1::RecordOrder> order_;  // being carried out
  bool is_to_end_ = false;
  bool is_interrupted_ = false;
  bool is_connected_ = true;
  std::chrono::steady_clock::time_point rejoin_due_{};
  std::chrono::steady_clock::time_point tell_due_{};
  std::string last_order_id_;
  std::string last_result_;
  bool is_last_done_ = false;  // the last order's take is in the session
  v1::PresenceState told_;
  std::vector<float> own_peaks_;
  std::vector<float> told_peaks_;
  std::vector<std::string> notes_;
  RecordingNews news_;
};

}  // namespace talkback::cli
