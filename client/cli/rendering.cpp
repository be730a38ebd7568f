#include "client/cli/rendering.hpp"

#include <unistd.h>

#include <algorithm>
#include <thread>

#include "client/cli/interrupt.hpp"
#include "client/net/transfers.hpp"
#include "client/project/media_folder.hpp"
#include "engine/render/render_order.hpp"
#include "engine/session/state.hpp"

namespace talkback::cli {
namespace {

// The server's progress is asked for so often.
constexpr std::chrono::milliseconds kPoll{150};

// A server that was taken over must not write where it likes.
bool stays_in_folder(const std::string& name) {
  const std::filesystem::path path(name);
  return !name.empty() && path.is_relative() && std::find(path.begin(), path.end(), "..") == path.end();
}

}  // namespace

Result<v1::RenderStatus> wait_for_render(Context& context, net::Api& api, const std::string& project,
                                         v1::RenderStatus status) {
  Interrupt interrupt;
  while (status.state() == v1::RenderStatus::QUEUED || status.state() == v1::RenderStatus::RUNNING) {
    if (interrupt.requested()) {
      TALKBACK_TRY(api.cancel_render(project, status.render_id()));
      return Error{ErrorCode::unavailable, "the render was cancelled"};
    }
    context.terminal.progress(status.state() == v1::RenderStatus::QUEUED ? "Waiting" : "Rendering", status.progress());
    std::this_thread::sleep_for(kPoll);
    TALKBACK_ASSIGN(status, api.render(project, status.render_id()));
  }
  context.terminal.end_progress();
  return status;
}

Result<Rendered> fetch_render(Context& context, net::Api& api, const std::string& project,
                              const v1::RenderStatus& status, const std::filesystem::path& out) {
  if (status.state() == v1::RenderStatus::FAILED)
    return Error{error_code_from(status.error_code()), status.error_message()};
  if (status.state() != v1::RenderStatus::DONE) return Error{ErrorCode::unavailable, "the render was cancelled"};
  Rendered rendered{{}, {}, status.revision(), status.engine_version(), status.effort()};
  for (const v1::Artifact& artifact : status.artifacts()) {
    if (!stays_in_folder(artifact.name()))
      return Error{ErrorCode::invalid, "the server named a file outside the folder: " + artifact.name()};
    context.terminal.progress("Downloading", static_cast<double>(rendered.artifacts.size()) / status.artifacts_size());
    TALKBACK_TRY(net::download(api, project, artifact.blob_sha256(), out / artifact.name()));
    rendered.artifacts.push_back(artifact);
  }
  context.terminal.end_progress();
  rendered.warnings.assign(status.warnings().begin(), status.warnings().end());
  return rendered;
}

Result<Rendered> render_here(Context& context, const LocalRender& local, const v1::RenderSettings& settings,
                             const LocalOptions& options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  // Rendered beside the goal and moved: files that exist already are replaced whole.
  const std::filesystem::path out = std::filesystem::absolute(options.out);
  const std::filesystem::path beside = out / (".talkback-render-" + std::to_string(::getpid()));
  std::error_code failed;
  std::filesystem::create_directories(beside, failed);
  if (failed) return Error{ErrorCode::unavailable, "cannot write to " + out.string() + ": " + failed.message()};
  v1::RenderOrder order;
  *order.mutable_state() = local.state;
  *order.mutable_settings() = settings;
  order.set_blob_folder(local.blobs.string());
  order.set_output_folder(beside.string());
  order.set_cache_folder(home->cache().string());
  if (!options.no_cache) order.set_segment_folder((home->cache() / "segments" / local.segments).string());
  order.set_threads(options.threads);
  Interrupt interrupt;
  std::stop_source stop;
  const auto progress = [&](double done) {
    if (interrupt.requested()) stop.request_stop();
    context.terminal.progress("Rendering", done);
  };
  const auto done = render::carry_out(order, progress, stop.get_token());
  context.terminal.end_progress();
  if (done) {
    for (const v1::Artifact& artifact : done->artifacts()) {
      std::filesystem::create_directories((out / artifact.name()).parent_path(), failed);
      std::filesystem::rename(beside / artifact.name(), out / artifact.name(), failed);
      if (failed) break;
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(beside, ignored);
  if (!done) return done.error();
  if (failed) return Error{ErrorCode::unavailable, "cannot write to " + out.string() + ": " + failed.message()};
  return Rendered{{done->artifacts().begin(), done->artifacts().end()},
                  {done->warnings().begin(), done->warnings().end()},
                  local.state.revision(),
                  done->engine_version(),
                  done->effort()};
}

Result<Rendered> render_moment_here(Context& context, net::Api& api, const net::BranchName& branch,
                                    std::uint64_t revision, const v1::RenderSettings& settings,
                                    const LocalOptions& options) {
  TALKBACK_ASSIGN(const project::Home* home, context.home());
  TALKBACK_ASSIGN(const project::MediaFolder media, project::MediaFolder::open(*home));
  TALKBACK_ASSIGN(const v1::SessionState state, api.session(branch, revision));
  TALKBACK_ASSIGN(const session::Session session, session::from_state(state));
  TALKBACK_TRY(media.fetch_all(api, branch.project, session,
                               [&](const std::string& name) { context.terminal.progress("Fetching " + name, 0.0); }));
  return render_here(context, {state, home->blobs(), branch.project}, settings, options);
}

}  // namespace talkback::cli
