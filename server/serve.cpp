// talkbackd serve: builds the objects, connects them, runs until a signal, and takes them down in order.
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iostream>
#include <thread>
#include <utility>

#include "engine/base/stop_signals.hpp"
#include "server/archive_places.hpp"
#include "server/jobs/render_queue.hpp"
#include "server/net/io_threads.hpp"
#include "server/net/limits.hpp"
#include "server/net/listener.hpp"
#include "server/opened_data.hpp"
#include "server/ops/log.hpp"
#include "server/ops/memory.hpp"
#include "server/ops/version.hpp"

namespace talkback {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kRoomsTimeMax = 10s;
constexpr auto kHousekeepingInterval = 1h;

std::filesystem::path worker_program(const ServeOptions& options) {
  if (!options.worker.empty()) return options.worker;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "talkback-worker";
}

int threads_of(const ServeOptions& options) {
  if (options.render_threads > 0) return options.render_threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Appears in one step, so that whoever waits for it reads a whole number.
void write_port_file(const std::filesystem::path& file, unsigned short port) {
  if (file.empty()) return;
  const std::filesystem::path beside = file.string() + ".new";
  {
    std::ofstream stream(beside);
    stream << port << '\n';
    if (!stream.flush()) throw StartError({ErrorCode::unavailable, "cannot write " + file.string()});
  }
  std::filesystem::rename(beside, file);
}

// What a server does now and then: each blocks. [worker-thread]
struct House {
  storage::FolderBlobStore& blobs;
  domain::Projects& projects;
  std::chrono::hours collect_after;

  void prepare() const {
    const auto prepared = blobs.prepare();
    if (!prepared) ops::log_warning("the folders of blobs were not made", {{"why", prepared.error().message}});
  }
  void discard_uploads() const {
    const auto discarded = blobs.discard_stale_uploads();
    if (!discarded) ops::log_warning("stale uploads were not discarded", {{"why", discarded.error().message}});
    if (discarded && *discarded > 0) ops::log_info("discarded stale uploads", {{"count", std::to_string(*discarded)}});
  }
  void empty_trash() const {
    const auto emptied = projects.empty_trash();
    if (!emptied) ops::log_warning("the trash was not emptied", {{"why", emptied.error().message}});
    if (emptied && *emptied > 0)
      ops::log_info("removed projects from the trash", {{"count", std::to_string(*emptied)}});
  }
  void collect_blobs() const {
    const auto collected = blobs.collect({.grace_ms = std::chrono::milliseconds(collect_after).count()});
    if (!collected) ops::log_warning("blobs were not collected", {{"why", collected.error().message}});
    if (!collected || collected->gone.empty()) return;
    std::int64_t bytes = 0;
    for (const storage::UnreferencedBlob& blob : collected->gone) bytes += blob.size_bytes;
    ops::log_info("removed blobs that nothing referred to",
                  {{"count", std::to_string(collected->gone.size())}, {"bytes", std::to_string(bytes)}});
  }
};

net::Awaitable<void> keep_house(House house, asio::thread_pool& work) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto run = [&](void (House::*job)() const) {
    return net::run_on(work, [&house, job] {
      (house.*job)();
      return true;
    });
  };
  co_await run(&House::prepare);
  for (;;) {
    co_await run(&House::empty_trash);
    co_await run(&House::discard_uploads);
    co_await run(&House::collect_blobs);
    timer.expires_after(kHousekeepingInterval);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

void ignore_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  // A file that may not grow any more is a full disk to whoever writes it, not the end of the server.
  std::signal(SIGXFSZ, SIG_IGN);
}

// A connection is a descriptor; the database, blobs and workers take some besides.
void allow_descriptors(std::size_t connections) {
  constexpr rlim_t kOthers = 256;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = connections + kOthers;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(limit.rlim_max, wanted);
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted)
    ops::log_warning("the system allows fewer descriptors than --connections-max needs",
                     {{"allowed", std::to_string(limit.rlim_cur)}, {"wanted", std::to_string(wanted)}});
}

void shut_down(net::Listener& listener, net::Shared& shared, jobs::RenderQueue& renders) {
  listener.close();
  shared.rooms.finish({ErrorCode::unavailable, "the server is stopping: come back in a moment"});
  if (!shared.rooms.wait_until_over(kRoomsTimeMax)) ops::log_warning("a room did not finish in time");
  renders.stop();
  net::end_connections(shared, net::kGoodbyeTimeMax);
}

}  // namespace

int serve(const ServeOptions& options) {
  ignore_signals();
  const StopSignals stop_signals;  // before any thread starts
  ops::set_up_memory();
  allow_descriptors(options.net.connections_max);
  const ops::DataFolder folder = need(ops::DataFolder::open(options.data));
  ops::SystemClock clock;
  ops::SystemRandom random;

  const auto stores = need(storage::Stores::open(places_in(folder), clock, random));
  domain::People people(stores->people, clock, random);
  domain::Projects projects(stores->projects, clock, random);
  domain::Branches branches(stores->branches, clock, random);

  asio::io_context io(options.net.threads);
  asio::thread_pool work(net::kWorkThreads);
  asio::thread_pool passwords(net::kPasswordThreads);
  domain::Suggestions suggestions(stores->suggestions, branches, clock);
  net::RoomHub rooms(
      {.io = io, .pool = work, .log = stores->log, .clock = clock, .branches = branches, .suggestions = suggestions});
  jobs::RenderQueue renders(
      {.program = worker_program(options),
       .render_folder = folder.renders(),
       .cache_folder = folder.cache(),
       .workers = options.render_workers,
       .threads_per_worker = threads_of(options)},
      stores->renders, stores->log, *stores->blobs, clock, random,
      [&rooms](const domain::ProjectId& project, const v1::RenderStatus& status) { rooms.announce(project, status); });
  domain::Versions versions(stores->versions, branches, stores->log, *stores->blobs, renders, clock, random);
  domain::Links links(stores->links, versions, clock, random);
  const net::Services services{.people = people,
                               .projects = projects,
                               .branches = branches,
                               .versions = versions,
                               .suggestions = suggestions,
                               .links = links,
                               .log = stores->log,
                               .blobs = *stores->blobs,
                               .renders = renders,
                               .clock = clock,
                               .describe_archive =
                                   [&](const domain::Project& project) {
                                     return archive::describe_project(archive_places(*stores, clock), project);
                                   },
                               .is_ready = [&stores] { return stores->database->is_writable(); }};
  net::Shared shared{
      .io = io,
      .work = work,
      .passwords = passwords,
      .services = services,
      .settings = options.net,
      .rooms = rooms,
      .sign_ins = {.by_user = {{net::kSignInsPerMinute / 60, net::kSignInsBurst}, net::kRateKeysMax},
                   .by_address = {{net::kAddressSignInsPerMinute / 60, net::kAddressSignInsBurst}, net::kRateKeysMax},
                   .wrong_tokens = {{net::kWrongTokensPerMinute / 60, net::kWrongTokensBurst}, net::kRateKeysMax}},
      .connections = {}};
  const auto listener = need(net::Listener::open(shared));
  need(renders.start());
  listener->start();
  asio::co_spawn(io, keep_house({*stores->blobs, projects, 24h * options.collect_after_days}, work), asio::detached);
  {
    const net::IoThreads io_threads(io, options.net.threads);
    write_port_file(options.port_file, listener->port());
    std::cout << "talkbackd " << ops::version() << " listens on " << options.net.address << ':' << listener->port()
              << std::endl;
    const int signal = stop_signals.wait();
    ops::log_info("stopping", {{"signal", std::to_string(signal)}});
    shut_down(*listener, shared, renders);
  }
  work.join();
  passwords.join();
  stores->database->close();
  ops::log_info("stopped");
  return 0;
}

}  // namespace talkback
