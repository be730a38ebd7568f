// The queue of renders and the threads that see each through in a worker process.
//
// What is queued or running in the store when the queue starts is queued again: an order survives a crash. A worker
// that crashes makes its render FAILED; one that is killed by stop() makes it QUEUED. Progress lives in memory only.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "server/domain/blobs.hpp"
#include "server/domain/edit_log.hpp"
#include "server/domain/renders.hpp"
#include "server/jobs/worker_process.hpp"

namespace talkback::jobs {

struct RenderSetup {
  std::filesystem::path program;        // talkback-worker
  std::filesystem::path render_folder;  // one folder below it for each running render
  std::filesystem::path cache_folder;
  int workers = 1;
  int threads_per_worker = 2;
};

class RenderQueue final : public domain::RenderDesk {
 public:
  // Called at every change of a render, at most every kProgressIntervalMs for progress. [any-thread]
  using Announce = std::function<void(const domain::ProjectId&, const v1::RenderStatus&)>;

  RenderQueue(RenderSetup setup, domain::RenderStore& store, domain::EditLog& log, domain::BlobStore& blobs,
              domain::Clock& clock, domain::Random& random, Announce announce);
  ~RenderQueue() override;

  Result<void> start();
  // Kills the running workers; their renders start again at the next start().
  void stop();

  Result<v1::RenderStatus> order(const domain::ProjectId& project, const domain::User& user,
                                 const domain::Moment& moment, const v1::RenderSettings& settings) override;
  Result<v1::RenderStatus> find(const domain::ProjectId& project, const std::string& render_id) override;
  Result<std::vector<v1::RenderStatus>> list(const domain::ProjectId& project) override;
  Result<v1::RenderStatus> cancel(const domain::ProjectId& project, const std::string& render_id) override;

 private:
  struct Running {
    std::shared_ptr<WorkerProcess> worker;  // null until it is started
    double progress = 0;
    bool cancelled = false;
  };

  void run();
  std::optional<domain::Render> take_next();
  void see_through(domain::Render render);
  // What the worker made of it; adopts the artifacts.
  Result<void> render(domain::Render& render);
  Result<v1::RenderReport::Done> run_worker(const domain::Render& render, const std::filesystem::path& output);
  Result<std::shared_ptr<WorkerProcess>> start_worker(const std::string& render_id);
  Result<v1::RenderReport::Done> follow(const domain::Render& render, WorkerProcess& worker);
  Result<void> adopt(domain::Render& render, v1::RenderReport::Done done, const std::filesystem::path& output);
  void settle(domain::Render& render, const Result<void>& outcome);
  void note_progress(const domain::Render& render, double progress, std::int64_t& told_unix_ms);
  bool was_cancelled(const std::string& render_id);
  Result<domain::Render> find_own(const domain::ProjectId& project, const std::string& render_id);
  void change_and_announce(domain::Render& render);

  const RenderSetup setup_;
  domain::RenderStore& store_;
  domain::EditLog& log_;
  domain::BlobStore& blobs_;
  domain::Clock& clock_;
  domain::Random& random_;
  const Announce announce_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<domain::Render> queued_;  // oldest first
  std::map<std::string, Running> running_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace talkback::jobs
