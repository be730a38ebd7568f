// Names from files as the session takes them: UTF-8 and not too long.
#pragma once

#include <string>
#include <string_view>

namespace talkback::project {

inline constexpr std::size_t kNameBytesMax = 180;  // leaves room for a number behind it

// Text that is no UTF-8 (old MIDI files, old file systems) is read as Latin-1; cut at a character, never inside one.
std::string name_text(std::string_view bytes);

}  // namespace talkback::project
