#include "tests/simulation/shrinker.hpp"

#include <algorithm>

#include "tests/simulation/simulation.hpp"

namespace talkback::simulation {
namespace {

class Shrinking {
 public:
  Shrinking(Schedule schedule, const std::function<bool(const Schedule&)>& fails, int runs_max)
      : best_(std::move(schedule)), fails_(fails), runs_(runs_max) {}

  Schedule run() {
    for (bool got_smaller = true; got_smaller && runs_ > 0;) {
      got_smaller = leave_out_steps();
      got_smaller = send_people_home() || got_smaller;
    }
    return std::move(best_);
  }

 private:
  bool keeps_failing(const Schedule& tried) {
    if (runs_ <= 0) return false;
    --runs_;
    return fails_(tried);
  }

  // Chunks of half the steps, then of a quarter … then single ones.
  bool leave_out_steps() {
    const std::size_t before = best_.steps.size();
    for (std::size_t chunk = std::max<std::size_t>(before / 2, 1); chunk > 0; chunk /= 2) {
      for (std::size_t at = 0; at < best_.steps.size();) {
        Schedule tried = best_;
        const auto begin = tried.steps.begin() + static_cast<std::ptrdiff_t>(at);
        tried.steps.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(chunk, tried.steps.size() - at)));
        if (keeps_failing(tried))
          best_ = std::move(tried);
        else
          at += chunk;
      }
    }
    return best_.steps.size() < before;
  }

  bool send_people_home() {
    bool got_smaller = false;
    for (std::size_t editor = 0; editor < best_.present.size(); ++editor) {
      if (!best_.present[editor]) continue;
      Schedule tried = best_;
      tried.present[editor] = false;
      if (!keeps_failing(tried)) continue;
      best_ = std::move(tried);
      got_smaller = true;
    }
    return got_smaller;
  }

  Schedule best_;
  const std::function<bool(const Schedule&)>& fails_;
  int runs_;
};

}  // namespace

Schedule shrink(Schedule schedule, const std::function<bool(const Schedule&)>& fails, int runs_max) {
  return Shrinking(std::move(schedule), fails, runs_max).run();
}

std::string reproduction(const Schedule& failing, Sabotage sabotage) {
  const Schedule small =
      shrink(failing, [&](const Schedule& tried) { return run(tried, sabotage).failure.has_value(); });
  const Outcome outcome = run(small, sabotage, Story::told);
  return "seed " + std::to_string(failing.seed) + ": " + outcome.failure.value_or("nothing") + "\n" +
         std::to_string(small.steps.size()) + " of " + std::to_string(failing.steps.size()) + " steps, " +
         std::to_string(count_edits(small)) + " edits, " + std::to_string(std::ranges::count(small.present, true)) +
         " of " + std::to_string(small.editors) + " editors there at the beginning:\n" + outcome.story;
}

}  // namespace talkback::simulation
