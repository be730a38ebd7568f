// What was played on a keyboard in the last minutes, whether anybody recorded or not.
//
// A program that hears a port writes every message into files of kSegmentSeconds each in one folder, and throws away
// those that are older than kHistorySeconds; so the folder is bounded in time, and in bytes by kHistoryBytesMax,
// whatever is played. Each run of a program has files of its own. Reading takes the run that heard something last, also
// while it goes on. Where the song played along, messages know their place in it.
#pragma once

#include <deque>
#include <optional>

#include "client/recorder/midi_journal.hpp"

namespace talkback::recorder {

inline constexpr std::int64_t kHistorySeconds = 300;
inline constexpr std::int64_t kSegmentSeconds = 30;
// A wire that is never silent fills 10 MB in five minutes.
inline constexpr std::size_t kHistoryBytesMax = 16U << 20;
inline constexpr std::size_t kSegmentBytesMax = 1U << 20;

struct HeardMessage {
  std::int64_t time_ns = 0;           // since some moment that is the same for all of a run
  std::optional<TickPosition> place;  // in the song, if it played
  std::vector<std::uint8_t> bytes;    // none: the port was lost

  friend bool operator==(const HeardMessage&, const HeardMessage&) = default;
};

class MidiHistory {
 public:
  // run: a name that no other run has, later ones behind earlier ones. facts: written into each of its files.
  MidiHistory(std::filesystem::path folder, std::string run, Facts facts);

  // Times do not go back. Fails as RecordFile does.
  Result<void> append(const HeardMessage& message);

 private:
  struct Segment {
    std::filesystem::path path;
    std::int64_t end_ns = 0;  // of its newest
    std::size_t bytes = 0;
  };

  Result<void> begin_segment(std::int64_t time_ns);
  void forget(std::int64_t time_ns);

  std::filesystem::path folder_;
  std::string run_;
  Facts facts_;
  int number_ = 0;
  std::optional<RecordFile> file_;
  std::int64_t begin_ns_ = 0;
  std::deque<Segment> segments_;  // the last is being written
};

struct HeardRun {
  std::string name;
  Facts facts;
  std::vector<HeardMessage> messages;  // of the last kHistorySeconds before the newest
};

// Of the run that heard something last. Fails with not_found where nothing was heard.
Result<HeardRun> read_last_run(const std::filesystem::path& folder);

// Throws away what runs that have ended left, but for the last that heard something: when a new one begins.
void forget_old_runs(const std::filesystem::path& folder);

}  // namespace talkback::recorder
