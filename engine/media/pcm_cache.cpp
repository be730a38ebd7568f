#include "engine/media/pcm_cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/dsp/finite.hpp"
#include "engine/media/resampler.hpp"
#include "engine/media/sound_file_handle.hpp"
#include "engine/media/unfinished_file.hpp"

namespace talkback::media {

namespace {

constexpr std::array<char, 8> kMagic = {'T', 'B', 'P', 'C', 'M', '0', '0', '1'};
constexpr int kDecodeFrames = 8192;

struct EntryHeader {
  std::array<char, 8> magic = kMagic;
  std::uint32_t channels = 0;
  std::uint32_t sample_rate_hz = 0;
  std::int64_t frames = 0;
  std::int64_t not_finite = 0;
};
static_assert(sizeof(EntryHeader) == 32);

class Descriptor {
 public:
  explicit Descriptor(int value) noexcept : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const noexcept { return value_; }

 private:
  int value_;
};

bool read_all(int descriptor, void* data, std::size_t bytes, std::int64_t offset) noexcept {
  auto* target = static_cast<char*>(data);
  while (bytes > 0) {
    const ssize_t got = ::pread(descriptor, target, bytes, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    target += got;
    offset += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

Result<void> write_all(int descriptor, const void* data, std::size_t bytes) {
  const auto* source = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(descriptor, source, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const bool is_full = errno == ENOSPC || errno == EDQUOT;
      return Error{is_full ? ErrorCode::exhausted : ErrorCode::unavailable,
                   fmt::format("Decoded sound cannot be stored: {}.", std::strerror(errno))};
    }
    source += written;
    bytes -= static_cast<std::size_t>(written);
  }
  return {};
}

bool is_whole(int descriptor, EntryHeader& header) noexcept {
  if (!read_all(descriptor, &header, sizeof header, 0) || header.magic != kMagic) return false;
  if (header.channels < 1 || header.channels > kChannelsMax || header.frames < 0) return false;
  const auto bytes = static_cast<std::int64_t>(sizeof header) + header.frames * header.channels * 4;
  return ::lseek(descriptor, 0, SEEK_END) == bytes;
}

class DecodedReader final : public SourceReader {
 public:
  DecodedReader(Descriptor file, EntryHeader header) : file_(std::move(file)), header_(header) {}

  int channels() const noexcept override { return static_cast<int>(header_.channels); }
  Frames length() const noexcept override { return {header_.frames}; }
  // Counted when the entry was made.
  std::int64_t not_finite() const noexcept override { return header_.not_finite; }

  Result<void> read(FramePosition position, AudioBlock block) override {
    TALKBACK_CHECK(block.channel_count() == channels());
    const std::int64_t first = std::clamp<std::int64_t>(-position.count, 0, block.frame_count());
    const std::int64_t last = std::clamp<std::int64_t>(header_.frames - position.count, first, block.frame_count());
    clear(block.slice(0, static_cast<int>(first)));
    clear(block.slice(static_cast<int>(last), block.frame_count() - static_cast<int>(last)));
    const auto channel_count = static_cast<std::size_t>(header_.channels);
    const auto frames = static_cast<std::size_t>(last - first);
    interleaved_.resize(frames * channel_count);
    const auto offset = static_cast<std::int64_t>(
        sizeof(EntryHeader) + channel_count * sizeof(float) * static_cast<std::size_t>(position.count + first));
    if (!read_all(file_.get(), interleaved_.data(), interleaved_.size() * sizeof(float), offset)) {
      return Error{ErrorCode::unavailable, "Decoded sound cannot be read."};
    }
    for (std::size_t c = 0; c < channel_count; ++c) {
      float* out = block.channel(static_cast<int>(c)).data() + first;
      for (std::size_t n = 0; n < frames; ++n) out[n] = interleaved_[n * channel_count + c];
    }
    return {};
  }

 private:
  Descriptor file_;
  EntryHeader header_;
  std::vector<float> interleaved_;
};

// Decodes from the first frame to the last, in order.
class Decoder {
 public:
  Decoder(OpenSoundFile file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  const SF_INFO& info() const noexcept { return file_.info; }
  std::int64_t not_finite() const noexcept { return not_finite_; }

  // Empty at the end.
  Result<std::span<const float>> next() {
    buffer_.resize(static_cast<std::size_t>(kDecodeFrames * file_.info.channels));
    const sf_count_t got = sf_readf_float(file_.handle.get(), buffer_.data(), kDecodeFrames);
    decoded_ += got;
    if (got == 0 && (decoded_ < file_.info.frames || sf_error(file_.handle.get()) != SF_ERR_NO_ERROR)) {
      return Error{ErrorCode::corrupt,
                   fmt::format("{}: the sound ends at frame {} of {}.", name_, decoded_, file_.info.frames)};
    }
    const std::span<float> samples = std::span(buffer_).first(static_cast<std::size_t>(got * file_.info.channels));
    not_finite_ += dsp::silence_not_finite(samples);
    return std::span<const float>(samples);
  }

 private:
  OpenSoundFile file_;
  std::string name_;
  std::vector<float> buffer_;
  std::int64_t decoded_ = 0;
  std::int64_t not_finite_ = 0;
};

Result<void> decode_to(Decoder& decoder, SampleRate rate, int descriptor) {
  EntryHeader header;
  header.channels = static_cast<std::uint32_t>(decoder.info().channels);
  header.sample_rate_hz = static_cast<std::uint32_t>(rate.hz);
  TALKBACK_TRY(write_all(descriptor, &header, sizeof header));
  std::optional<Resampler> resampler;
  if (decoder.info().samplerate != rate.hz) {
    TALKBACK_ASSIGN(resampler, Resampler::create({decoder.info().samplerate, rate.hz}, decoder.info().channels));
  }
  std::vector<float> converted;
  for (bool done = false; !done;) {
    TALKBACK_ASSIGN(std::span<const float> samples, decoder.next());
    done = samples.empty();
    if (resampler) {
      converted.clear();
      TALKBACK_TRY(done ? resampler->finish(converted) : resampler->process(samples, converted));
      samples = converted;
    }
    header.frames += static_cast<std::int64_t>(samples.size() / header.channels);
    TALKBACK_TRY(write_all(descriptor, samples.data(), samples.size_bytes()));
  }
  header.not_finite = decoder.not_finite();
  if (::lseek(descriptor, 0, SEEK_SET) != 0) return Error{ErrorCode::unavailable, "Decoded sound cannot be stored."};
  return write_all(descriptor, &header, sizeof header);
}

}  // namespace

Result<std::filesystem::path> ensure_decoded(const std::filesystem::path& source, std::string_view key, SampleRate rate,
                                             const std::filesystem::path& cache_folder) {
  std::error_code code;
  std::filesystem::create_directories(cache_folder, code);
  std::filesystem::path entry = cache_folder / fmt::format("{}-{}-v{}.pcm", key, rate.hz, kPcmCacheVersion);
  if (open_decoded(entry)) return entry;
  TALKBACK_ASSIGN(OpenSoundFile file, open_sound_file(source));
  Decoder decoder(std::move(file), source.filename().string());
  TALKBACK_ASSIGN(UnfinishedFile unfinished, UnfinishedFile::create(entry));
  TALKBACK_TRY(decode_to(decoder, rate, unfinished.descriptor()));
  TALKBACK_TRY(unfinished.finish());
  return entry;
}

Result<MappedSound> map_decoded(const std::filesystem::path& entry) {
  const Descriptor file(::open(entry.c_str(), O_RDONLY | O_CLOEXEC));
  EntryHeader header;
  if (file.get() < 0) return Error{ErrorCode::not_found, "The sound is not decoded yet."};
  if (!is_whole(file.get(), header)) return Error{ErrorCode::corrupt, "The decoded sound is damaged."};
  const auto count = static_cast<std::size_t>(header.frames) * header.channels;
  const std::size_t bytes = sizeof header + count * sizeof(float);
  void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED)
    return Error{ErrorCode::exhausted, fmt::format("Decoded sound cannot be mapped: {}.", std::strerror(errno))};
  ::madvise(memory, bytes, MADV_WILLNEED);
  const auto* samples = reinterpret_cast<const float*>(static_cast<const char*>(memory) + sizeof header);
  return MappedSound{
      {samples, count},
      static_cast<int>(header.channels),
      {header.frames},
      std::shared_ptr<const void>(memory, [bytes](const void* mapped) { ::munmap(const_cast<void*>(mapped), bytes); })};
}

Result<std::unique_ptr<SourceReader>> open_decoded(const std::filesystem::path& entry) {
  Descriptor file(::open(entry.c_str(), O_RDONLY | O_CLOEXEC));
  EntryHeader header;
  if (file.get() < 0) return Error{ErrorCode::not_found, "The sound is not decoded yet."};
  if (!is_whole(file.get(), header)) return Error{ErrorCode::corrupt, "The decoded sound is damaged."};
  return std::unique_ptr<SourceReader>(std::make_unique<DecodedReader>(std::move(file), header));
}

}  // namespace talkback::media
