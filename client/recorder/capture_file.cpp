#include "client/recorder/capture_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "engine/base/blob_folder.hpp"
#include "engine/media/audio_writer.hpp"

namespace talkback::recorder {
namespace {

constexpr std::array<char, 8> kCaptureMagic{'T', 'B', 'C', 'A', 'P', '1', '\n', '\0'};
constexpr std::size_t kHeaderBytes = kCaptureMagic.size() + 8;
constexpr int kCopyFrames = 16'384;
static_assert(std::endian::native == std::endian::little, "captures are little-endian on the disk");

Result<void> write_all(int descriptor, const char* bytes, std::size_t count, const std::filesystem::path& path) {
  while (count > 0) {
    const ssize_t done = ::write(descriptor, bytes, count);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return file_error(errno, "write the take " + path.filename().string());
    bytes += done;
    count -= static_cast<std::size_t>(done);
  }
  return {};
}

Error no_capture(const std::filesystem::path& path) {
  return Error{ErrorCode::corrupt, path.filename().string() + " is not a capture of Talkback"};
}

}  // namespace

Result<CaptureFile> CaptureFile::create(const std::filesystem::path& path, SampleRate rate, int channels) {
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return file_error(errno, "create the take " + path.string());
  CaptureFile file(path, descriptor, channels);
  std::array<char, kHeaderBytes> header{};
  std::copy(kCaptureMagic.begin(), kCaptureMagic.end(), header.begin());
  const auto rate_hz = static_cast<std::uint32_t>(rate.hz);
  const auto channel_count = static_cast<std::uint32_t>(channels);
  std::memcpy(header.data() + kCaptureMagic.size(), &rate_hz, 4);
  std::memcpy(header.data() + kCaptureMagic.size() + 4, &channel_count, 4);
  TALKBACK_TRY(write_all(descriptor, header.data(), header.size(), path));
  TALKBACK_TRY(file.sync());
  TALKBACK_TRY(sync_folder(path.parent_path()));
  return file;
}

CaptureFile::CaptureFile(CaptureFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      channels_(other.channels_),
      length_(other.length_) {}

CaptureFile::~CaptureFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> CaptureFile::append(ConstAudioBlock block) {
  std::vector<float> interleaved(static_cast<std::size_t>(block.frame_count()) * static_cast<std::size_t>(channels_));
  std::size_t at = 0;
  for (int f = 0; f < block.frame_count(); ++f)
    for (int c = 0; c < channels_; ++c) interleaved[at++] = block.channel(c)[static_cast<std::size_t>(f)];
  TALKBACK_TRY(write_all(descriptor_, reinterpret_cast<const char*>(interleaved.data()),
                         interleaved.size() * sizeof(float), path_));
  length_ += Frames{block.frame_count()};
  return {};
}

Result<void> CaptureFile::sync() {
  if (::fdatasync(descriptor_) != 0) return file_error(errno, "secure the take " + path_.filename().string());
  return {};
}

Result<Capture> write_wav(const std::filesystem::path& capture_path, const std::filesystem::path& wav,
                          const CaptureOrigin& origin) {
  std::ifstream in(capture_path, std::ios::binary);
  std::array<char, kHeaderBytes> header{};
  in.read(header.data(), header.size());
  if (!in || !std::equal(kCaptureMagic.begin(), kCaptureMagic.end(), header.begin())) return no_capture(capture_path);
  std::uint32_t rate_hz = 0;
  std::uint32_t channels = 0;
  std::memcpy(&rate_hz, header.data() + kCaptureMagic.size(), 4);
  std::memcpy(&channels, header.data() + kCaptureMagic.size() + 4, 4);
  Capture capture{SampleRate{static_cast<int>(rate_hz)}, static_cast<int>(channels), {}};
  if (channels < 1 || channels > kChannelsMax || !is_supported(capture.rate)) return no_capture(capture_path);
  std::error_code failed;
  const auto frame_bytes = static_cast<std::int64_t>(channels * sizeof(float));
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(capture_path, failed)) -
                     static_cast<std::int64_t>(kHeaderBytes);
  media::WriterOptions options;
  options.format = media::AudioFormat::wav_float;
  options.rate = capture.rate;
  options.channels = capture.channels;
  options.length_expected = Frames{bytes / frame_bytes};
  options.broadcast = media::BroadcastInfo{.description = origin.description,
                                           .origination_date = origin.date,
                                           .origination_time = origin.time,
                                           .time_reference = origin.song_position};
  TALKBACK_ASSIGN(media::AudioWriter writer, media::AudioWriter::create(wav, options));
  std::vector<float> interleaved(static_cast<std::size_t>(kCopyFrames) * channels);
  AudioBuffer buffer(capture.channels, kCopyFrames);
  while (in.good()) {
    in.read(reinterpret_cast<char*>(interleaved.data()),
            static_cast<std::streamsize>(interleaved.size() * sizeof(float)));
    // A frame that was cut in the middle is no frame.
    const int frames = static_cast<int>(in.gcount() / frame_bytes);
    for (int f = 0; f < frames; ++f)
      for (int c = 0; c < capture.channels; ++c)
        buffer.block().channel(c)[static_cast<std::size_t>(f)] =
            interleaved[static_cast<std::size_t>(f) * channels + static_cast<std::size_t>(c)];
    if (frames > 0) TALKBACK_TRY(writer.write(ConstAudioBlock(buffer.block().slice(0, frames))));
    capture.length += Frames{frames};
  }
  TALKBACK_TRY(writer.finish());
  return capture;
}

}  // namespace talkback::recorder
