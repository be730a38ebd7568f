#include "engine/media/wave_head.hpp"

#include "engine/base/check.hpp"
#include "engine/media/little_endian.hpp"

namespace talkback::media {
namespace {

constexpr std::uint16_t kFormatInteger = 1;
constexpr std::uint16_t kFormatFloat = 3;
constexpr std::uint32_t kUnknown = 0xffffffffU;
constexpr std::uint64_t kRiffBytesMax = 0xfffffff0ULL;
constexpr std::size_t kDs64Bytes = 28;
constexpr std::size_t kChunkHeadBytes = 8;

std::string chunk(std::string_view name, std::string content) {
  std::string result(name);
  append_u32(result, static_cast<std::uint32_t>(content.size()));
  result += content;
  if (content.size() % 2 != 0) result.push_back('\0');
  return result;
}

std::string format_chunk(const TakeTags& tags, std::uint16_t format, int bits) {
  const auto bytes = static_cast<std::uint32_t>(tags.channels * bits / 8);
  std::string content;
  append_u16(content, format);
  append_u16(content, static_cast<std::uint16_t>(tags.channels));
  append_u32(content, static_cast<std::uint32_t>(tags.rate.hz));
  append_u32(content, static_cast<std::uint32_t>(tags.rate.hz) * bytes);
  append_u16(content, static_cast<std::uint16_t>(bytes));
  append_u16(content, static_cast<std::uint16_t>(bits));
  if (format == kFormatFloat) append_u16(content, 0);  // no extension
  return chunk("fmt ", content);
}

}  // namespace

std::string wave_head(const TakeTags& tags, std::optional<Frames> length) {
  const std::uint64_t frames = length ? static_cast<std::uint64_t>(length->count) : 0;
  const std::uint64_t data_bytes = frames * static_cast<std::uint64_t>(tags.channels) * sizeof(float);
  const std::uint64_t riff_bytes = kWaveHeadBytes - kChunkHeadBytes + data_bytes;
  const bool is_large = riff_bytes > kRiffBytesMax;
  std::string head = is_large ? "RF64" : "RIFF";
  append_u32(head, !length || is_large ? kUnknown : static_cast<std::uint32_t>(riff_bytes));
  head += "WAVE";
  std::string sizes;
  if (is_large) {
    append_u64(sizes, riff_bytes);
    append_u64(sizes, data_bytes);
    append_u64(sizes, frames);
  }
  sizes.resize(kDs64Bytes, '\0');
  head += chunk(is_large ? "ds64" : "JUNK", sizes);
  head += format_chunk(tags, kFormatFloat, 32);
  std::string fact;
  append_u32(fact, frames > kUnknown ? kUnknown : static_cast<std::uint32_t>(frames));
  head += chunk("fact", fact);
  head += chunk("bext", bext_chunk(tags));
  head += chunk("iXML", ixml_chunk(tags));
  // Filled up, so that the sound begins where it did.
  const std::size_t rest = kWaveHeadBytes - kChunkHeadBytes - head.size();
  TALKBACK_CHECK(head.size() + 2 * kChunkHeadBytes <= kWaveHeadBytes);
  head += chunk("JUNK", std::string(rest - kChunkHeadBytes, '\0'));
  head += "data";
  append_u32(head, !length || is_large ? kUnknown : static_cast<std::uint32_t>(data_bytes));
  TALKBACK_CHECK(head.size() == kWaveHeadBytes);
  return head;
}

std::vector<std::string> wave_chunks(const TakeTags& tags, Frames length, int bits) {
  const std::uint64_t data_bytes =
      static_cast<std::uint64_t>(length.count) * static_cast<std::uint64_t>(tags.channels * bits / 8);
  std::vector<std::string> chunks{{},
                                  chunk("bext", bext_chunk(tags)),
                                  chunk("iXML", ixml_chunk(tags)),
                                  format_chunk(tags, kFormatInteger, bits),
                                  "data"};
  append_u32(chunks.back(), static_cast<std::uint32_t>(data_bytes));
  std::uint64_t riff_bytes = 4 + data_bytes + data_bytes % 2;
  for (const std::string& part : chunks) riff_bytes += part.size();
  // Larger ones have no such form.
  if (riff_bytes > kRiffBytesMax) return {};
  chunks.front() = "RIFF";
  append_u32(chunks.front(), static_cast<std::uint32_t>(riff_bytes));
  chunks.front() += "WAVE";
  return chunks;
}

}  // namespace talkback::media
