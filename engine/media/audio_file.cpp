#include "engine/media/audio_file.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

#include "engine/dsp/finite.hpp"
#include "engine/media/pcm_samples.hpp"
#include "engine/media/sound_file_handle.hpp"

namespace talkback::media {

namespace {

std::string name_of(const std::filesystem::path& path) { return path.filename().string(); }

std::string describe_format(int format) {
  SF_FORMAT_INFO major{};
  major.format = format & SF_FORMAT_TYPEMASK;
  SF_FORMAT_INFO minor{};
  minor.format = format & SF_FORMAT_SUBMASK;
  sf_command(nullptr, SFC_GET_FORMAT_INFO, &major, sizeof major);
  sf_command(nullptr, SFC_GET_FORMAT_INFO, &minor, sizeof minor);
  return fmt::format("{}, {}", major.name == nullptr ? "audio" : major.name, minor.name == nullptr ? "?" : minor.name);
}

// Formats whose every sample stands at a computable place, and FLAC, whose seeks libsndfile makes exact.
bool seeks_exactly(int format) noexcept {
  const int major = format & SF_FORMAT_TYPEMASK;
  if (major == SF_FORMAT_FLAC) return true;
  if (major == SF_FORMAT_OGG) return false;
  switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_PCM_16:
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
    case SF_FORMAT_ULAW:
    case SF_FORMAT_ALAW:
      return true;
    default:
      return false;
  }
}

std::optional<std::uint64_t> number_at(std::string_view text, std::size_t start) noexcept {
  std::uint64_t value = 0;
  const auto result = std::from_chars(text.data() + start, text.data() + text.size(), value);
  return result.ec == std::errc() ? std::optional(value) : std::nullopt;
}

// libsndfile repairs a data chunk that is longer than the file and says so only in its log.
std::vector<std::string> warnings_of(SNDFILE* file) {
  std::array<char, 4096> log{};
  sf_command(file, SFC_GET_LOG_INFO, log.data(), static_cast<int>(log.size()) - 1);
  const std::string_view text(log.data());
  constexpr std::string_view kStated = "data : ";
  constexpr std::string_view kPresent = " (should be ";
  const std::size_t line = text.find(kStated);
  if (line == std::string_view::npos) return {};
  const auto stated = number_at(text, line + kStated.size());
  const std::size_t digits = text.find_first_not_of("0123456789", line + kStated.size());
  if (!stated || digits == std::string_view::npos || text.substr(digits, kPresent.size()) != kPresent) return {};
  const auto present = number_at(text, digits + kPresent.size());
  // A recorder that streams writes 0 or the greatest size and never comes back to it.
  if (!present || *stated == 0 || *stated == 0xffffffffU || *stated <= *present) return {};
  return {fmt::format("The file is cut short: {} of {} bytes of sound are there.", *present, *stated)};
}

// 2 or 3 where the file's bytes can be taken as they lie, 0 where libsndfile is to convert them.
int plain_bytes_per_sample(const SF_INFO& info) noexcept {
  const int type = info.format & SF_FORMAT_TYPEMASK;
  const bool is_wave = type == SF_FORMAT_WAV || type == SF_FORMAT_WAVEX || type == SF_FORMAT_RF64;
  if (!is_wave || (info.format & SF_FORMAT_ENDMASK) == SF_ENDIAN_BIG) return 0;
  const int samples = info.format & SF_FORMAT_SUBMASK;
  return samples == SF_FORMAT_PCM_16 ? 2 : samples == SF_FORMAT_PCM_24 ? 3 : 0;
}

class FileReader final : public SourceReader {
 public:
  explicit FileReader(OpenSoundFile file, std::string name)
      : file_(std::move(file)), name_(std::move(name)), plain_bytes_(plain_bytes_per_sample(file_.info)) {}

  int channels() const noexcept override { return file_.info.channels; }
  Frames length() const noexcept override { return {file_.info.frames}; }
  std::int64_t not_finite() const noexcept override { return not_finite_; }

  Result<void> read(FramePosition position, AudioBlock block) override {
    TALKBACK_CHECK(block.channel_count() == channels());
    const std::int64_t first = std::clamp<std::int64_t>(-position.count, 0, block.frame_count());
    const std::int64_t last = std::clamp<std::int64_t>(file_.info.frames - position.count, first, block.frame_count());
    clear(block.slice(0, static_cast<int>(first)));
    clear(block.slice(static_cast<int>(last), block.frame_count() - static_cast<int>(last)));
    for (std::int64_t done = first; done < last;) {
      const std::int64_t frames = std::min<std::int64_t>(kChunkFrames, last - done);
      TALKBACK_TRY(read_chunk(position.count + done, block.slice(static_cast<int>(done), static_cast<int>(frames))));
      done += frames;
    }
    return {};
  }

 private:
  static constexpr int kChunkFrames = 2048;

  Result<void> read_chunk(std::int64_t position, AudioBlock block) {
    if (position != position_ && sf_seek(file_.handle.get(), position, SEEK_SET) != position) {
      return Error{ErrorCode::corrupt, fmt::format("{}: cannot go to frame {}.", name_, position)};
    }
    const sf_count_t got = plain_bytes_ > 0 ? read_plain(block) : read_converted(block);
    position_ = position + got;
    if (got == block.frame_count()) return {};
    return Error{ErrorCode::corrupt,
                 fmt::format("{}: the sound ends at frame {} of {}.", name_, position_, file_.info.frames)};
  }

  sf_count_t read_plain(AudioBlock block) {
    const auto frame_bytes = static_cast<sf_count_t>(channels() * plain_bytes_);
    bytes_.resize(static_cast<std::size_t>(block.frame_count() * frame_bytes) + 1);
    const sf_count_t got = sf_read_raw(file_.handle.get(), bytes_.data(), block.frame_count() * frame_bytes);
    if (got == block.frame_count() * frame_bytes) unpack_pcm(bytes_, plain_bytes_, block);
    return got / frame_bytes;
  }

  sf_count_t read_converted(AudioBlock block) {
    const auto channel_count = static_cast<std::size_t>(channels());
    const auto frames = static_cast<std::size_t>(block.frame_count());
    interleaved_.resize(frames * channel_count);
    const sf_count_t got = sf_readf_float(file_.handle.get(), interleaved_.data(), block.frame_count());
    if (got != block.frame_count()) return got;
    not_finite_ += dsp::silence_not_finite(interleaved_);
    for (std::size_t c = 0; c < channel_count; ++c) {
      float* out = block.channel(static_cast<int>(c)).data();
      for (std::size_t n = 0; n < frames; ++n) out[n] = interleaved_[n * channel_count + c];
    }
    return got;
  }

  OpenSoundFile file_;
  std::string name_;
  std::int64_t position_ = 0;
  std::int64_t not_finite_ = 0;
  int plain_bytes_;
  std::vector<float> interleaved_;
  std::vector<std::byte> bytes_;
};

}  // namespace

Result<OpenSoundFile> open_sound_file(const std::filesystem::path& path) {
  std::error_code code;
  const auto size = std::filesystem::file_size(path, code);
  if (code) return Error{ErrorCode::not_found, fmt::format("{}: there is no such file.", name_of(path))};
  if (size == 0) return Error{ErrorCode::corrupt, fmt::format("{}: the file is empty.", name_of(path))};
  OpenSoundFile file;
  file.handle.reset(sf_open(path.c_str(), SFM_READ, &file.info));
  if (!file.handle) {
    return Error{ErrorCode::corrupt,
                 fmt::format("{}: this is no sound file that can be read ({}).", name_of(path), sf_strerror(nullptr))};
  }
  // Floats of any file come as they are, integers between -1 and 1.
  sf_command(file.handle.get(), SFC_SET_NORM_FLOAT, nullptr, SF_TRUE);
  const SF_INFO& info = file.info;
  if (info.channels < 1 || info.channels > kChannelsMax) {
    return Error{ErrorCode::invalid, fmt::format("{}: {} channels are not supported (1 to {} are).", name_of(path),
                                                 info.channels, kChannelsMax)};
  }
  if (info.samplerate < kFileRateHzMin || info.samplerate > kFileRateHzMax) {
    return Error{ErrorCode::invalid,
                 fmt::format("{}: a sample rate of {} Hz is not supported.", name_of(path), info.samplerate)};
  }
  if (info.frames < 0 || info.frames == SF_COUNT_MAX) {
    return Error{ErrorCode::corrupt, fmt::format("{}: the length of the sound is unknown.", name_of(path))};
  }
  return file;
}

Result<AudioFileInfo> inspect(const std::filesystem::path& path) {
  TALKBACK_ASSIGN(const OpenSoundFile file, open_sound_file(path));
  return AudioFileInfo{.format = describe_format(file.info.format),
                       .sample_rate_hz = file.info.samplerate,
                       .channels = file.info.channels,
                       .length = Frames{file.info.frames},
                       .seeks_exactly = seeks_exactly(file.info.format),
                       .warnings = warnings_of(file.handle.get())};
}

Result<std::unique_ptr<SourceReader>> open_audio_file(const std::filesystem::path& path) {
  TALKBACK_ASSIGN(OpenSoundFile file, open_sound_file(path));
  return std::unique_ptr<SourceReader>(std::make_unique<FileReader>(std::move(file), name_of(path)));
}

}  // namespace talkback::media
