#include "engine/render/prepare_sounds.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "engine/graph/placement.hpp"
#include "engine/session/routing.hpp"
#include "engine/session/tempo.hpp"

namespace talkback::render {

namespace {

using Sound = std::pair<std::string, media::TimeStretch>;

std::vector<Sound> stretched_sounds(const session::Session& session, SampleRate rate, media::SourceLibrary& library) {
  const timeline::TempoMap tempo = session::tempo_map(session, rate);
  std::set<Sound> sounds;
  for (const v1::Object* track : session::all_tracks(session)) {
    for (const graph::PlacedClip& clip : graph::place_clips({session, tempo}, *track))
      if (library.needs_stretching(clip.blob_sha256, rate, clip.stretch))
        sounds.insert({clip.blob_sha256, clip.stretch});
  }
  return {sounds.begin(), sounds.end()};
}

// Shared by those who make the sounds and the one who waits for them.
class Work {
 public:
  Work(std::vector<Sound> sounds, const PrepareOptions& options, media::SourceLibrary& library)
      : sounds_(std::move(sounds)), options_(options), library_(library), done_(sounds_.size()) {}

  // Makes one after the other until there are none left.
  void make() {
    for (std::size_t i = next_++; i < sounds_.size() && !options_.stop.stop_requested(); i = next_++) {
      const auto watch = [&](double part) {
        done_[i].store(part, std::memory_order_relaxed);
        return !options_.stop.stop_requested();
      };
      // What fails, fails again where its clip is known.
      (void)library_.describe(sounds_[i].first, options_.rate, sounds_[i].second, watch);
      done_[i].store(1.0, std::memory_order_relaxed);
    }
    const std::scoped_lock lock(mutex_);
    ++makers_done_;
    changed_.notify_all();
  }

  // Tells how far they are until so many have ended.
  void wait(int makers) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, std::chrono::milliseconds(100), [&] { return makers_done_ == makers; })) {
      double all = 0.0;
      for (const std::atomic<double>& done : done_) all += done.load(std::memory_order_relaxed);
      if (options_.progress) options_.progress(all / static_cast<double>(sounds_.size()));
    }
  }

 private:
  std::vector<Sound> sounds_;
  const PrepareOptions& options_;
  media::SourceLibrary& library_;
  std::vector<std::atomic<double>> done_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  int makers_done_ = 0;
};

}  // namespace

Result<void> prepare_sounds(const session::Session& session, const PrepareOptions& options,
                            media::SourceLibrary& library) {
  std::vector<Sound> sounds = stretched_sounds(session, options.rate, library);
  if (sounds.empty()) return {};
  const int most = options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency());
  const int makers = std::clamp(most, 1, static_cast<int>(sounds.size()));
  Work work(std::move(sounds), options, library);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < makers; ++i) threads.emplace_back([&] { work.make(); });
    work.wait(makers);
  }
  if (options.stop.stop_requested()) return Error{ErrorCode::unavailable, "The render was cancelled."};
  return {};
}

}  // namespace talkback::render
