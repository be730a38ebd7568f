#include "server/jobs/worker_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "server/jobs/limits.hpp"

namespace talkback::jobs {
namespace {

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

Result<pid_t> spawn(const std::filesystem::path& program, int input, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  // Asio's sockets have no close-on-exec flag.
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  sigset_t reset;
  ::sigemptyset(&reset);
  for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&reset, signal);
  ::posix_spawnattr_setsigdefault(&attributes, &reset);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::string path = program.string();
  std::string parent = std::to_string(::getpid());
  std::array<char*, 3> arguments{path.data(), parent.data(), nullptr};
  std::array<char*, 1> environment{nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, path.c_str(), &actions, &attributes, arguments.data(), environment.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0)
    return Error{ErrorCode::unavailable, "the render worker cannot be started: " + std::string(std::strerror(failed))};
  return pid;
}

}  // namespace

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(const std::filesystem::path& program) {
  std::array<int, 2> in{-1, -1};
  std::array<int, 2> out{-1, -1};
  if (::pipe2(in.data(), O_CLOEXEC) != 0) return Error{ErrorCode::unavailable, "no pipe for the render worker"};
  Descriptor worker_input(in[0]);
  Descriptor our_input(in[1]);
  if (::pipe2(out.data(), O_CLOEXEC) != 0) return Error{ErrorCode::unavailable, "no pipe for the render worker"};
  Descriptor our_output(out[0]);
  Descriptor worker_output(out[1]);
  TALKBACK_ASSIGN(const pid_t pid, spawn(program, worker_input.value(), worker_output.value()));
  return std::unique_ptr<WorkerProcess>(new WorkerProcess(pid, our_input.release(), our_output.release()));
}

WorkerProcess::WorkerProcess(pid_t pid, int input, int output)
    : pid_(pid), input_(input), output_(output), reports_(output, kReportBytesMax) {}

WorkerProcess::~WorkerProcess() {
  kill();
  (void)wait();
  if (input_ >= 0) ::close(input_);
  ::close(output_);
}

Result<void> WorkerProcess::send_order(const v1::RenderOrder& order) {
  auto sent = write_message(input_, order);
  ::close(std::exchange(input_, -1));
  return sent;
}

Result<std::optional<v1::RenderReport>> WorkerProcess::read_report() {
  v1::RenderReport report;
  TALKBACK_ASSIGN(const bool got, reports_.read(report));
  if (!got) return std::optional<v1::RenderReport>();
  return std::optional(std::move(report));
}

std::string WorkerProcess::wait() {
  if (waited_) return "it has ended";
  int status = 0;
  siginfo_t info{};
  // First without reaping, so that kill() can never meet a recycled process id.
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) continue;
  ::kill(-pid_, SIGKILL);  // what it left behind
  waited_ = true;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFSIGNALED(status)) return "it ended by signal " + std::to_string(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return "it ended with code " + std::to_string(WEXITSTATUS(status));
  return "";
}

void WorkerProcess::kill() noexcept {
  if (!waited_) ::kill(-pid_, SIGKILL);
}

}  // namespace talkback::jobs
