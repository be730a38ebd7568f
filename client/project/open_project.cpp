#include "client/project/open_project.hpp"

namespace talkback::project {
namespace {

using replica::Event;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A large snapshot over a slow line.
constexpr std::chrono::seconds kJoinMax{60};
constexpr std::chrono::seconds kAnswerMax{20};
constexpr milliseconds kStep{200};

Error no_answer(const char* what) {
  return Error{ErrorCode::unavailable, std::string("the server did not ") + what + " in time"};
}

}  // namespace

Result<std::unique_ptr<OpenProject>> OpenProject::open(const Home& home, const Credentials& credentials,
                                                       const net::BranchName& branch) {
  std::unique_ptr<OpenProject> project(new OpenProject(credentials, branch));
  TALKBACK_ASSIGN(project->store_, replica::open_replica_store(home.replica_file(branch)));
  TALKBACK_ASSIGN(replica::Sync sync, replica::Sync::create(*project->store_, "talkback " TALKBACK_VERSION));
  project->sync_ = std::make_unique<replica::Sync>(std::move(sync));
  return project;
}

OpenProject::~OpenProject() {
  // A cache: what cannot be written now is loaded again.
  if (sync_) static_cast<void>(sync_->save().has_value());
}

Result<void> OpenProject::connect() {
  connection_.reset();
  leases_.clear();
  present_.clear();
  sync_->disconnected();
  TALKBACK_ASSIGN(connection_, net::RoomConnection::open(credentials_.server, credentials_.token, branch_));
  sync_->connected([this](const v1::ClientFrame& frame) { connection_->send(frame); });
  return {};
}

Result<void> OpenProject::join() {
  TALKBACK_TRY(connect());
  const auto deadline = steady_clock::now() + kJoinMax;
  while (!sync_->is_joined()) {
    if (steady_clock::now() > deadline) return no_answer("send the session");
    TALKBACK_TRY(pump(kStep));
  }
  return {};
}

Result<std::vector<Event>> OpenProject::pump(milliseconds wait) {
  if (!connection_) return Error{ErrorCode::unavailable, "not connected"};
  auto frame = connection_->next(wait);
  if (!frame) {
    sync_->disconnected();
    return frame.error();
  }
  if (!*frame) return std::vector<Event>();
  TALKBACK_ASSIGN(auto events, sync_->receive(**frame));
  for (const Event& event : events) {
    note(event);
    if (event.kind == Event::Kind::goodbye) {
      sync_->disconnected();
      return event.error;
    }
    if (event.kind == Event::Kind::resync) TALKBACK_TRY(connect());
  }
  return events;
}

void OpenProject::note(const Event& event) {
  switch (event.kind) {
    case Event::Kind::rejected:
      if (event.error.code != ErrorCode::unavailable) refusals_[event.edit_id] = event.error;
      break;
    case Event::Kind::undo_renewed:
      renewed_undos_[event.edit_id] = {event.edit.edit(), event.left};
      break;
    case Event::Kind::lease:
      if (event.lease.ended())
        leases_.erase(ObjectId{event.lease.object_id()});
      else
        leases_[ObjectId{event.lease.object_id()}] = event.lease;
      break;
    case Event::Kind::presence:
      if (event.presence.left())
        present_.erase(event.presence.connection_id());
      else
        present_[event.presence.connection_id()] = event.presence;
      break;
    case Event::Kind::record_order:
      if (record_orders_.size() < kOrdersMax) record_orders_.push_back(event.record_order);
      break;
    default:
      break;
  }
}

Result<OpenProject::Outcome> OpenProject::submit_and_wait(v1::Edit edit) {
  if (edit.edit_id().empty()) edit.set_edit_id(replica::new_edit_id());
  const std::string id = edit.edit_id();
  TALKBACK_ASSIGN(session::ApplyReport local, sync_->submit(std::move(edit)));
  return wait_for(id, std::move(local));
}

Result<OpenProject::Outcome> OpenProject::submit_and_wait(v1::Edit edit, replica::TakeBack take_back) {
  if (edit.edit_id().empty()) edit.set_edit_id(replica::new_edit_id());
  const std::string id = edit.edit_id();
  TALKBACK_ASSIGN(session::ApplyReport local, sync_->submit(std::move(edit), std::move(take_back)));
  return wait_for(id, std::move(local));
}

Result<OpenProject::Outcome> OpenProject::wait_for(const std::string& id, session::ApplyReport local) {
  const auto deadline = steady_clock::now() + kAnswerMax;
  while (true) {
    auto events = pump(kStep);
    if (!events) {
      const Error& why = events.error();
      return Error{ErrorCode::unavailable,
                   why.message + "; your edit is kept on this machine and sent when the server is there again"};
    }
    for (Event& event : *events) {
      if (event.edit_id != id) continue;
      if (event.kind == Event::Kind::rejected) return event.error;
      if (event.kind == Event::Kind::committed)
        return Outcome{event.edit.revision(),
                       event.report.changes.empty() ? std::move(local) : std::move(event.report)};
    }
    if (steady_clock::now() > deadline) return no_answer("store the edit; it is kept on this machine");
  }
}

Result<void> OpenProject::settle() {
  const auto deadline = steady_clock::now() + kAnswerMax;
  while (!sync_->is_settled()) {
    TALKBACK_TRY(pump(kStep));
    if (steady_clock::now() > deadline) return no_answer("answer");
  }
  return {};
}

void OpenProject::ask_for_lease(ObjectId object, bool give_back) {
  if (!connection_) return;
  v1::ClientFrame frame;
  frame.mutable_lease()->set_object_id(object.value);
  frame.mutable_lease()->set_give_back(give_back);
  connection_->send(frame);
}

void OpenProject::order_recording(const v1::RecordOrder& order) {
  if (!connection_) return;
  v1::ClientFrame frame;
  *frame.mutable_record_order() = order;
  connection_->send(frame);
}

void OpenProject::answer_recording(const v1::RecordAnswer& answer) {
  if (!connection_) return;
  v1::ClientFrame frame;
  *frame.mutable_record_answer() = answer;
  connection_->send(frame);
}

void OpenProject::show_presence(const v1::PresenceState& state) {
  if (!connection_) return;
  v1::ClientFrame frame;
  *frame.mutable_presence() = state;
  connection_->send(frame);
}

}  // namespace talkback::project
