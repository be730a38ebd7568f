// A sampler's zones from audio files, by what their names say.
//
//   "Piano C#3 v2"      a note; where every file names one, keys between two roots go to the nearer
//   "snare_01"          a drum, on its General MIDI key; hi-hats end each other
//   "vel80", "mf", "v2" how hard it was played: a velocity, a dynamic mark (ppp to fff, soft, medium, hard), or the
//                       number of a layer
//   "rr2"               one of several that take turns
// A note is a capital letter, sharp or flat, and an octave, as a word of its own; it wins over a drum. Files that name
// neither lie on free keys from C1 (36) on. Several files of one key that say nothing of how hard: those whose levels
// lie kLayerDb apart are layers, softest first, the others take turns.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/project/audio_import.hpp"
#include "client/project/key_names.hpp"

namespace talkback::project {

inline constexpr int kFirstFreeKey = 36;
inline constexpr double kLayerDb = 1.5;
// How much of the level the velocity decides about where layers already do.
inline constexpr double kLayeredVelocityPercent = 50.0;

// What a file's name says.
struct KitName {
  std::optional<int> note;
  std::optional<int> drum;
  std::optional<int> velocity;
  std::optional<int> layer;
  bool takes_turns = false;

  friend bool operator==(const KitName&, const KitName&) = default;
};
KitName read_kit_name(const std::string& name, int middle_c_octave = kMiddleCOctave);

struct KitFile {
  std::string name;  // without ending
  double level_db = 0.0;
};

struct KitZone {
  std::size_t file = 0;  // of those that were given
  int root_pitch = 60;
  int low_pitch = 60;
  int high_pitch = 60;
  int low_velocity = 1;
  int high_velocity = 127;
  bool one_shot = false;
  int choke_group = 0;
  int round_robin_group = 0;

  friend bool operator==(const KitZone&, const KitZone&) = default;
};

// By key and velocity. Fails with invalid where there are more files without a key than free keys.
Result<std::vector<KitZone>> map_kit(const std::vector<KitFile>& files, int middle_c_octave = kMiddleCOctave);

// The loudest 50 ms of a sound file: root of the mean square over all channels, in dB.
Result<double> level_of(const std::filesystem::path& file);

// Adds sources (but those that the session has) and zones below the sampler to the edit.
void add_zones(v1::Edit& edit, const session::Session& session, ObjectId sampler,
               const std::vector<ImportedAudio>& files, const std::vector<KitZone>& zones);

}  // namespace talkback::project
