// A recording driven by hand, as a device would: no device, no clock. What is played comes back after a delay.
#pragma once

#include <gtest/gtest.h>

#include "client/recorder/capture_writer.hpp"
#include "client/recorder/captured_takes.hpp"
#include "tests/support/realtime_guard.hpp"
#include "tests/support/session_builder.hpp"

namespace talkback::recorder::test {

using talkback::test::RealtimeGuard;

inline constexpr SampleRate kRate{48'000};
inline constexpr int kSongFrames = 400'000;

inline media::TakeTags tags_of_test(int channels = 1) {
  media::TakeTags tags;
  tags.project = "Song";
  tags.track = "Vocal";
  tags.name = "Vocal";
  tags.performer = "anna";
  tags.device = "virtual";
  tags.software = "talkback test";
  tags.recording_id = std::string(32, 'a');
  tags.date = "2026-01-31";
  tags.time = "18:30:00";
  tags.rate = kRate;
  tags.channels = channels;
  return tags;
}

class Studio {
 public:
  explicit Studio(RecordingOptions options, FramePosition takes_begin = {}, FramePosition takes_end = {}) {
    song_.sounding_track("Voice", test_noise(1, kSongFrames));
    options.rate = kRate;
    realtime::PlayerOptions player_options;
    player_options.compile.sample_rate_hz = kRate.hz;
    player_options.start = options.start;
    player_options.plays_on = true;
    player_options.read_ahead = realtime::SourceReadAhead::Thread::none;
    player = *realtime::GraphPlayer::create(song_.session, player_options, song_.library);
    if (options.loop) {
      EXPECT_TRUE(player->set_loop(options.loop));
    }
    EXPECT_TRUE(player->service());
    player->play();
    CaptureStart start;
    start.recording_id = std::string(32, 'a');
    start.user = "anna";
    start.rate = kRate;
    start.channels = options.channels;
    start.takes_begin = takes_begin;
    start.takes_end = takes_end;
    journal_.emplace(*CaptureJournal::create(folder / "take.journal", start));
    file_.emplace(*CaptureFile::create(folder / "take.wav", tags_of_test(options.channels)));
    recording = std::make_unique<Recording>(options, *player, nullptr, nullptr);
    writer = std::make_unique<CaptureWriter>(*recording, *file_, *journal_);
  }

  // So many frames, or until it is complete.
  void run(int block_frames, int frames, int delay) {
    AudioBuffer in(recording->options().channels, block_frames);
    AudioBuffer out(2, block_frames);
    for (int at = 0; at < frames && !recording->is_complete(); at += block_frames) {
      for (int f = 0; f < block_frames; ++f) {
        const std::int64_t from = static_cast<std::int64_t>(played.size()) + f - delay;
        const float echo = from >= 0 ? played[static_cast<std::size_t>(from)] : 0.0F;
        for (int c = 0; c < in.channel_count(); ++c) in.block().channel(c)[static_cast<std::size_t>(f)] = echo;
      }
      EXPECT_TRUE(player->service());
      {
        const RealtimeGuard guard;
        recording->process(
            in.block(), out.block(),
            {.position = FramePosition{static_cast<std::int64_t>(played.size())}, .round_trip = Frames{delay}});
      }
      const auto heard = out.block().channel(0);
      played.insert(played.end(), heard.begin(), heard.end());
    }
  }

  // The song from 0 on as it is played without a recorder.
  std::vector<float> song() {
    realtime::PlayerOptions options;
    options.compile.sample_rate_hz = kRate.hz;
    auto plain = *realtime::GraphPlayer::create(song_.session, options, song_.library);
    plain->play();
    AudioBuffer out(2, kSongFrames);
    plain->process(out.block());
    const auto samples = out.block().channel(0);
    return {samples.begin(), samples.end()};
  }

  // Ends it; what is on the disk then.
  CaptureRecord finish() {
    EXPECT_TRUE(writer->finish());
    auto reader = CaptureReader::open(folder / "take.wav", recording->options().channels);
    AudioBuffer sound(recording->options().channels, static_cast<int>(reader->length()->count));
    EXPECT_TRUE(reader->read(FramePosition{0}, sound.block()));
    captured.assign(sound.block().channel(0).begin(), sound.block().channel(0).end());
    return *read_journal(folder / "take.journal");
  }
  std::vector<CapturedTake> takes() {
    const CaptureRecord record = finish();
    return takes_of(record, Frames{static_cast<std::int64_t>(captured.size())});
  }

  TemporaryFolder folder;
  std::vector<float> played;
  std::vector<float> captured;
  std::unique_ptr<realtime::GraphPlayer> player;
  std::unique_ptr<Recording> recording;

 private:
  SessionBuilder song_;
  std::optional<CaptureJournal> journal_;
  std::optional<CaptureFile> file_;

 public:
  std::unique_ptr<CaptureWriter> writer;
};

// The take holds the song's frames from where it lies, but for the fades where the transport jumped.
inline void expect_in_time(Studio& studio, const CapturedTake& take, const std::vector<float>& song, int fade) {
  ASSERT_LE(take.source_start.count + take.length.count, static_cast<std::int64_t>(studio.captured.size()));
  ASSERT_GT(take.length.count, fade);
  for (std::int64_t n = fade; n < take.length.count; ++n)
    ASSERT_EQ(studio.captured[static_cast<std::size_t>(take.source_start.count + n)],
              song[static_cast<std::size_t>(take.song.count + n)])
        << "frame " << n << " of the take at " << take.song.count;
}

}  // namespace talkback::recorder::test
