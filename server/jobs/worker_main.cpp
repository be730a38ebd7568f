// talkback-worker: one order on standard input, reports on standard output (proto/talkback/v1/render.proto).
//
// Started by talkbackd with its process id as the only argument; not for people.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>

#include "engine/render/render_order.hpp"
#include "server/jobs/confine.hpp"
#include "server/jobs/frame_stream.hpp"
#include "server/jobs/limits.hpp"

namespace {

using namespace talkback;

// A session of a million objects and its settings.
constexpr std::size_t kOrderBytesMax = std::size_t{1} << 30;
constexpr auto kProgressInterval = std::chrono::milliseconds(jobs::kProgressIntervalMs);

bool say(const v1::RenderReport& report) { return jobs::write_message(STDOUT_FILENO, report).has_value(); }

bool say_failed(const Error& error) {
  v1::RenderReport report;
  report.mutable_failed()->set_code(std::string(to_string(error.code)));
  report.mutable_failed()->set_message(error.message);
  return say(report);
}

// Progress no more often than the room is told, and the last of it always.
std::function<void(double)> progress_teller() {
  return [told = std::chrono::steady_clock::time_point()](double progress) mutable {
    const auto now = std::chrono::steady_clock::now();
    if (progress < 1 && now - told < kProgressInterval) return;
    told = now;
    v1::RenderReport report;
    report.set_progress(progress);
    // Nobody listens any more: nobody wants the render.
    if (!say(report)) std::_Exit(1);
  };
}

int work() {
  v1::RenderOrder order;
  const auto read = jobs::MessageReader(STDIN_FILENO, kOrderBytesMax).read(order);
  if (!read || !*read) return 2;
  auto done = render::carry_out(order, progress_teller());
  if (!done) return say_failed(done.error()) ? 0 : 1;
  v1::RenderReport report;
  *report.mutable_done() = *std::move(done);
  return say(report) ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  ::signal(SIGPIPE, SIG_IGN);
  const long parent = count == 2 ? std::strtol(arguments[1], nullptr, 10) : 0;
  if (parent <= 0 || !jobs::confine(static_cast<pid_t>(parent))) {
    std::fputs("talkback-worker: talkbackd starts this program; it does nothing by itself\n", stderr);
    return 2;
  }
  try {
    return work();
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "talkback-worker: %s\n", problem.what());
    return 3;
  }
}
