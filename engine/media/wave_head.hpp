// The head of a broadcast WAV file of 32-bit floats, always of one length: written first while nobody knows how long
// the sound will be, and in its place again at the end.
//
// Until then its sizes are as large as they go, which readers take for "to the end of the file". At the end it is RIFF
// below 4 GB and RF64 (EBU Tech 3306) above, in the room that a JUNK chunk kept.
#pragma once

#include <optional>
#include <string>

#include "engine/base/position.hpp"
#include "engine/media/take_tags.hpp"

namespace talkback::media {

inline constexpr std::size_t kWaveHeadBytes = 8'192;

// The frames follow, interleaved, little-endian. length: nullopt while it is not known.
std::string wave_head(const TakeTags& tags, std::optional<Frames> length);

// The chunks of such a file without its sound, for who wants to restore it from another form: "RIFF…WAVE", bext, iXML,
// fmt and the head of data, for integers of `bits`.
std::vector<std::string> wave_chunks(const TakeTags& tags, Frames length, int bits);

}  // namespace talkback::media
