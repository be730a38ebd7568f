#include "client/recorder/capture_journal.hpp"

#include <random>

#include "client/recorder/capture_folder.hpp"
#include "client/recorder/clock_drift.hpp"
#include "tests/client/recorder/recording_support.hpp"

namespace talkback::recorder {
namespace {

using Kind = CaptureEvent::Kind;

CaptureStart a_start() {
  CaptureStart start;
  start.recording_id = std::string(32, 'b');
  start.server = "https://studio.example";
  start.user = "anna";
  start.project_id = "p";
  start.project = "Söng \"1\"\n";
  start.branch_id = "b";
  start.track_id = 0xfedcba9876543210U;
  start.track = "Vocal";
  start.rate = SampleRate{44'100};
  start.channels = 2;
  start.device = "card";
  start.host_api = "JACK";
  start.input_gain_db = 12.5;
  start.software = "talkback test";
  start.recorded_unix_ms = 1'700'000'000'000;
  start.tempos = {{TickPosition{0}, 93.7, true}, {TickPosition{1'612'800}, 140.0, false}};
  start.signatures = {{TickPosition{0}, 7, 8}};
  start.takes_begin = FramePosition{-4};
  start.takes_end = FramePosition{1'000'000};
  return start;
}

TEST(CaptureJournalTest, TellsAgainWhatItWasTold) {
  const TemporaryFolder folder;
  {
    auto journal = CaptureJournal::create(folder / "a.journal", a_start());
    ASSERT_TRUE(journal);
    for (int kind = 0; kind <= static_cast<int>(Kind::latency); ++kind)
      ASSERT_TRUE(journal->append(CaptureEvent{static_cast<Kind>(kind), kind * 10, -kind}));
    ASSERT_TRUE(journal->append(CaptureUpload{"u1", true}));
    ASSERT_TRUE(journal->append(CaptureUpload{"u2", false}));
    ASSERT_TRUE(journal->append_end());
  }
  const auto record = read_journal(folder / "a.journal");
  ASSERT_TRUE(record);
  EXPECT_TRUE(record->is_ended);
  EXPECT_EQ(record->upload->upload_id, "u2");
  EXPECT_FALSE(record->upload->is_flac);
  ASSERT_EQ(record->events.size(), 10U);
  for (int kind = 0; kind < 10; ++kind) {
    EXPECT_EQ(static_cast<int>(record->events[static_cast<std::size_t>(kind)].kind), kind);
    EXPECT_EQ(record->events[static_cast<std::size_t>(kind)].frame, kind * 10);
    EXPECT_EQ(record->events[static_cast<std::size_t>(kind)].value, -kind);
  }
  const CaptureStart start = a_start();
  EXPECT_EQ(record->start.track_id, start.track_id);
  EXPECT_EQ(record->start.project, start.project);
  EXPECT_EQ(record->start.rate, start.rate);
  EXPECT_EQ(record->start.tempos[0].bpm, 93.7);
  EXPECT_TRUE(record->start.tempos[0].ramp);
  EXPECT_EQ(record->start.signatures, start.signatures);
  EXPECT_EQ(record->start.takes_begin, start.takes_begin);
  EXPECT_EQ(record->start.input_gain_db, 12.5);
}

TEST(CaptureJournalTest, CutOffAnywhereItTellsTheLinesBefore) {
  const TemporaryFolder folder;
  const auto file = folder / "a.journal";
  {
    auto journal = CaptureJournal::create(file, a_start());
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(journal->append(CaptureEvent{Kind::roll, i, i}));
  }
  const std::string bytes = bytes_of(file);
  const std::size_t first = bytes.find('\n') + 1;
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    std::filesystem::resize_file(file, length);
    const auto record = read_journal(file);
    ASSERT_EQ(record.has_value(), length >= first) << length;
    if (record) {
      ASSERT_EQ(static_cast<std::ptrdiff_t>(record->events.size()),
                std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length), '\n') - 1);
    }
    folder.write("a.journal", bytes);
  }
  // What is noted afterwards is not swallowed by half a line.
  std::filesystem::resize_file(file, bytes.size() - 3);
  {
    auto again = CaptureJournal::reopen(file);
    ASSERT_TRUE(again);
    ASSERT_TRUE(again->append_end());
  }
  const auto record = read_journal(file);
  EXPECT_EQ(record->events.size(), 4U);
  EXPECT_TRUE(record->is_ended);
}

TEST(CaptureJournalTest, BelongsToOneProgramAtATime) {
  const TemporaryFolder folder;
  const auto journal = CaptureJournal::create(folder / "a.journal", a_start());
  ASSERT_TRUE(journal);
  const auto other = CaptureJournal::reopen(folder / "a.journal");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::conflict);
}

TEST(CaptureFolderTest, NamesAreForPeopleAndHarmless) {
  const CaptureFiles files = name_capture("/takes", "../Vöcal; rm *", "0123456789abcdef", 0);
  EXPECT_EQ(files.journal.parent_path(), "/takes");
  EXPECT_NE(files.journal.string().find("___Vöcal_ rm _ 01234567.journal"), std::string::npos) << files.journal;
}

TEST(CapturedTakesTest, ACrashBeforeTheSongRolledLeavesNoTake) {
  CaptureRecord record{.start = a_start(), .events = {}, .upload = {}};
  EXPECT_TRUE(takes_of(record, Frames{100'000}).empty());
}

TEST(CapturedTakesTest, WhatNeverArrivedIsNotPromised) {
  CaptureRecord record{.start = a_start(), .events = {}, .upload = {}};
  record.start.takes_begin = FramePosition{0};
  record.events = {{Kind::latency, 1, 300}, {Kind::record_on, 0, 0}, {Kind::roll, 1'000, 0}, {Kind::stop, 50'000, 0}};
  const auto takes = takes_of(record, Frames{20'000});
  ASSERT_EQ(takes.size(), 1U);
  EXPECT_EQ(takes[0].source_start, FramePosition{1'300});
  EXPECT_EQ(takes[0].length, Frames{20'000 - 1'300});
}

struct Clock {
  double ppm = 0.0;
  double jitter_ms = 0.0;
};

// An hour's pairs of a device that is off, read by callbacks that run late, now and then very late.
std::vector<ClockPair> an_hour(const Clock& clock, SampleRate rate, unsigned seed) {
  std::mt19937 random(seed);
  std::exponential_distribution<double> late(1.0);
  std::vector<ClockPair> pairs;
  for (int second = 0; second < 3'600; ++second) {
    const double true_seconds = second / (1.0 + clock.ppm * 1e-6);
    double delay_ms = late(random) * clock.jitter_ms;
    if (random() % 10 == 0) delay_ms += 50.0;
    pairs.push_back(
        {std::int64_t{second} * rate.hz, static_cast<std::int64_t>(5e9 + true_seconds * 1e9 + delay_ms * 1e6)});
  }
  return pairs;
}

TEST(ClockDriftTest, IsFoundThroughCallbacksThatRunLate) {
  unsigned seed = 1;
  for (const double ppm : {-100.0, -12.5, 0.0, 3.0, 100.0})
    for (const double jitter_ms : {0.0, 0.3, 3.0}) {
      const auto drift = estimate_drift(an_hour({ppm, jitter_ms}, SampleRate{48'000}, ++seed), SampleRate{48'000});
      ASSERT_TRUE(drift);
      // 0.27 ppm are 1 ms in an hour.
      EXPECT_NEAR(drift->ppm, ppm, 0.27) << jitter_ms;
      EXPECT_NEAR(drift->offset_ns, 5e9, 1e6 + 2.0 * jitter_ms * 1e6);
    }
}

// Two who record at once, one device fast and one slow: with what was estimated, both ends lie at the same time.
TEST(ClockDriftTest, TwoPerformersEndWithinAMillisecondAfterAnHour) {
  const SampleRate rate{48'000};
  const double kHourNs = 3'599e9;
  std::vector<double> ends;
  for (const double ppm : {-100.0, 100.0}) {
    const auto pairs = an_hour({ppm, 0.5}, rate, ppm < 0.0 ? 21U : 22U);
    const auto drift = *estimate_drift(pairs, rate);
    // The frame that each captured when the hour was over, in the computer's time as the estimate has it.
    const double frame = kHourNs * 1e-9 * rate.hz * (1.0 + ppm * 1e-6);
    ends.push_back(drift.offset_ns + frame / (rate.hz * (1.0 + drift.ppm * 1e-6)) * 1e9);
  }
  EXPECT_NEAR(ends[0], ends[1], 1e6);
  EXPECT_NEAR(ends[0], 5e9 + kHourNs, 1.5e6);
}

TEST(ClockDriftTest, SaysNothingOfAShortMoment) {
  std::vector<ClockPair> pairs;
  for (int i = 0; i < 4; ++i) pairs.push_back({i * 48'000, i * 1'000'000'000LL});
  EXPECT_FALSE(estimate_drift(pairs, SampleRate{48'000}));
}

}  // namespace
}  // namespace talkback::recorder
