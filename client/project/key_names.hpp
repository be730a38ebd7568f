// Keys by the names that musicians give them: notes ("C#3", "Bb-1"), and drums by their General MIDI keys ("snare").
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace talkback::project {

// What the octave of middle C (60) is called: 3 where C1 is the kick of a drum kit, or 4.
inline constexpr int kMiddleCOctave = 3;

// Case ignored but for the note itself: "c3", "Db4", "F#-1". nullopt for what is none, or beyond 0 to 127.
std::optional<int> pitch_from_note(std::string_view text, int middle_c_octave = kMiddleCOctave);

// "C#3".
std::string note_name(int pitch, int middle_c_octave = kMiddleCOctave);

// Case ignored; spaces, hyphens and underscores are alike: "kick", "BD", "closed hat", "Floor-Tom". nullopt for what is
// none.
std::optional<int> pitch_from_drum(std::string_view text);

// The name of General MIDI's drum on a key; empty for keys that have none.
std::string_view drum_name(int pitch);

// One name of every drum, for messages: "kick, rim, snare …".
std::string drum_names();

}  // namespace talkback::project
