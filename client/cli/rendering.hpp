// Renders of a project's moments, by the server or here, with their files in a folder. For the commands that render.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "client/cli/context.hpp"
#include "talkback/v1/render.pb.h"

namespace talkback::cli {

struct Rendered {
  std::vector<v1::Artifact> artifacts;
  std::vector<std::string> warnings;
  std::uint64_t revision = 0;
  std::string engine_version;
  v1::RenderEffort effort;
};

// Shows the progress until the server's render is over; Ctrl+C cancels it there.
Result<v1::RenderStatus> wait_for_render(Context& context, net::Api& api, const std::string& project,
                                         v1::RenderStatus status);

// The files of a render that is over. Fails as the render failed.
Result<Rendered> fetch_render(Context& context, net::Api& api, const std::string& project,
                              const v1::RenderStatus& status, const std::filesystem::path& out);

// What to render on this machine.
struct LocalRender {
  v1::SessionState state;
  std::filesystem::path blobs;
  std::string segments;  // of the cache: whose
};

struct LocalOptions {
  std::filesystem::path out = ".";
  int threads = 0;  // 0: all cores
  bool no_cache = false;
};

Result<Rendered> render_here(Context& context, const LocalRender& local, const v1::RenderSettings& settings,
                             const LocalOptions& options);

// Fetches what is missing on this machine first. revision 0: the head.
Result<Rendered> render_moment_here(Context& context, net::Api& api, const net::BranchName& branch,
                                    std::uint64_t revision, const v1::RenderSettings& settings,
                                    const LocalOptions& options);

}  // namespace talkback::cli
