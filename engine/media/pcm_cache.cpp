#include "engine/media/pcm_cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/dsp/finite.hpp"
#include "engine/media/pcm_cache_size.hpp"
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

// An entry on its way: the header, which is completed at the end, and the samples.
class EntryWriter {
 public:
  static Result<EntryWriter> create(const std::filesystem::path& entry, int channels, SampleRate rate) {
    std::error_code code;
    std::filesystem::create_directories(entry.parent_path(), code);
    TALKBACK_ASSIGN(UnfinishedFile file, UnfinishedFile::create(entry));
    EntryWriter writer(std::move(file), entry.parent_path());
    writer.header_.channels = static_cast<std::uint32_t>(channels);
    writer.header_.sample_rate_hz = static_cast<std::uint32_t>(rate.hz);
    TALKBACK_TRY(write_all(writer.file_.descriptor(), &writer.header_, sizeof writer.header_));
    return writer;
  }

  Result<void> write(std::span<const float> interleaved) {
    header_.frames += static_cast<std::int64_t>(interleaved.size() / header_.channels);
    return write_all(file_.descriptor(), interleaved.data(), interleaved.size_bytes());
  }

  Result<void> finish(std::int64_t not_finite) {
    header_.not_finite = not_finite;
    if (::lseek(file_.descriptor(), 0, SEEK_SET) != 0)
      return Error{ErrorCode::unavailable, "Decoded sound cannot be stored."};
    TALKBACK_TRY(write_all(file_.descriptor(), &header_, sizeof header_));
    TALKBACK_TRY(file_.finish());
    trim_pcm_cache(folder_);
    return {};
  }

 private:
  EntryWriter(UnfinishedFile file, std::filesystem::path folder) : file_(std::move(file)), folder_(std::move(folder)) {}

  UnfinishedFile file_;
  std::filesystem::path folder_;
  EntryHeader header_;
};

Result<void> decode_to(Decoder& decoder, SampleRate rate, EntryWriter& entry) {
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
    TALKBACK_TRY(entry.write(samples));
  }
  return entry.finish(decoder.not_finite());
}

}  // namespace

Result<std::filesystem::path> ensure_decoded(const std::filesystem::path& source, std::string_view key, SampleRate rate,
                                             const std::filesystem::path& cache_folder) {
  std::filesystem::path entry = cache_folder / fmt::format("{}-{}-v{}.pcm", key, rate.hz, kPcmCacheVersion);
  if (open_decoded(entry)) return entry;
  TALKBACK_ASSIGN(OpenSoundFile file, open_sound_file(source));
  Decoder decoder(std::move(file), source.filename().string());
  TALKBACK_ASSIGN(EntryWriter writer, EntryWriter::create(entry, decoder.info().channels, rate));
  TALKBACK_TRY(decode_to(decoder, rate, writer));
  return entry;
}

namespace {

std::filesystem::path stretched_entry(std::string_view key, SampleRate rate, const TimeStretch& stretch,
                                      const std::filesystem::path& cache_folder) {
  return cache_folder / fmt::format("{}-{}-v{}-{}.pcm", key, rate.hz, kPcmCacheVersion, stretch.key());
}

}  // namespace

bool is_stretched(std::string_view key, SampleRate rate, const TimeStretch& stretch,
                  const std::filesystem::path& cache_folder) {
  return open_decoded(stretched_entry(key, rate, stretch, cache_folder)).has_value();
}

Result<std::filesystem::path> ensure_stretched(SourceReader& source, std::string_view key, SampleRate rate,
                                               const TimeStretch& stretch, const std::filesystem::path& cache_folder,
                                               const StretchWatch& watch) {
  std::filesystem::path entry = stretched_entry(key, rate, stretch, cache_folder);
  if (open_decoded(entry)) return entry;
  TALKBACK_ASSIGN(EntryWriter writer, EntryWriter::create(entry, source.channels(), rate));
  const StretchSink sink = [&](std::span<const float> part) { return writer.write(part); };
  TALKBACK_ASSIGN(const std::int64_t not_finite, stretch_sound(source, stretch, rate, sink, watch));
  TALKBACK_TRY(writer.finish(not_finite));
  return entry;
}

namespace {

Result<Descriptor> open_entry(const std::filesystem::path& entry, EntryHeader& header) {
  Descriptor file(::open(entry.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return Error{ErrorCode::not_found, "The sound is not decoded yet."};
  if (!is_whole(file.get(), header)) return Error{ErrorCode::corrupt, "The decoded sound is damaged."};
  // For trim_pcm_cache(). A file that another user owns keeps its time.
  ::futimens(file.get(), nullptr);
  return file;
}

}  // namespace

Result<std::unique_ptr<SourceReader>> open_decoded(const std::filesystem::path& entry) {
  EntryHeader header;
  TALKBACK_ASSIGN(Descriptor file, open_entry(entry, header));
  return std::unique_ptr<SourceReader>(std::make_unique<DecodedReader>(std::move(file), header));
}

Result<MappedSound::Layout> decoded_layout(const std::filesystem::path& entry) {
  EntryHeader header;
  TALKBACK_ASSIGN(const Descriptor file, open_entry(entry, header));
  return MappedSound::Layout{.samples = MappedSound::Samples::float_32,
                             .channels = static_cast<int>(header.channels),
                             .length = Frames{header.frames},
                             .offset_bytes = static_cast<std::int64_t>(sizeof(EntryHeader))};
}

}  // namespace talkback::media
