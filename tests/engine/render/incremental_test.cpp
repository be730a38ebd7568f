// The promise of incremental renders: whatever was edited, and whatever the cache holds, the samples and the loudness
// are those of a render from nothing.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>

#include "engine/graph/compile.hpp"
#include "engine/render/loudness_node.hpp"
#include "engine/render/session_before.hpp"
#include "engine/render/song_run.hpp"
#include "tests/engine/render/random_song.hpp"

namespace talkback::render {
namespace {

// Sanitizers take many times as long: fewer edits of each song, with every kind of cache and number of threads still.
// Which sessions sums start from takes many edits to show all three answers.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kEditsPerSong = 20;
constexpr int kEditsPerSeed = 4 * kEditsPerSong;
constexpr std::size_t kBasesMin = 2;
#else
#ifndef TALKBACK_RANDOM_EDITS
#define TALKBACK_RANDOM_EDITS 1250
#endif
constexpr int kEditsPerSong = 125;
constexpr int kEditsPerSeed = TALKBACK_RANDOM_EDITS;
constexpr std::size_t kBasesMin = 3;
#endif
constexpr int kThreadsMax = 3;

using Samples = std::vector<float>;

struct Outcome {
  Samples samples;
  analysis::Loudness loudness;
  SongRunReport report;
  bool is_damaged = false;
};

// The mix and the master, one after the other.
Outcome run(RandomSong& song, const session::Session* before, SegmentCache* cache, RunnerOptions runner) {
  auto graph = graph::compile(song.builder.session, {}, song.builder.library);
  if (!graph) return {};
  const auto meter = static_cast<std::size_t>(add_loudness(*graph, graph->master.entry, analysis::TruePeak::on));
  if (before != nullptr) graph::add_session_before(*before, {}, song.builder.library, *graph);
  Outcome outcome;
  const std::vector<int> outputs = {graph->mix.entry, graph->master.entry};
  const Frames latency = graph->entries[static_cast<std::size_t>(graph->master.entry)].latency;
  const auto take = [&](const SegmentRunner& runner_, FramePosition, int) -> Result<void> {
    // Frame by frame: stretches may be of any length.
    const ConstAudioBlock mix = runner_.output(outputs[0]);
    const ConstAudioBlock master = runner_.output(outputs[1]);
    for (std::size_t n = 0; n < static_cast<std::size_t>(mix.frame_count()); ++n) {
      for (int c = 0; c < 2; ++c) {
        outcome.samples.push_back(mix.channel(c)[n]);
        outcome.samples.push_back(master.channel(c)[n]);
      }
    }
    return {};
  };
  SongRunOptions options;
  options.runner = runner;
  options.runner.settle_frames = 4'096;
  options.cache = cache;
  options.keeps_sums = song.number(4) == 0;
  auto report = run_song(*graph, outputs, graph->length + latency, options, take);
  if (report) outcome.report = std::move(*report);
  outcome.loudness = static_cast<const LoudnessNode&>(*graph->entries[meter].node).loudness();
  outcome.is_damaged = !report && report.error().code == ErrorCode::corrupt;
  return outcome;
}

// Somewhere in some pack a byte changes.
void damage(const std::filesystem::path& folder, RandomSong& song) {
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".segments" || std::filesystem::file_size(file) == 0) continue;
    std::fstream pack(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    const auto at = static_cast<std::streamoff>(song.number(std::filesystem::file_size(file)));
    pack.seekg(at);
    const char byte = static_cast<char>(pack.get() ^ 0x10);
    pack.seekp(at);
    pack.put(byte);
    return;
  }
}

class IncrementalTest : public ::testing::TestWithParam<int> {};

TEST_P(IncrementalTest, AnyEditsGiveTheSamplesOfAFullRender) {
  int damaged = 0;
  std::int64_t segments = 0;
  std::int64_t computed = 0;
  std::int64_t adjusted = 0;
  std::map<SumBase, int> bases;
  std::map<int, int> thread_counts;
  for (int song_number = 0; song_number * kEditsPerSong < kEditsPerSeed; ++song_number) {
    RandomSong song(static_cast<std::uint64_t>(GetParam() * 10'007 + song_number));
    const std::filesystem::path folder = song.builder.folder / "segments";
    std::optional<session::Session> before;
    for (int i = 0; i < kEditsPerSong; ++i) {
      for (std::uint64_t n = 0; n <= song.number(2); ++n) song.edit();
      const Outcome alone = run(song, nullptr, nullptr, {.threads = 1});
      const Samples& whole = alone.samples;
      const bool harms = song.number(25) == 0;
      if (harms && std::filesystem::exists(folder)) damage(folder, song);
      // A little cache makes packs go all the time.
      auto cache = SegmentCache::open(folder, song_number % 4 == 3 ? 2'000'000 : 200'000'000);
      ASSERT_TRUE(cache) << cache.error().message;
      RunnerOptions runner{.threads = 1 + static_cast<int>(song.number(kThreadsMax)),
                           .block_frames = static_cast<int>(1 + song.number(4'096))};
      ++thread_counts[runner.threads];
      Outcome outcome = run(song, before ? &*before : nullptr, &*cache, runner);
      if (outcome.is_damaged) {
        ++damaged;
        { const SegmentCache closed = std::move(*cache); }
        drop_cache(folder);
        continue;
      }
      for (const EntryUse& use : outcome.report.uses) {
        segments += use.segments;
        computed += use.computed;
        adjusted += use.adjusted;
      }
      ASSERT_EQ(outcome.samples.size(), whole.size());
      if (outcome.samples != whole) {
        const auto differs = std::ranges::mismatch(outcome.samples, whole);
        FAIL() << "song " << song_number << ", edit " << i << ", sample " << (differs.in1 - outcome.samples.begin())
               << ": " << *differs.in1 << " instead of " << *differs.in2;
      }
      ASSERT_EQ(outcome.loudness, alone.loudness) << "song " << song_number << ", edit " << i;
      // Any session before must do.
      const SumBase base = song.number(10) == 0 ? SumBase::renew : outcome.report.sum_base;
      ++bases[base];
      if (base == SumBase::renew) before = song.builder.session;
      if (base == SumBase::drop) before.reset();
    }
  }
  // The test would promise nothing where all was computed.
  EXPECT_LT(computed, segments * 3 / 4);
  EXPECT_GT(adjusted, kEditsPerSeed / 20);
  EXPECT_LT(damaged, kEditsPerSeed / 10);
  EXPECT_GE(bases.size(), kBasesMin);
  EXPECT_EQ(thread_counts.size(), static_cast<std::size_t>(kThreadsMax));
}

INSTANTIATE_TEST_SUITE_P(Seeds, IncrementalTest, ::testing::Range(0, 8));

}  // namespace
}  // namespace talkback::render
