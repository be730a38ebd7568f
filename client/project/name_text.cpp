#include "client/project/name_text.hpp"

#include <string>

#include "engine/base/utf8.hpp"

namespace talkback::project {
namespace {

std::string from_latin1(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    if (value < 0x80) {
      text.push_back(byte);
    } else {
      text.push_back(static_cast<char>(0xC0U | (value >> 6U)));
      text.push_back(static_cast<char>(0x80U | (value & 0x3FU)));
    }
  }
  return text;
}

}  // namespace

std::string name_text(std::string_view bytes) {
  std::string text = is_utf8(bytes) ? std::string(bytes) : from_latin1(bytes);
  // Notation programs end names with zeros and line breaks; the session takes no control characters.
  std::erase_if(text, [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; });
  if (text.size() <= kNameBytesMax) return text;
  std::size_t cut = kNameBytesMax;
  while (cut > 0 && is_utf8_continuation(text[cut])) --cut;
  text.resize(cut);
  return text;
}

}  // namespace talkback::project
