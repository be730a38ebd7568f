#include "client/recorder/midi_performance.hpp"

#include <algorithm>
#include <map>

namespace talkback::recorder {
namespace {

using media::MidiController;
using media::MidiControllerKind;

constexpr int kPedal = 64;

// What a controller or the like is set to, by what it is.
using Settings = std::map<std::pair<MidiControllerKind, int>, int>;

struct Held {
  TickPosition begin;
  int velocity = 0;
};

class Collector {
 public:
  Collector(int number, TickPosition begin, std::optional<TickPosition> end, Settings settings)
      : end_(end), settings_(std::move(settings)) {
    pass_.number = number;
    pass_.begin = begin;
  }

  void add(const MidiEntry& entry) {
    last_ = std::max(last_, entry.at);
    if (entry.kind == MidiEntry::Kind::loss) lose(entry.at);
    if (entry.kind != MidiEntry::Kind::message || entry.bytes.empty()) return;
    if (entry.bytes.front() == 0xf0) {
      pass_.exclusives.push_back({std::max(entry.at, pass_.begin), entry.bytes});
      return;
    }
    if (entry.bytes.size() < 2) return;
    const int first = entry.bytes[1] & 0x7f;
    const int second = entry.bytes.size() > 2 ? entry.bytes[2] & 0x7f : 0;
    switch (entry.bytes.front() & 0xf0) {
      case 0x80:
        return release(channel(entry), first, entry.at, Hung::no);
      case 0x90:
        release(channel(entry), first, entry.at, Hung::no);
        if (second > 0) held_[{channel(entry), first}] = {entry.at, second};
        return;
      case 0xa0:
        return set(entry.at, MidiControllerKind::key_pressure, first, second);
      case 0xb0:
        if (releases_all(first)) release_channel(channel(entry), entry.at);
        return set(entry.at, MidiControllerKind::control_change, first, second);
      case 0xc0:
        return set(entry.at, MidiControllerKind::program_change, 0, first);
      case 0xd0:
        return set(entry.at, MidiControllerKind::channel_pressure, 0, first);
      case 0xe0:
        return set(entry.at, MidiControllerKind::pitch_bend, 0, (second << 7 | first) - 8'192);
      default:
        return;
    }
  }

  // nullopt where nothing was played.
  std::optional<MidiPass> finish() {
    const TickPosition end = std::max(end_.value_or(last_), pass_.begin + Ticks{1});
    release_all(end);
    const bool is_empty = pass_.notes.empty() && pass_.exclusives.empty() && !is_moved_;
    begin_with_settings();
    std::ranges::stable_sort(pass_.notes, {},
                             [](const media::MidiNote& note) { return std::pair(note.position, note.pitch); });
    pass_.length = end - pass_.begin;
    if (is_empty) return std::nullopt;
    return std::move(pass_);
  }

  // For the pass that follows.
  const Settings& settings() const noexcept { return settings_; }

 private:
  enum class Hung { no, yes };

  // All sound off, all notes off, and the modes that imply it (MIDI 1.0, channel mode messages).
  static bool releases_all(int controller) noexcept { return controller == 120 || controller >= 123; }

  static int channel(const MidiEntry& entry) noexcept { return entry.bytes.front() & 0x0f; }

  void release(int channel, int pitch, TickPosition at, Hung hung) {
    const auto note = held_.find({channel, pitch});
    if (note == held_.end()) return;
    const TickPosition begin = std::max(note->second.begin, pass_.begin);
    const TickPosition end = end_ ? std::min(at, *end_) : at;
    const bool is_inside = !end_ || begin < *end_;
    // One that was played and released before the clip is nobody's.
    if (is_inside && (end > begin || note->second.begin >= pass_.begin)) {
      pass_.notes.push_back({begin, std::max(end - begin, Ticks{1}), pitch, note->second.velocity});
      if (hung == Hung::yes) ++pass_.closed_notes;
    }
    held_.erase(note);
  }

  void release_all(TickPosition at) {
    while (!held_.empty()) release(held_.begin()->first.first, held_.begin()->first.second, at, Hung::yes);
  }

  void release_channel(int channel, TickPosition at) {
    for (int pitch = 0; pitch < 128; ++pitch) release(channel, pitch, at, Hung::no);
  }

  void set(TickPosition at, MidiControllerKind kind, int number, int value) {
    settings_[{kind, number}] = value;
    if (at < pass_.begin) {
      before_ = settings_;
      return;
    }
    is_moved_ = true;
    if (!end_ || at < *end_) pass_.controllers.push_back({at, kind, number, value});
  }

  void lose(TickPosition at) {
    release_all(at);
    const auto pedal = settings_.find({MidiControllerKind::control_change, kPedal});
    if (pedal != settings_.end() && pedal->second > 0) set(at, MidiControllerKind::control_change, kPedal, 0);
  }

  // What was set before the clip and is not set anew at its very beginning.
  void begin_with_settings() {
    std::vector<MidiController> first;
    for (const auto& [what, value] : before_) {
      const bool is_set_anew = std::ranges::any_of(pass_.controllers, [&](const MidiController& controller) {
        return controller.position == pass_.begin && std::pair(controller.kind, controller.number) == what;
      });
      if (!is_set_anew) first.push_back({pass_.begin, what.first, what.second, value});
    }
    pass_.controllers.insert(pass_.controllers.begin(), first.begin(), first.end());
  }

  MidiPass pass_;
  std::optional<TickPosition> end_;
  TickPosition last_;
  Settings settings_;            // now
  Settings before_ = settings_;  // where the clip begins
  bool is_moved_ = false;
  std::map<std::pair<int, int>, Held> held_;  // by channel and key
};

bool strikes(const MidiEntry& entry) noexcept {
  return entry.kind == MidiEntry::Kind::message && entry.bytes.size() > 2 && (entry.bytes[0] & 0xf0) == 0x90 &&
         entry.bytes[2] > 0;
}

// An eighth before the start, if somebody came in early.
TickPosition begin_of_first(std::span<const MidiEntry> entries, TickPosition begin) {
  const TickPosition early = std::max(begin - kEarly, TickPosition{0});
  const bool is_early = std::ranges::any_of(entries, [&](const MidiEntry& entry) {
    return entry.pass == 0 && strikes(entry) && entry.at >= begin - kEarly && entry.at < begin;
  });
  return is_early ? early : begin;
}

}  // namespace

std::vector<MidiPass> passes_of(std::span<const MidiEntry> entries, const MidiStretch& stretch) {
  std::vector<MidiPass> passes;
  std::optional<Collector> collector;
  int number = 0;
  const auto finish = [&] {
    if (!collector) return Settings{};
    Settings settings = collector->settings();
    if (auto pass = collector->finish()) passes.push_back(std::move(*pass));
    return settings;
  };
  for (const MidiEntry& entry : entries) {
    if (!collector || entry.pass > number) {
      Settings settings = finish();
      number = entry.pass;
      const TickPosition begin = number == 0 ? begin_of_first(entries, stretch.begin) : stretch.begin;
      collector.emplace(number, begin, stretch.end, std::move(settings));
    }
    collector->add(entry);
  }
  finish();
  return passes;
}

}  // namespace talkback::recorder
