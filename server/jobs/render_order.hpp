// An order of the server's carried out by the engine: the one place where the two meet. Runs in the worker.
#pragma once

#include <functional>

#include "engine/base/result.hpp"
#include "talkback/v1/render.pb.h"

namespace talkback::jobs {

// progress: 0 to 1, on the calling thread. The artifacts lie in the order's output folder when this returns.
Result<v1::RenderReport::Done> carry_out(const v1::RenderOrder& order, const std::function<void(double)>& progress);

}  // namespace talkback::jobs
