// Numbers as RIFF files and Vorbis comments write them.
#pragma once

#include <cstdint>
#include <string>

namespace talkback::media {

inline void append_u16(std::string& bytes, std::uint16_t value) {
  for (int shift = 0; shift < 16; shift += 8) bytes.push_back(static_cast<char>((value >> shift) & 0xff));
}
inline void append_u32(std::string& bytes, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>((value >> shift) & 0xff));
}
inline void append_u64(std::string& bytes, std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>((value >> shift) & 0xff));
}

}  // namespace talkback::media
