#include "engine/media/take_tags.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/media/little_endian.hpp"

namespace talkback::media {
namespace {

constexpr std::size_t kTextBytesMax = 200;
constexpr std::size_t kBextReservedBytes = 254 - 64;  // version 1: UMID of 64 bytes, then 190 reserved

// Whole code points of UTF-8.
std::string cut(const std::string& text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char letter : cut(text, kTextBytesMax)) {
    switch (letter) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      default:
        if (static_cast<unsigned char>(letter) >= 0x20) result += letter;
    }
  }
  return result;
}

std::string field(const std::string& text, std::size_t bytes) {
  std::string result = cut(text, bytes);
  result.resize(bytes, '\0');
  return result;
}

std::string element(const char* name, const std::string& value) {
  return fmt::format("<{0}>{1}</{0}>", name, escaped(value));
}

// bext's time reference cannot be negative: a count-in before the song's start is cut there.
std::uint64_t time_reference(const TakeTags& tags) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(tags.song_start.count, 0));
}

}  // namespace

std::string bext_chunk(const TakeTags& tags) {
  std::string chunk = field(tags.name + " by " + tags.performer + " on " + tags.device, 256);
  chunk += field(tags.software, 32);
  chunk += field(tags.recording_id, 32);
  chunk += field(tags.date, 10);
  chunk += field(tags.time, 8);
  append_u32(chunk, static_cast<std::uint32_t>(time_reference(tags) & 0xffffffffU));
  append_u32(chunk, static_cast<std::uint32_t>(time_reference(tags) >> 32));
  append_u16(chunk, 1);
  chunk.append(64 + kBextReservedBytes, '\0');
  chunk += fmt::format("A=PCM,F={},W=32,M={},T={}\r\n", tags.rate.hz, tags.channels == 1 ? "mono" : "multi",
                       cut(tags.device, kTextBytesMax));
  return chunk;
}

std::string ixml_chunk(const TakeTags& tags) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BWFXML><IXML_VERSION>3.0</IXML_VERSION>";
  xml += element("PROJECT", tags.project) + element("SCENE", tags.track) + element("TAKE", tags.name);
  xml += element("FILE_UID", tags.recording_id);
  xml += fmt::format(
      "<SPEED><FILE_SAMPLE_RATE>{0}</FILE_SAMPLE_RATE><AUDIO_BIT_DEPTH>32</AUDIO_BIT_DEPTH>"
      "<TIMESTAMP_SAMPLE_RATE>{0}</TIMESTAMP_SAMPLE_RATE>"
      "<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>{1}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>"
      "<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>{2}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO></SPEED>",
      tags.rate.hz, time_reference(tags) >> 32, time_reference(tags) & 0xffffffffU);
  xml += fmt::format("<TRACK_LIST><TRACK_COUNT>{}</TRACK_COUNT>", tags.channels);
  for (int c = 1; c <= tags.channels; ++c)
    xml += fmt::format("<TRACK><CHANNEL_INDEX>{0}</CHANNEL_INDEX><INTERLEAVE_INDEX>{0}</INTERLEAVE_INDEX></TRACK>", c);
  xml += "</TRACK_LIST><USER>";
  xml += element("PERFORMER", tags.performer) + element("DEVICE", tags.device) + element("SOFTWARE", tags.software);
  xml += fmt::format(
      "<SONG_START_FRAMES>{}</SONG_START_FRAMES><LATENCY_FRAMES>{}</LATENCY_FRAMES><LATENCY_SOURCE>{}</LATENCY_SOURCE>"
      "<DRIFT_PPM>{:.3f}</DRIFT_PPM><INPUT_GAIN_DB>{:.1f}</INPUT_GAIN_DB><XRUNS>{}</XRUNS><LOST_FRAMES>{}</"
      "LOST_FRAMES>",
      tags.song_start.count, tags.latency.count, tags.latency_measured ? "measured" : "reported", tags.drift_ppm,
      tags.input_gain_db, tags.xruns, tags.lost_frames);
  return xml + "</USER></BWFXML>\n";
}

std::vector<std::pair<std::string, std::string>> flac_comments(const TakeTags& tags) {
  return {{"TITLE", cut(tags.name, kTextBytesMax)},
          {"ARTIST", cut(tags.performer, kTextBytesMax)},
          {"ALBUM", cut(tags.project, kTextBytesMax)},
          {"DATE", tags.date},
          {"ENCODER", cut(tags.software, kTextBytesMax)},
          {"TALKBACK_RECORDING", tags.recording_id},
          {"TALKBACK_SONG_START_FRAMES", std::to_string(tags.song_start.count)},
          {"TALKBACK_LATENCY_FRAMES", std::to_string(tags.latency.count)},
          {"TALKBACK_DRIFT_PPM", fmt::format("{:.3f}", tags.drift_ppm)}};
}

}  // namespace talkback::media
