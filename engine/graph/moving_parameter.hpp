// A parameter that moves over the song: what automation, or the tempo, makes of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace talkback::graph {

struct MovingParameter {
  int index = 0;
  std::function<double(std::int64_t)> value_at;
  // As AutomationCurve::steady_until.
  std::function<std::int64_t(std::int64_t)> steady_until;
  // As AutomationCurve::describe.
  std::function<void(std::int64_t, std::int64_t, std::string&)> describe;
  // Set at the very frame from which a value holds, and not on the control grid (dsp::Motion::steps).
  bool steps = false;
};

}  // namespace talkback::graph
