#include "client/project/key_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace talkback::project {
namespace {

constexpr int kMiddleC = 60;

struct DrumName {
  int pitch;
  std::string_view name;
};

// The first name of a key is the one that is shown.
constexpr DrumName kDrums[] = {
    {36, "kick"},
    {36, "bd"},
    {36, "bass drum"},
    {36, "bassdrum"},
    {36, "kik"},
    {36, "kick drum"},
    {35, "kick 2"},
    {37, "rim"},
    {37, "rimshot"},
    {37, "rim shot"},
    {37, "rs"},
    {37, "side stick"},
    {37, "sidestick"},
    {37, "cross stick"},
    {38, "snare"},
    {38, "sd"},
    {38, "sn"},
    {38, "snr"},
    {38, "snare drum"},
    {39, "clap"},
    {39, "cp"},
    {39, "claps"},
    {39, "hand clap"},
    {39, "handclap"},
    {40, "snare 2"},
    {40, "electric snare"},
    {41, "low tom"},
    {41, "lt"},
    {41, "floor tom"},
    {41, "lowtom"},
    {41, "tom low"},
    {41, "tom lo"},
    {42, "closed hat"},
    {42, "hat"},
    {42, "hh"},
    {42, "ch"},
    {42, "chh"},
    {42, "hihat"},
    {42, "hi hat"},
    {42, "closed hihat"},
    {42, "closed hi hat"},
    {42, "hat closed"},
    {42, "hihat closed"},
    {42, "hh closed"},
    {42, "closed hh"},
    {42, "hi hat closed"},
    {42, "hats"},
    {44, "pedal hat"},
    {44, "ph"},
    {44, "hat pedal"},
    {44, "pedal hihat"},
    {44, "hihat pedal"},
    {44, "foot hat"},
    {46, "open hat"},
    {46, "oh"},
    {46, "ohh"},
    {46, "openhat"},
    {46, "open hihat"},
    {46, "open hi hat"},
    {46, "hat open"},
    {46, "hihat open"},
    {46, "hh open"},
    {46, "open hh"},
    {46, "hi hat open"},
    {47, "mid tom"},
    {47, "mt"},
    {47, "tom"},
    {47, "tom mid"},
    {47, "midtom"},
    {50, "high tom"},
    {50, "ht"},
    {50, "hi tom"},
    {50, "hightom"},
    {50, "tom high"},
    {50, "tom hi"},
    {49, "crash"},
    {49, "cr"},
    {49, "crash cymbal"},
    {49, "cymbal"},
    {51, "ride"},
    {51, "rd"},
    {51, "ride cymbal"},
    {52, "china"},
    {53, "ride bell"},
    {53, "bell"},
    {54, "tambourine"},
    {54, "tamb"},
    {55, "splash"},
    {56, "cowbell"},
    {56, "cb"},
    {56, "cow bell"},
    {57, "crash 2"},
    {58, "vibraslap"},
    {59, "ride 2"},
    {60, "bongo"},
    {60, "high bongo"},
    {60, "hi bongo"},
    {61, "low bongo"},
    {62, "mute conga"},
    {63, "conga"},
    {63, "high conga"},
    {63, "open conga"},
    {64, "low conga"},
    {65, "timbale"},
    {65, "high timbale"},
    {66, "low timbale"},
    {67, "agogo"},
    {67, "high agogo"},
    {68, "low agogo"},
    {69, "cabasa"},
    {70, "maracas"},
    {70, "maraca"},
    {73, "guiro"},
    {75, "clave"},
    {75, "claves"},
    {76, "wood block"},
    {76, "woodblock"},
    {77, "low wood block"},
    {80, "mute triangle"},
    {81, "triangle"},
    {82, "shaker"},
    {82, "shk"},
};

std::string lowered(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](unsigned char c) {
    return c == '_' || c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  });
  return low;
}

}  // namespace

std::optional<int> pitch_from_note(std::string_view text, int middle_c_octave) {
  static constexpr std::array<int, 7> kSemitones = {9, 11, 0, 2, 4, 5, 7};  // from A
  if (text.empty()) return std::nullopt;
  const int letter = std::tolower(static_cast<unsigned char>(text[0])) - 'a';
  if (letter < 0 || letter > 6) return std::nullopt;
  int pitch = kSemitones[static_cast<std::size_t>(letter)];
  text.remove_prefix(1);
  if (text.starts_with('#') || text.starts_with('s') || text.starts_with('S')) {
    ++pitch;
    text.remove_prefix(1);
  } else if (text.starts_with('b')) {
    --pitch;
    text.remove_prefix(1);
  }
  int octave = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), octave);
  if (error != std::errc{} || end != text.data() + text.size() || octave < -2 || octave > 10) return std::nullopt;
  pitch += kMiddleC + 12 * (octave - middle_c_octave);
  return pitch >= 0 && pitch <= 127 ? std::optional(pitch) : std::nullopt;
}

std::string note_name(int pitch, int middle_c_octave) {
  static constexpr std::array<std::string_view, 12> kNames = {"C",  "C#", "D",  "D#", "E",  "F",
                                                              "F#", "G",  "G#", "A",  "A#", "B"};
  return std::string(kNames[static_cast<std::size_t>(pitch % 12)]) + std::to_string(pitch / 12 - 5 + middle_c_octave);
}

std::optional<int> pitch_from_drum(std::string_view text) {
  const auto* found = std::ranges::find(kDrums, std::string_view(lowered(text)), &DrumName::name);
  return found == std::end(kDrums) ? std::nullopt : std::optional(found->pitch);
}

std::string_view drum_name(int pitch) {
  const auto* found = std::ranges::find(kDrums, pitch, &DrumName::pitch);
  return found == std::end(kDrums) ? std::string_view() : found->name;
}

std::string drum_names() {
  std::string names;
  for (int pitch = 0; pitch < 128; ++pitch) {
    if (const std::string_view name = drum_name(pitch); !name.empty())
      names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return names;
}

}  // namespace talkback::project
