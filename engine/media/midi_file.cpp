#include "engine/media/midi_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <span>
#include <string_view>

namespace talkback::media {

namespace {

using Bytes = std::span<const unsigned char>;

struct HeldNote {
  TickPosition position;
  int velocity;
};

// One (track, channel) while it is read.
struct Part {
  MidiTrack track;
  std::map<int, HeldNote> held;
  bool has_program = false;

  bool plays() const { return !held.empty() || !track.notes.empty() || !track.controllers.empty(); }

  void release(int pitch, TickPosition end) {
    const auto note = held.find(pitch);
    if (note == held.end()) return;
    const Ticks length = std::max(end - note->second.position, Ticks{1});
    track.notes.push_back({note->second.position, length, pitch, note->second.velocity});
    held.erase(note);
  }
};

class Reader {
 public:
  explicit Reader(int division) { file_.division = division; }

  // One event of a track: status byte first, without its delta time.
  void read(int track, std::int64_t pulses, Bytes bytes) {
    now_ = position_of(pulses);
    file_.length = std::max(file_.length, now_ - TickPosition{0});
    if (bytes[0] >= 0x80 && bytes[0] < 0xf0) read_channel(track, bytes);
  }

  void read_meta(int track, std::int64_t pulses, unsigned char type, Bytes data) {
    constexpr unsigned char kName = 0x03;
    constexpr unsigned char kTempo = 0x51;
    constexpr unsigned char kSignature = 0x58;
    now_ = position_of(pulses);
    file_.length = std::max(file_.length, now_ - TickPosition{0});
    if (type == kName && names_[track].empty()) names_[track].assign(data.begin(), data.end());
    if (type == kTempo && data.size() == 3) {
      const int microseconds = data[0] << 16 | data[1] << 8 | data[2];
      if (microseconds == 0) return;
      file_.tempos.push_back({now_, std::clamp(60e6 / microseconds, kTempoBpmMin, kTempoBpmMax)});
    }
    if (type == kSignature && data.size() >= 2 && data[0] >= 1 && data[0] <= 64 && data[1] <= 6) {
      file_.signatures.push_back({now_, data[0], 1 << data[1]});
    }
  }

  // is_first: a message begins here; else it goes on. Files may send one in pieces, of which the last ends with F7.
  void read_exclusive(int track, std::int64_t pulses, bool is_first, Bytes data) {
    now_ = position_of(pulses);
    file_.length = std::max(file_.length, now_ - TickPosition{0});
    if (is_first) {
      if (!exclusive_.bytes.empty()) ++file_.lost_exclusives;
      exclusive_ = {now_, {0xf0}};
    }
    // Else an escape: bytes that are no system exclusive.
    if (exclusive_.bytes.empty()) return;
    const std::size_t room = kSystemExclusiveBytesMax + 1 - exclusive_.bytes.size();
    exclusive_.bytes.insert(
        exclusive_.bytes.end(), data.begin(),
        data.begin() + std::min<std::ptrdiff_t>(std::ssize(data), static_cast<std::ptrdiff_t>(room)));
    if (data.empty() || data.back() != 0xf7) return;
    if (is_whole(exclusive_.bytes))
      exclusives_[track].push_back(std::move(exclusive_));
    else
      ++file_.lost_exclusives;
    exclusive_.bytes.clear();
  }

  MidiFile finish() {
    hand_out_exclusives();
    for (auto& [key, part] : parts_) {
      while (!part.held.empty()) {
        part.release(part.held.begin()->first, TickPosition{0} + file_.length);
        ++file_.closed_notes;
      }
      std::ranges::stable_sort(part.track.notes, {}, [](const MidiNote& n) { return std::pair(n.position, n.pitch); });
      if (part.track.name.empty()) part.track.name = names_[key.first];
      if (part.plays()) file_.tracks.push_back(std::move(part.track));
    }
    std::ranges::stable_sort(file_.tempos, {}, &MidiTempo::position);
    std::ranges::stable_sort(file_.signatures, {}, &MidiSignature::position);
    return std::move(file_);
  }

 private:
  TickPosition position_of(std::int64_t pulses) const noexcept {
    const std::int64_t quarters = pulses / file_.division;
    const std::int64_t rest = pulses % file_.division;
    return {quarters * kTicksPerQuarter + (rest * kTicksPerQuarter + file_.division / 2) / file_.division};
  }

  void read_channel(int track, Bytes bytes) {
    const int channel = bytes[0] & 0x0f;
    const int status = bytes[0] & 0xf0;
    const bool has_one_byte = status == 0xc0 || status == 0xd0;
    if (bytes.size() < (has_one_byte ? 2U : 3U)) return;
    const int first = bytes[1] & 0x7f;
    const int second = has_one_byte ? 0 : bytes[2] & 0x7f;
    Part& part = parts_[{track, channel}];
    part.track.channel = channel;
    switch (status) {
      case 0x80:
        return part.release(first, now_);
      case 0x90:
        part.release(first, now_);
        if (second > 0) part.held[first] = {now_, second};
        return;
      case 0xa0:
        return add(part, MidiControllerKind::key_pressure, first, second);
      case 0xb0:
        if (first == 0 && !part.has_program) part.track.bank = (part.track.bank & 0x7f) | second << 7;
        if (first == 32 && !part.has_program) part.track.bank = (part.track.bank & ~0x7f) | second;
        return add(part, MidiControllerKind::control_change, first, second);
      case 0xc0:
        if (!part.has_program) {
          part.has_program = true;
          part.track.program = first;
          return;
        }
        return add(part, MidiControllerKind::program_change, 0, first);
      case 0xd0:
        return add(part, MidiControllerKind::channel_pressure, 0, first);
      default:
        return add(part, MidiControllerKind::pitch_bend, 0, (second << 7 | first) - 8192);
    }
  }

  void add(Part& part, MidiControllerKind kind, int number, int value) {
    part.track.controllers.push_back({now_, kind, number, value});
  }

  // No longer than what is kept, and of data between its two ends.
  static bool is_whole(const std::vector<std::uint8_t>& bytes) {
    return bytes.size() <= kSystemExclusiveBytesMax && bytes.back() == 0xf7 &&
           std::all_of(bytes.begin() + 1, bytes.end() - 1, [](std::uint8_t byte) { return byte < 0x80; });
  }

  // To the first part of their file track, or of the file.
  void hand_out_exclusives() {
    if (!exclusive_.bytes.empty()) ++file_.lost_exclusives;
    for (auto& [track, exclusives] : exclusives_) {
      auto part = std::ranges::find_if(
          parts_, [&](const auto& entry) { return entry.first.first == track && entry.second.plays(); });
      if (part == parts_.end())
        part = std::ranges::find_if(parts_, [](const auto& entry) { return entry.second.plays(); });
      if (part == parts_.end()) {
        file_.lost_exclusives += static_cast<int>(exclusives.size());
        continue;
      }
      auto& kept = part->second.track.exclusives;
      kept.insert(kept.end(), exclusives.begin(), exclusives.end());
      std::ranges::stable_sort(kept, {}, &MidiSystemExclusive::position);
    }
  }

  MidiFile file_;
  TickPosition now_;
  // By file track and channel.
  std::map<std::pair<int, int>, Part> parts_;
  std::map<int, std::string> names_;
  // By file track; and the one that is not whole yet.
  std::map<int, std::vector<MidiSystemExclusive>> exclusives_;
  MidiSystemExclusive exclusive_;
};

// The bytes of one chunk, taken from the front. Every step checks its bounds; nullopt means that the data ended.
class Cursor {
 public:
  explicit Cursor(Bytes bytes) : rest_(bytes) {}

  bool at_end() const noexcept { return rest_.empty(); }
  std::size_t left() const noexcept { return rest_.size(); }
  unsigned char peek() const noexcept { return rest_[0]; }

  std::optional<Bytes> take(std::size_t count) noexcept {
    if (count > rest_.size()) return std::nullopt;
    const Bytes result = rest_.first(count);
    rest_ = rest_.subspan(count);
    return result;
  }
  Bytes take_up_to(std::size_t count) noexcept { return *take(std::min(count, rest_.size())); }

  std::optional<std::uint32_t> big_endian(std::size_t count) noexcept {
    const auto bytes = take(count);
    if (!bytes) return std::nullopt;
    std::uint32_t value = 0;
    for (const unsigned char byte : *bytes) value = value << 8 | byte;
    return value;
  }

  // At most four bytes of seven bits.
  std::optional<std::uint32_t> variable_length() noexcept {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const auto byte = take(1);
      if (!byte) return std::nullopt;
      value = value << 7 | ((*byte)[0] & 0x7fU);
      if (((*byte)[0] & 0x80) == 0) return value;
    }
    return std::nullopt;
  }

 private:
  Bytes rest_;
};

// Song positions beyond this are damage: 1.6 days at 960 bpm in the finest division.
constexpr std::int64_t kPulsesMax = 1LL << 36;

// One event after its delta time. False at the end of the track and where nothing sensible can follow.
bool read_event(Cursor& cursor, Reader& reader, int track, std::int64_t pulses, unsigned char& running) {
  if (cursor.at_end()) return false;
  unsigned char status = cursor.peek();
  if (status >= 0x80) {
    cursor.take(1);
  } else if (running == 0) {
    return false;
  } else {
    status = running;
  }
  if (status == 0xff) {
    constexpr unsigned char kEndOfTrack = 0x2f;
    const auto type = cursor.take(1);
    const auto length = cursor.variable_length();
    if (!type || !length) return false;
    const auto data = cursor.take(*length);
    if (!data) return false;
    reader.read_meta(track, pulses, (*type)[0], *data);
    return (*type)[0] != kEndOfTrack;
  }
  if (status == 0xf0 || status == 0xf7) {
    const auto length = cursor.variable_length();
    if (!length) return false;
    const auto data = cursor.take(*length);
    if (!data) return false;
    reader.read_exclusive(track, pulses, status == 0xf0, *data);
    return true;
  }
  // System messages of the wire have no place in a file.
  if (status >= 0xf0) return false;
  running = status;
  const int kind = status & 0xf0;
  const auto data = cursor.take(kind == 0xc0 || kind == 0xd0 ? 1 : 2);
  if (!data) return false;
  const std::array<unsigned char, 3> event = {status, (*data)[0],
                                              data->size() > 1 ? (*data)[1] : static_cast<unsigned char>(0)};
  reader.read(track, pulses, Bytes(event).first(data->size() + 1));
  return true;
}

void read_track(Bytes chunk, Reader& reader, int track) {
  Cursor cursor(chunk);
  std::int64_t pulses = 0;
  unsigned char running = 0;
  for (;;) {
    const auto delta = cursor.variable_length();
    if (!delta) return;
    pulses += *delta;
    if (pulses > kPulsesMax || !read_event(cursor, reader, track, pulses, running)) return;
  }
}

std::string read_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string_view text_of(Bytes bytes) noexcept { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace

Result<MidiFile> read_midi_file(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  std::error_code code;
  const auto size = std::filesystem::file_size(path, code);
  if (code) return Error{ErrorCode::not_found, fmt::format("{}: there is no such file.", name)};
  if (static_cast<std::int64_t>(size) > kMidiFileBytesMax) {
    return Error{ErrorCode::invalid, fmt::format("{}: the file is too large for a MIDI file.", name)};
  }
  const std::string bytes = read_whole(path);
  Cursor cursor(Bytes(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
  const auto type = cursor.take(4);
  const auto header_bytes = cursor.big_endian(4);
  const auto format = cursor.big_endian(2);
  cursor.big_endian(2);
  const auto division = cursor.big_endian(2);
  if (!type || text_of(*type) != "MThd" || !header_bytes || *header_bytes < 6 || !division) {
    return Error{ErrorCode::corrupt, fmt::format("{}: this is no MIDI file.", name)};
  }
  if (*format > 1) return Error{ErrorCode::invalid, fmt::format("{}: MIDI files of format 2 are not supported.", name)};
  if (*division == 0 || *division >= 0x8000) {
    return Error{ErrorCode::invalid, fmt::format("{}: MIDI files in SMPTE time are not supported.", name)};
  }
  cursor.take_up_to(*header_bytes - 6);
  Reader reader(static_cast<int>(*division));
  int track = 0;
  // A chunk that runs past the end of the file is read as far as it goes.
  while (cursor.left() > 8) {
    const bool is_track = text_of(*cursor.take(4)) == "MTrk";
    const Bytes chunk = cursor.take_up_to(*cursor.big_endian(4));
    if (is_track) read_track(chunk, reader, track++);
  }
  return reader.finish();
}

}  // namespace talkback::media
