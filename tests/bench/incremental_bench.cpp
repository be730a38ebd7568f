// What a render after an edit costs: the reference session, rendered from nothing and after single edits.
//
//   incremental_bench [tracks] [seconds] [threads] [explain | clip | fader | ceiling]     (96, 180, all)
//
// Each line: seconds, seconds of processors, and which part of the full render's time that is. The file is written and
// measured every time. Of every edit five of its kind are made, one after the other, each rendered: the median is told,
// and the first, which comes after edits of other things.
// With the name of an edit forty of that kind alone, to profile.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/render/render.hpp"
#include "tests/bench/reference_session.hpp"

namespace talkback {
namespace {

using Clock = std::chrono::steady_clock;

class Bench {
 public:
  Bench(int tracks, int seconds, int threads, std::string_view what)
      : seconds_(seconds),
        threads_(threads),
        is_explained_(what == "explain"),
        only_(is_explained_ ? "" : what),
        builder_(bench::kRate) {
    bench::fill_session(builder_, tracks, seconds);
    come_to_rest();
  }

  int run() {
    const double cold = only_.empty() ? render("from nothing, nothing kept", false) : 0.0;
    full_ = render("from nothing, cache filled", true);
    come_to_rest();
    if (only_.empty()) std::printf("%-44s %8.1f %%\n", "  cost of filling the cache", 100.0 * (full_ / cold - 1.0));
    const ObjectId track = bench::track_of(builder_, 5);
    const ObjectId clip = bench::short_clip_of(builder_, track);
    render_edits("", "nothing changed", [](int) {});
    render_edits("clip", "a clip of 4 s moved", [&](int i) {
      builder_.change(clip, [&](v1::Object& o) {
        o.mutable_audio_clip()->set_position_ticks(
            SessionBuilder::ticks_of_seconds((0.4 + 0.01 * (i * 5 % 49)) * seconds_));
      });
    });
    render_edits("fader", "a fader moved",
                 [&](int i) { builder_.change_track(track, [&](v1::Track& t) { t.set_fader_db(-11.0 - 0.5 * i); }); });
    render_edits("ceiling", "the master limiter's ceiling changed",
                 [&](int i) { bench::change_ceiling(builder_, -1.5 - 0.1 * i); });
    std::printf("%-44s %8.2f\n", "cache on disk / audio of the session", cache_bytes() / audio_bytes());
    return 0;
  }

 private:
  static constexpr int kEdits = 5;
  static constexpr int kEditsOfOne = 40;

  double render(const char* what, bool is_kept) {
    const Render one = render_once(is_kept);
    tell(what, one);
    return one.seconds;
  }

  void render_edits(std::string_view name, const char* what, const std::function<void(int)>& edit) {
    if (!only_.empty() && only_ != name) return;
    std::vector<Render> renders;
    for (int i = 0; i < (only_.empty() ? kEdits : kEditsOfOne); ++i) {
      edit(i);
      renders.push_back(render_once(true));
    }
    const double first = renders.front().seconds;
    const auto median = renders.begin() + static_cast<std::ptrdiff_t>(renders.size() / 2);
    std::ranges::nth_element(renders, median, {}, &Render::seconds);
    tell(what, *median);
    std::printf("  the first of them %35.3f s\n", first);
  }

  // Nobody edits while the disk still writes what came before: seconds lie between.
  static void come_to_rest() { std::system("sync"); }

  static double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

  struct Render {
    double seconds = 0.0;
    double processor_seconds = 0.0;
    render::RenderEffort effort;
  };

  Render render_once(bool is_kept) {
    const TemporaryFolder output;
    render::RenderOptions options;
    options.kind = render::RenderKind::master;
    options.without_target = true;
    options.threads = threads_;
    options.explain = is_explained_;
    if (is_kept) options.segments.folder = builder_.folder / "segments";
    const auto start = Clock::now();
    const double before = processor_seconds();
    const auto result = render::render(builder_.session, options, builder_.library, output.path());
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (!result) {
      std::printf("%s\n", result.error().message.c_str());
      std::exit(1);
    }
    return {seconds, processor_seconds() - before, result->effort};
  }

  void tell(const char* what, const Render& render) const {
    const std::string part = full_ > 0.0 ? "1/" + std::to_string(static_cast<int>(full_ / render.seconds)) : "";
    std::printf("%-44s %8.3f s %8.3f s CPU  %8.1f x real time  %s\n", what, render.seconds, render.processor_seconds,
                seconds_ / render.seconds, part.c_str());
    for (const render::ComputedStep& step : render.effort.steps)
      std::printf("    %-12s %-24s %4d of %4d  %s\n", step.track.c_str(), step.what.c_str(), step.computed,
                  step.segments, step.reason.c_str());
  }

  double cache_bytes() const {
    double bytes = 0.0;
    for (const auto& file : std::filesystem::directory_iterator(builder_.folder / "segments"))
      bytes += static_cast<double>(file.file_size());
    return bytes;
  }
  double audio_bytes() const {
    double bytes = 0.0;
    for (const auto& file : std::filesystem::directory_iterator(builder_.folder.path())) {
      if (file.is_regular_file()) bytes += static_cast<double>(file.file_size());
    }
    return bytes;
  }

  int seconds_;
  int threads_;
  bool is_explained_;
  std::string only_;
  SessionBuilder builder_;
  double full_ = 0.0;
};

}  // namespace
}  // namespace talkback

int main(int argc, char** argv) {
  const auto number = [&](int index, int otherwise) { return argc > index ? std::atoi(argv[index]) : otherwise; };
  return talkback::Bench(number(1, 96), number(2, 180), number(3, 0), argc > 4 ? argv[4] : "").run();
}
