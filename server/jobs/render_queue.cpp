#include "server/jobs/render_queue.hpp"

#include <algorithm>
#include <system_error>

#include "engine/session/state.hpp"
#include "server/domain/history.hpp"
#include "server/domain/ids.hpp"
#include "server/jobs/limits.hpp"
#include "server/ops/log.hpp"

namespace talkback::jobs {

namespace fs = std::filesystem;
using domain::ProjectId;
using domain::Render;

RenderQueue::RenderQueue(RenderSetup setup, domain::RenderStore& store, domain::EditLog& log, domain::BlobStore& blobs,
                         domain::Clock& clock, domain::Random& random, Announce announce)
    : setup_(std::move(setup)),
      store_(store),
      log_(log),
      blobs_(blobs),
      clock_(clock),
      random_(random),
      announce_(std::move(announce)) {}

RenderQueue::~RenderQueue() { stop(); }

Result<void> RenderQueue::start() {
  std::error_code failed;
  fs::remove_all(setup_.render_folder, failed);
  fs::create_directories(setup_.render_folder, failed);
  if (!failed) fs::create_directories(setup_.cache_folder, failed);
  if (failed) return Error{ErrorCode::unavailable, "cannot create the folders of renders: " + failed.message()};
  TALKBACK_ASSIGN(std::vector<Render> open, store_.open());
  for (Render& render : open) {
    if (render.status.state() == v1::RenderStatus::RUNNING) {
      render.status.set_state(v1::RenderStatus::QUEUED);
      TALKBACK_TRY(store_.change(render));
    }
    queued_.push_back(std::move(render));
  }
  for (int i = 0; i < setup_.workers; ++i) threads_.emplace_back([this] { run(); });
  return {};
}

void RenderQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& [id, running] : running_)
      if (running.worker) running.worker->kill();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Result<v1::RenderStatus> RenderQueue::order(const ProjectId& project, const domain::User& user,
                                            const domain::Moment& moment, const v1::RenderSettings& settings) {
  Render render{.project = project, .requested_by = user.id, .status = {}};
  render.status.set_render_id(domain::new_id(random_));
  render.status.set_state(v1::RenderStatus::QUEUED);
  render.status.set_branch_id(moment.branch);
  render.status.set_revision(moment.revision);
  *render.status.mutable_settings() = settings;
  render.status.set_requested_by(user.name);
  render.status.set_requested_unix_ms(clock_.now_unix_ms());
  TALKBACK_TRY(store_.add(render));
  announce_(project, render.status);
  {
    const std::lock_guard lock(mutex_);
    queued_.push_back(render);
  }
  wake_.notify_one();
  return render.status;
}

Result<Render> RenderQueue::find_own(const ProjectId& project, const std::string& render_id) {
  TALKBACK_ASSIGN(auto found, store_.find(render_id));
  if (!found || found->project != project)
    return Error{ErrorCode::not_found, "this project has no render " + render_id};
  const std::lock_guard lock(mutex_);
  if (const auto running = running_.find(render_id); running != running_.end())
    found->status.set_progress(running->second.progress);
  return *std::move(found);
}

Result<v1::RenderStatus> RenderQueue::find(const ProjectId& project, const std::string& render_id) {
  TALKBACK_ASSIGN(Render render, find_own(project, render_id));
  return std::move(render.status);
}

Result<std::vector<v1::RenderStatus>> RenderQueue::list(const ProjectId& project) {
  TALKBACK_ASSIGN(const std::vector<Render> renders, store_.list(project, domain::kRenderListMax));
  std::vector<v1::RenderStatus> statuses;
  const std::lock_guard lock(mutex_);
  for (const Render& render : renders) {
    statuses.push_back(render.status);
    if (const auto running = running_.find(render.status.render_id()); running != running_.end())
      statuses.back().set_progress(running->second.progress);
  }
  return statuses;
}

Result<v1::RenderStatus> RenderQueue::cancel(const ProjectId& project, const std::string& render_id) {
  TALKBACK_ASSIGN(Render render, find_own(project, render_id));
  render.status.set_state(v1::RenderStatus::CANCELLED);
  render.status.set_finished_unix_ms(clock_.now_unix_ms());
  // The store decides: a worker that finishes at this moment finds its arrow gone, or has taken ours.
  TALKBACK_TRY(store_.change(render));
  announce_(project, render.status);
  const std::lock_guard lock(mutex_);
  std::erase_if(queued_, [&](const Render& queued) { return queued.status.render_id() == render_id; });
  if (const auto running = running_.find(render_id); running != running_.end()) {
    running->second.cancelled = true;
    if (running->second.worker) running->second.worker->kill();
  }
  return render.status;
}

void RenderQueue::run() {
  while (auto render = take_next()) see_through(*std::move(render));
}

std::optional<Render> RenderQueue::take_next() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queued_.empty(); });
  if (stopping_) return std::nullopt;
  Render next = std::move(queued_.front());
  queued_.erase(queued_.begin());
  running_.emplace(next.status.render_id(), Running{});
  return next;
}

void RenderQueue::see_through(Render render_job) {
  const std::string id = render_job.status.render_id();
  render_job.status.set_state(v1::RenderStatus::RUNNING);
  // Cancelled between the queue and here: then the store refuses.
  if (const auto changed = store_.change(render_job); changed) {
    announce_(render_job.project, render_job.status);
    settle(render_job, render(render_job));
  } else if (changed.error().code != ErrorCode::conflict) {
    ops::log_error("a render could not be begun", {{"render", id}, {"why", changed.error().message}});
  }
  const std::lock_guard lock(mutex_);
  running_.erase(id);
}

Result<void> RenderQueue::render(Render& render_job) {
  const fs::path output = setup_.render_folder / render_job.status.render_id();
  std::error_code failed;
  fs::remove_all(output, failed);
  if (!fs::create_directories(output, failed))
    return Error{ErrorCode::unavailable, "the server has no room for the render's files"};
  auto done = run_worker(render_job, output);
  Result<void> outcome;
  if (done)
    outcome = adopt(render_job, *std::move(done), output);
  else
    outcome = done.error();
  fs::remove_all(output, failed);
  return outcome;
}

Result<v1::RenderReport::Done> RenderQueue::run_worker(const Render& render_job, const fs::path& output) {
  TALKBACK_ASSIGN(const domain::SessionAt at,
                  domain::load_session(log_, render_job.status.branch_id(), render_job.status.revision()));
  v1::RenderOrder order;
  *order.mutable_state() = session::to_state(at.session, at.revision);
  *order.mutable_settings() = render_job.status.settings();
  order.set_blob_folder(fs::absolute(blobs_.folder()).string());
  order.set_output_folder(fs::absolute(output).string());
  order.set_threads(setup_.threads_per_worker);
  order.set_cache_folder(fs::absolute(setup_.cache_folder).string());
  order.set_segment_folder((fs::absolute(setup_.cache_folder) / "segments" / render_job.project).string());

  TALKBACK_ASSIGN(const auto worker, start_worker(render_job.status.render_id()));
  // A worker that is gone cannot take the order; what it said before tells more than the broken pipe.
  (void)worker->send_order(order);
  return follow(render_job, *worker);
}

Result<std::shared_ptr<WorkerProcess>> RenderQueue::start_worker(const std::string& render_id) {
  const std::lock_guard lock(mutex_);
  Running& running = running_[render_id];
  if (stopping_ || running.cancelled) return Error{ErrorCode::unavailable, "the render was stopped"};
  TALKBACK_ASSIGN(running.worker, WorkerProcess::start(setup_.program));
  return running.worker;
}

Result<v1::RenderReport::Done> RenderQueue::follow(const Render& render_job, WorkerProcess& worker) {
  std::int64_t told_unix_ms = 0;
  for (;;) {
    auto report = worker.read_report();
    if (!report) return Error{ErrorCode::internal, "the render worker said something that nobody understands"};
    if (!*report) break;
    v1::RenderReport& said = **report;
    if (said.has_progress()) note_progress(render_job, said.progress(), told_unix_ms);
    if (said.has_failed()) return Error{error_code_from(said.failed().code()), said.failed().message()};
    if (said.has_done()) return std::move(*said.mutable_done());
  }
  const std::string ending = worker.wait();
  return Error{ErrorCode::internal, "the render worker stopped before it was done: " +
                                        (ending.empty() ? std::string("it said nothing") : ending)};
}

void RenderQueue::note_progress(const Render& render_job, double progress, std::int64_t& told_unix_ms) {
  progress = std::clamp(progress, 0.0, 1.0);
  {
    const std::lock_guard lock(mutex_);
    running_[render_job.status.render_id()].progress = progress;
  }
  const std::int64_t now = clock_.now_unix_ms();
  if (now - told_unix_ms < kProgressIntervalMs) return;
  told_unix_ms = now;
  v1::RenderStatus status = render_job.status;
  status.set_progress(progress);
  announce_(render_job.project, status);
}

// The worker is not believed: names stay inside the folder, bytes are hashed here.
Result<void> RenderQueue::adopt(Render& render_job, v1::RenderReport::Done done, const fs::path& output) {
  if (done.artifacts_size() > kArtifactsMax) return Error{ErrorCode::internal, "the render made too many files"};
  for (v1::Artifact& artifact : *done.mutable_artifacts()) {
    const fs::path name = fs::path(artifact.name()).lexically_normal();
    const bool is_inside = name.is_relative() && !name.empty() && *name.begin() != "..";
    std::error_code failed;
    if (!is_inside || !fs::is_regular_file(fs::symlink_status(output / name, failed)))
      return Error{ErrorCode::internal, "the render names a file that it did not make"};
    artifact.set_size_bytes(static_cast<std::int64_t>(fs::file_size(output / name, failed)));
    TALKBACK_ASSIGN(const Sha256Digest digest, blobs_.adopt(output / name));
    artifact.set_blob_sha256(to_hex(digest));
  }
  v1::RenderStatus& status = render_job.status;
  status.mutable_artifacts()->Swap(done.mutable_artifacts());
  for (int i = 0; i < std::min(done.warnings_size(), kWarningsMax); ++i) status.add_warnings(done.warnings(i));
  status.set_engine_version(done.engine_version());
  status.mutable_effort()->Swap(done.mutable_effort());
  return {};
}

void RenderQueue::settle(Render& render_job, const Result<void>& outcome) {
  if (was_cancelled(render_job.status.render_id())) return;
  v1::RenderStatus& status = render_job.status;
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    stopping = stopping_;
  }
  if (outcome) {
    status.set_state(v1::RenderStatus::DONE);
    status.set_progress(1);
  } else if (stopping) {
    status.set_state(v1::RenderStatus::QUEUED);
  } else {
    status.set_state(v1::RenderStatus::FAILED);
    status.set_error_code(std::string(to_string(outcome.error().code)));
    status.set_error_message(outcome.error().message);
  }
  if (domain::is_finished(status.state())) status.set_finished_unix_ms(clock_.now_unix_ms());
  change_and_announce(render_job);
}

void RenderQueue::change_and_announce(Render& render_job) {
  const auto changed = store_.change(render_job);
  if (changed) {
    announce_(render_job.project, render_job.status);
    return;
  }
  // conflict: it was cancelled meanwhile. Anything else: it stays RUNNING in the store and starts again with the
  // server.
  if (changed.error().code != ErrorCode::conflict)
    ops::log_error("the end of a render was not stored",
                   {{"render", render_job.status.render_id()}, {"why", changed.error().message}});
}

bool RenderQueue::was_cancelled(const std::string& render_id) {
  const std::lock_guard lock(mutex_);
  return running_[render_id].cancelled;
}

}  // namespace talkback::jobs
