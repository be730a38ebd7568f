#include "engine/media/mapped_sound.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include "engine/dsp/finite.hpp"
#include "engine/media/pcm_samples.hpp"
#include "engine/media/sound_file_handle.hpp"

namespace talkback::media {

namespace {

int bytes_per_sample(MappedSound::Samples samples) noexcept {
  switch (samples) {
    case MappedSound::Samples::pcm_16:
      return 2;
    case MappedSound::Samples::pcm_24:
      return 3;
    default:
      return 4;
  }
}

template <class Number>
Number number_in(const char* bytes) noexcept {
  Number value{};
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// Where the body of the chunk "data" begins; -1 where none is found.
std::int64_t find_wave_data(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 12> riff{};
  if (!file.read(riff.data(), riff.size())) return -1;
  const std::string_view text(riff.data(), riff.size());
  if ((text.substr(0, 4) != "RIFF" && text.substr(0, 4) != "RF64") || text.substr(8) != "WAVE") return -1;
  for (std::int64_t at = 12;;) {
    std::array<char, 8> header{};
    if (!file.seekg(at) || !file.read(header.data(), header.size())) return -1;
    if (std::string_view(header.data(), 4) == "data") return at + 8;
    const auto size = static_cast<std::int64_t>(number_in<std::uint32_t>(header.data() + 4));
    at += 8 + size + size % 2;
  }
}

}  // namespace

Result<std::shared_ptr<const MappedSound>> MappedSound::map(const std::filesystem::path& path, const Layout& layout) {
  const auto name = path.filename().string();
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Error{ErrorCode::not_found, fmt::format("{}: there is no such file.", name)};
  struct stat status {};
  const bool is_known = ::fstat(file, &status) == 0;
  const std::int64_t wanted =
      layout.offset_bytes + layout.length.count * layout.channels * bytes_per_sample(layout.samples);
  if (!is_known || status.st_size < wanted) {
    ::close(file);
    return Error{ErrorCode::corrupt, fmt::format("{}: the file is shorter than its sound.", name)};
  }
  const auto bytes = static_cast<std::size_t>(std::max<std::int64_t>(wanted, 1));
  void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0);
  const int reason = errno;
  ::close(file);
  if (memory == MAP_FAILED)
    return Error{ErrorCode::unavailable,
                 fmt::format("{}: cannot be mapped to memory: {}.", name, std::strerror(reason))};
  return std::shared_ptr<const MappedSound>(new MappedSound(memory, bytes, layout));
}

MappedSound::MappedSound(void* memory, std::size_t bytes, const Layout& layout) noexcept
    : memory_(memory),
      bytes_(bytes),
      layout_(layout),
      frame_bytes_(layout.channels * bytes_per_sample(layout.samples)) {}

MappedSound::~MappedSound() { ::munmap(memory_, bytes_); }

const std::byte* MappedSound::frame_at(std::int64_t frame) const noexcept {
  return static_cast<const std::byte*>(memory_) + layout_.offset_bytes + frame * frame_bytes_;
}

// All frames lie inside.
std::int64_t MappedSound::unpack(std::int64_t first, AudioBlock block) const noexcept {
  const auto frames = static_cast<std::size_t>(block.frame_count());
  const auto channel_count = static_cast<std::size_t>(layout_.channels);
  const std::byte* bytes = frame_at(first);
  if (layout_.samples != Samples::float_32) {
    // unpack_pcm may look at one byte behind: the last frame of the file is taken from a copy.
    std::array<std::byte, static_cast<std::size_t>(kChannelsMax) * 4 + 1> last{};
    const bool reaches_end = first + block.frame_count() == layout_.length.count;
    const int plain = block.frame_count() - (reaches_end ? 1 : 0);
    const auto frame_bytes = static_cast<std::size_t>(frame_bytes_);
    if (plain > 0)
      unpack_pcm({bytes, static_cast<std::size_t>(plain) * frame_bytes + 1}, bytes_per_sample(layout_.samples),
                 block.slice(0, plain));
    if (reaches_end) {
      std::memcpy(last.data(), frame_at(layout_.length.count - 1), frame_bytes);
      unpack_pcm(last, bytes_per_sample(layout_.samples), block.slice(plain, 1));
    }
    return 0;
  }
  std::int64_t not_finite = 0;
  for (std::size_t c = 0; c < channel_count; ++c) {
    const std::span<float> out = block.channel(static_cast<int>(c));
    const std::byte* in = bytes + c * sizeof(float);
    for (std::size_t n = 0; n < frames; ++n, in += frame_bytes_) std::memcpy(&out[n], in, sizeof(float));
    not_finite += dsp::silence_not_finite(out);
  }
  return not_finite;
}

std::int64_t MappedSound::read(FramePosition position, AudioBlock block) const noexcept TALKBACK_REALTIME {
  TALKBACK_CHECK(block.channel_count() == layout_.channels);
  const std::int64_t count = block.frame_count();
  const std::int64_t first = std::clamp<std::int64_t>(-position.count, 0, count);
  const std::int64_t last = std::clamp<std::int64_t>(layout_.length.count - position.count, first, count);
  clear(block.slice(0, static_cast<int>(first)));
  clear(block.slice(static_cast<int>(last), static_cast<int>(count - last)));
  if (first == last) return 0;
  return unpack(position.count + first, block.slice(static_cast<int>(first), static_cast<int>(last - first)));
}

std::span<const float> MappedSound::floats() const noexcept {
  const std::byte* first = frame_at(0);
  if (layout_.samples != Samples::float_32 || reinterpret_cast<std::uintptr_t>(first) % alignof(float) != 0) return {};
  return {reinterpret_cast<const float*>(first), static_cast<std::size_t>(layout_.length.count * layout_.channels)};
}

void MappedSound::touch(FramePosition begin, FramePosition end) const noexcept {
  const std::int64_t first = std::clamp<std::int64_t>(begin.count, 0, layout_.length.count);
  const std::int64_t last = std::clamp<std::int64_t>(end.count, first, layout_.length.count);
  if (first == last) return;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto from = static_cast<std::size_t>(frame_at(first) - static_cast<const std::byte*>(memory_)) / page * page;
  const auto to = static_cast<std::size_t>(frame_at(last) - static_cast<const std::byte*>(memory_));
  auto* const start = static_cast<std::byte*>(memory_);
  // A hint: where it is refused, the pages come one by one.
  static_cast<void>(::madvise(start + from, to - from, MADV_WILLNEED));
  for (std::size_t at = from; at < to; at += page)
    static_cast<void>(*static_cast<const volatile std::byte*>(start + at));
}

Result<MappedSound::Layout> wave_layout(const std::filesystem::path& path) {
  TALKBACK_ASSIGN(const OpenSoundFile file, open_sound_file(path));
  const int type = file.info.format & SF_FORMAT_TYPEMASK;
  const bool is_wave = type == SF_FORMAT_WAV || type == SF_FORMAT_WAVEX || type == SF_FORMAT_RF64;
  MappedSound::Layout layout;
  if (!is_wave || (file.info.format & SF_FORMAT_ENDMASK) == SF_ENDIAN_BIG) return layout;
  switch (file.info.format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_16:
      layout.samples = MappedSound::Samples::pcm_16;
      break;
    case SF_FORMAT_PCM_24:
      layout.samples = MappedSound::Samples::pcm_24;
      break;
    case SF_FORMAT_FLOAT:
      layout.samples = MappedSound::Samples::float_32;
      break;
    default:
      return layout;
  }
  layout.offset_bytes = find_wave_data(path);
  std::error_code code;
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path, code));
  layout.channels = file.info.channels;
  const std::int64_t frame_bytes = layout.channels * bytes_per_sample(layout.samples);
  if (code || layout.offset_bytes < 0 || size - layout.offset_bytes < file.info.frames * frame_bytes) return layout;
  layout.length = Frames{file.info.frames};
  return layout;
}

}  // namespace talkback::media
