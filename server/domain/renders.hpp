// Render jobs: what was ordered, how far it is, what came out.
//
//   QUEUED -> RUNNING -> DONE | FAILED
//      `---------`-----> CANCELLED        RUNNING -> QUEUED when the server stops
//
// A job leaves DONE, FAILED and CANCELLED never. [any-thread]
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.hpp"
#include "server/domain/branches.hpp"
#include "server/domain/people.hpp"
#include "server/domain/projects.hpp"
#include "talkback/v1/room.pb.h"

namespace talkback::domain {

inline constexpr int kRendersOpenPerProjectMax = 20;
inline constexpr int kRenderListMax = 200;

struct Render {
  ProjectId project;
  UserId requested_by;
  // With everything a member sees; progress only while it runs.
  v1::RenderStatus status;
};

bool is_finished(v1::RenderStatus::State state) noexcept;
// Whether the drawing above has this arrow.
bool may_become(v1::RenderStatus::State from, v1::RenderStatus::State to) noexcept;
// invalid: kind, format, rate or loudness target that no render has.
Result<void> check_settings(const v1::RenderSettings& settings);

class RenderStore {
 public:
  virtual ~RenderStore() = default;
  // exhausted: kRendersOpenPerProjectMax are open.
  virtual Result<void> add(const Render& render) = 0;
  virtual Result<std::optional<Render>> find(const std::string& render_id) = 0;
  // Newest first.
  virtual Result<std::vector<Render>> list(const ProjectId& project, int count) = 0;
  // Queued and running ones of all projects, oldest first.
  virtual Result<std::vector<Render>> open() = 0;
  // Stores the state, the outcome and the artifacts, which join the project, in one step.
  // conflict: the stored state has no such arrow.
  virtual Result<void> change(const Render& render) = 0;
};

// Where members order renders; server/jobs does the work. [worker-thread]
class RenderDesk {
 public:
  virtual ~RenderDesk() = default;
  // The moment exists. exhausted: too many are waiting.
  virtual Result<v1::RenderStatus> order(const ProjectId& project, const User& user, const Moment& moment,
                                         const v1::RenderSettings& settings) = 0;
  // not_found where the project has no such render. With the progress of this moment.
  virtual Result<v1::RenderStatus> find(const ProjectId& project, const std::string& render_id) = 0;
  virtual Result<std::vector<v1::RenderStatus>> list(const ProjectId& project) = 0;
  // conflict: it is finished already.
  virtual Result<v1::RenderStatus> cancel(const ProjectId& project, const std::string& render_id) = 0;
};

}  // namespace talkback::domain
