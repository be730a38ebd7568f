// One talkback-worker process: started with nothing but its pipes, killed with everything it started.
//
// Its environment is empty and no descriptor of the server's reaches it; it limits itself further (confine.hpp) before
// it reads a byte. read_report and wait belong to one thread; kill may come from any.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/result.hpp"
#include "server/jobs/frame_stream.hpp"
#include "talkback/v1/render.pb.h"

namespace talkback::jobs {

class WorkerProcess {
 public:
  // unavailable: the program is missing or the machine has no room for a process.
  static Result<std::unique_ptr<WorkerProcess>> start(const std::filesystem::path& program);
  // Kills what still runs, and waits for it.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  // Hands the order over and closes the worker's input.
  Result<void> send_order(const v1::RenderOrder& order);
  // nullopt at the end of its output. Blocks.
  Result<std::optional<v1::RenderReport>> read_report();
  // Waits for the end: "it ended by signal 11". Empty for exit code 0.
  std::string wait();
  // SIGKILL to the process and all it started. [any-thread]
  void kill() noexcept;

 private:
  WorkerProcess(pid_t pid, int input, int output);

  const pid_t pid_;
  int input_;
  int output_;
  MessageReader reports_;
  // Until it is waited for, the id cannot belong to another process.
  std::atomic<bool> waited_{false};
};

}  // namespace talkback::jobs
