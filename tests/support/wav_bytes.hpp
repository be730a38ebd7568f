// WAV files byte by byte, for files that no writer of ours would make.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace talkback::test {

template <class T>
void put_number(std::string& bytes, T value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  bytes.append(raw, sizeof raw);
}

// 32-bit float, interleaved samples as given, NaN included.
inline std::string float_wav(const std::vector<float>& samples, std::uint16_t channels = 1,
                             std::uint32_t rate_hz = 48'000) {
  const auto data_bytes = static_cast<std::uint32_t>(samples.size() * sizeof(float));
  std::string wav = "RIFF";
  put_number<std::uint32_t>(wav, 36 + data_bytes);
  wav += "WAVEfmt ";
  put_number<std::uint32_t>(wav, 16);
  put_number<std::uint16_t>(wav, 3);
  put_number<std::uint16_t>(wav, channels);
  put_number<std::uint32_t>(wav, rate_hz);
  put_number<std::uint32_t>(wav, rate_hz * channels * 4);
  put_number<std::uint16_t>(wav, static_cast<std::uint16_t>(channels * 4));
  put_number<std::uint16_t>(wav, 32);
  wav += "data";
  put_number<std::uint32_t>(wav, data_bytes);
  for (const float sample : samples) put_number(wav, sample);
  return wav;
}

}  // namespace talkback::test
