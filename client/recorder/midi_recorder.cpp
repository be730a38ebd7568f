#include "client/recorder/midi_recorder.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace talkback::recorder {
namespace {

constexpr std::chrono::milliseconds kPoll{10};
// Events of the last frames are still on their way when these are heard.
constexpr int kAfterMs = 100;
// A moment is noted when no event before it can come any more.
constexpr int kBehindMs = 250;
static_assert(kPoll.count() * 4 < kJournalSyncMs);

Frames frames_of_ms(int ms, SampleRate rate) noexcept { return Frames{std::int64_t{ms} * rate.hz / 1'000}; }

}  // namespace

MidiRecorder::MidiRecorder(MidiSong song, Backing& backing, MidiJournal* journal, realtime::LiveTrack* live, Hear hear)
    : song_(std::move(song)),
      rate_(song_.map.rate()),
      backing_(backing),
      journal_(journal),
      live_(live),
      hear_(std::move(hear)) {}

MidiRecorder::~MidiRecorder() = default;

void MidiRecorder::listen(device::MidiInput& input) {
  input_ = &input;
  clock_.emplace(input.clock(), rate_, input.latency());
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void MidiRecorder::process(ConstAudioBlock, AudioBlock output,
                           const device::StreamTime& time) noexcept TALKBACK_REALTIME {
  // Sound that was not there in time is played later: what counts is what was heard.
  const FramePosition position = time.position - backing_.late();
  backing_.play(output, time);
  const device::MidiClock clock = input_->clock();
  const std::int64_t block_time = input_->block_time() + time.block_offset.count * clock.units_per_second / rate_.hz;
  clock_->publish(position, block_time, time.output_latency);
  if (live_ != nullptr) live_->process(output, {block_time, clock.units_per_second});
  if (time.xrun) xruns_.fetch_add(1);
  const std::int64_t played = time.position.count + output.frame_count();
  played_.store(played);
  if (!song_.span.length) return;
  const Frames all = song_.span.lead_in + *song_.span.length * song_.span.passes + time.output_latency +
                     input_->latency() + frames_of_ms(kAfterMs, rate_);
  if (played - backing_.late().count >= all.count) done_.store(true);
}

void MidiRecorder::receive(std::span<const std::uint8_t> bytes, std::int64_t time) noexcept TALKBACK_REALTIME {
  queue_.push(bytes, time);
  const bool is_channel_message = bytes.size() >= 2 && bytes.size() <= 3 && bytes[0] >= 0x80 && bytes[0] < 0xf0;
  if (live_ == nullptr || !is_channel_message) return;
  const std::uint8_t second = bytes.size() > 2 ? bytes[2] : std::uint8_t{0};
  if (!live_->push({time, bytes[0], bytes[1], second})) live_lost_.fetch_add(1);
}

void MidiRecorder::lose(std::int64_t time) noexcept TALKBACK_REALTIME {
  queue_.push_loss(time);
  if (live_ != nullptr && !live_->push({.time = time})) live_lost_.fetch_add(1);
}

MidiEntry MidiRecorder::place_frame(MidiEntry::Kind kind, FramePosition frame) const {
  const SongPlace place = place_of(song_.span, frame);
  return {kind, place.pass, song_.map.tick_at(place.position), {}};
}

// nullopt: nothing is played yet.
std::optional<MidiEntry> MidiRecorder::place(MidiEntry::Kind kind, std::int64_t time) const {
  const auto frame = clock_->frame_at(time);
  if (!frame) return std::nullopt;
  return place_frame(kind, *frame);
}

void MidiRecorder::run(std::stop_token stop) {
  auto synced = std::chrono::steady_clock::now();
  while (!stop.stop_requested() && !error_) {
    if (auto drained = drain(); !drained) error_ = drained.error();
    const auto now = std::chrono::steady_clock::now();
    if (!error_ && now - synced >= std::chrono::milliseconds(kJournalSyncMs) - 2 * kPoll) {
      auto secured = keep_moment(frames_of_ms(kBehindMs, rate_));
      if (secured && std::exchange(is_dirty_, false)) secured = journal_->sync();
      if (!secured) error_ = secured.error();
      synced = now;
    }
    std::this_thread::sleep_for(kPoll);
  }
  if (error_) done_.store(true);
}

// Events first: the blocks that were played by then are known when they are placed.
Result<void> MidiRecorder::drain() {
  std::vector<device::MidiArrival> arrivals;
  while (auto arrival = queue_.pop()) arrivals.push_back(std::move(*arrival));
  clock_->update();
  for (const device::MidiArrival& arrival : arrivals) TALKBACK_TRY(take(arrival));
  return {};
}

Result<void> MidiRecorder::take(const device::MidiArrival& arrival) {
  if (arrival.is_loss) {
    assembler_.reset();
    losses_.fetch_add(1);
    auto entry = place(MidiEntry::Kind::loss, arrival.time);
    if (entry && hear_) hear_({arrival.time, {}}, *entry);
    return entry ? keep(std::move(*entry)) : Result<void>{};
  }
  Result<void> kept;
  assembler_.feed(arrival.bytes, arrival.time, [&](const device::MidiMessage& message) {
    auto entry = place(MidiEntry::Kind::message, message.time);
    if (!entry || !kept) return;
    entry->bytes = message.bytes;
    if ((message.bytes[0] & 0xf0) == 0x90 && message.bytes[2] > 0) notes_.fetch_add(1);
    if (hear_) hear_(message, *entry);
    kept = keep(std::move(*entry));
  });
  return kept;
}

Result<void> MidiRecorder::keep(MidiEntry entry) {
  if (journal_ == nullptr) return {};
  TALKBACK_TRY(journal_->append(entry));
  entries_.push_back(std::move(entry));
  is_dirty_ = true;
  return {};
}

// So that what a crash leaves ends where the performer was, and notes that were held then are as long.
Result<void> MidiRecorder::keep_moment(Frames behind) {
  const Frames heard = played() - backing_.late() - clock_->compensation() - behind;
  const FramePosition now = FramePosition{0} + heard;
  if (heard.count <= 0 || (moment_ && now <= *moment_)) return {};
  moment_ = now;
  return keep(place_frame(MidiEntry::Kind::moment, now));
}

Result<void> MidiRecorder::finish() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  if (error_) return *error_;
  TALKBACK_TRY(drain());
  compensation_ = clock_->compensation();
  if (journal_ == nullptr) return {};
  TALKBACK_TRY(keep_moment(Frames{0}));
  TALKBACK_TRY(journal_->append_fact("latency_frames", std::to_string(compensation_.count)));
  return journal_->sync();
}

}  // namespace talkback::recorder
