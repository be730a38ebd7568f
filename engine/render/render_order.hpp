// A render as an order (render.proto) and its outcome: the same door for the server's worker and for a client that
// renders by itself, so that both give the same bytes.
#pragma once

#include <functional>
#include <stop_token>

#include "engine/base/result.hpp"
#include "talkback/v1/render.pb.h"

namespace talkback::render {

// progress: 0 to 1, on the calling thread. The artifacts lie in the order's output folder when this returns.
Result<v1::RenderReport::Done> carry_out(const v1::RenderOrder& order, const std::function<void(double)>& progress,
                                         std::stop_token stop = {});

}  // namespace talkback::render
