#include "client/recorder/capture_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <string_view>
#include <utility>

#include "engine/base/blob_folder.hpp"
#include "engine/media/wave_head.hpp"

namespace talkback::recorder {
namespace {

static_assert(std::endian::native == std::endian::little, "captures are little-endian on the disk");

constexpr auto kHeadBytes = static_cast<std::int64_t>(media::kWaveHeadBytes);

Result<void> write_all(int descriptor, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(descriptor, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return file_error(errno, "write the take " + path.filename().string());
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

}  // namespace

Result<CaptureFile> CaptureFile::create(const std::filesystem::path& path, const media::TakeTags& tags) {
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return file_error(errno, "create the take " + path.string());
  CaptureFile file(path, descriptor, tags.channels);
  TALKBACK_TRY(write_all(descriptor, media::wave_head(tags, std::nullopt), path));
  TALKBACK_TRY(file.sync());
  TALKBACK_TRY(sync_folder(path.parent_path()));
  return file;
}

CaptureFile::CaptureFile(CaptureFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      channels_(other.channels_),
      length_(other.length_),
      interleaved_(std::move(other.interleaved_)) {}

CaptureFile::~CaptureFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> CaptureFile::append(ConstAudioBlock block) {
  const auto channels = static_cast<std::size_t>(channels_);
  interleaved_.resize(static_cast<std::size_t>(block.frame_count()) * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const std::span<const float> samples = block.channel(static_cast<int>(c));
    for (std::size_t n = 0; n < samples.size(); ++n) interleaved_[n * channels + c] = samples[n];
  }
  TALKBACK_TRY(write_all(
      descriptor_, {reinterpret_cast<const char*>(interleaved_.data()), interleaved_.size() * sizeof(float)}, path_));
  length_ += Frames{block.frame_count()};
  return {};
}

Result<void> CaptureFile::sync() {
  if (::fdatasync(descriptor_) != 0) return file_error(errno, "secure the take " + path_.filename().string());
  return {};
}

Result<CaptureReader> CaptureReader::open(const std::filesystem::path& file, int channels) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return file_error(errno, "read the take " + file.filename().string());
  return CaptureReader(descriptor, channels);
}

CaptureReader::CaptureReader(CaptureReader&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      channels_(other.channels_),
      interleaved_(std::move(other.interleaved_)) {}

CaptureReader::~CaptureReader() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<Frames> CaptureReader::length() const {
  const off_t bytes = ::lseek(descriptor_, 0, SEEK_END);
  if (bytes < 0) return file_error(errno, "read the take");
  const auto frame_bytes = static_cast<std::int64_t>(channels_) * static_cast<std::int64_t>(sizeof(float));
  return Frames{std::max<std::int64_t>(bytes - kHeadBytes, 0) / frame_bytes};
}

Result<int> CaptureReader::read(FramePosition position, AudioBlock block) {
  const auto channels = static_cast<std::size_t>(channels_);
  const std::size_t frame_bytes = channels * sizeof(float);
  interleaved_.resize(static_cast<std::size_t>(block.frame_count()) * channels);
  auto* const bytes = reinterpret_cast<char*>(interleaved_.data());
  const std::size_t wanted = interleaved_.size() * sizeof(float);
  std::size_t done = 0;
  while (done < wanted) {
    const ssize_t got =
        ::pread(descriptor_, bytes + done, wanted - done,
                kHeadBytes + position.count * static_cast<std::int64_t>(frame_bytes) + static_cast<std::int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(errno, "read the take");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  const std::size_t frames = done / frame_bytes;
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t n = 0; n < frames; ++n) block.channel(static_cast<int>(c))[n] = interleaved_[n * channels + c];
  return static_cast<int>(frames);
}

Result<void> complete_capture(const std::filesystem::path& file, const media::TakeTags& tags, Frames length) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return file_error(errno, "write the take " + file.filename().string());
  const off_t bytes = kHeadBytes + length.count * tags.channels * static_cast<std::int64_t>(sizeof(float));
  Result<void> done{};
  if (::ftruncate(descriptor, bytes) != 0) done = file_error(errno, "cut the take");
  if (done) done = write_all(descriptor, media::wave_head(tags, length), file);
  if (done && ::fdatasync(descriptor) != 0) done = file_error(errno, "secure the take");
  ::close(descriptor);
  return done;
}

}  // namespace talkback::recorder
