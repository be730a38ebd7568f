#include "engine/media/dry_file.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "engine/media/sound_file_handle.hpp"

namespace talkback::media {

namespace {

// A file in memory that forgets everything between two places.
struct DryFile {
  AroundSamples around;
  sf_count_t samples_begin = std::numeric_limits<sf_count_t>::max();
  sf_count_t samples_end = std::numeric_limits<sf_count_t>::max();
  sf_count_t position = 0;
  sf_count_t length = 0;

  void put(const std::byte* bytes, sf_count_t count) {
    const sf_count_t end = position + count;
    put_part(around.head, 0, samples_begin, bytes, end);
    put_part(around.tail, samples_end, std::numeric_limits<sf_count_t>::max(), bytes, end);
    position = end;
    length = std::max(length, end);
  }

 private:
  // What of [position, end) lies in [first, last), which `part` keeps from its beginning.
  void put_part(std::vector<std::byte>& part, sf_count_t first, sf_count_t last, const std::byte* bytes,
                sf_count_t end) const {
    const sf_count_t begin = std::max(position, first);
    const sf_count_t stop = std::min(end, last);
    if (begin >= stop) return;
    part.resize(std::max(part.size(), static_cast<std::size_t>(stop - first)));
    std::memcpy(part.data() + (begin - first), bytes + (begin - position), static_cast<std::size_t>(stop - begin));
  }
};

DryFile& file_of(void* user) noexcept { return *static_cast<DryFile*>(user); }

sf_count_t seek(sf_count_t offset, int whence, void* user) {
  DryFile& file = file_of(user);
  const sf_count_t from = whence == SEEK_CUR ? file.position : whence == SEEK_END ? file.length : 0;
  return file.position = from + offset;
}

// Of what was written at first, libsndfile reads nothing again.
sf_count_t read_nothing(void*, sf_count_t, void*) { return 0; }

sf_count_t write(const void* bytes, sf_count_t count, void* user) {
  file_of(user).put(static_cast<const std::byte*>(bytes), count);
  return count;
}

bool write_silence(SNDFILE* handle, std::int64_t bytes, int frame_bytes) {
  const std::vector<std::byte> silence(static_cast<std::size_t>(frame_bytes) << 16);
  while (bytes > 0) {
    const auto count = static_cast<sf_count_t>(std::min(bytes, static_cast<std::int64_t>(silence.size())));
    if (sf_write_raw(handle, silence.data(), count) != count) return false;
    bytes -= count;
  }
  return true;
}

}  // namespace

std::optional<AroundSamples> around_samples(SF_INFO info, std::int64_t frames, int frame_bytes,
                                            const std::function<void(SNDFILE*)>& prepare) {
  if ((info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC) return std::nullopt;
  DryFile file;
  SF_VIRTUAL_IO calls{
      .get_filelen = [](void* user) { return file_of(user).length; },
      .seek = seek,
      .read = read_nothing,
      .write = write,
      .tell = [](void* user) { return file_of(user).position; },
  };
  SoundFileHandle handle(sf_open_virtual(&calls, SFM_WRITE, &info, &file));
  if (!handle) return std::nullopt;
  prepare(handle.get());
  sf_command(handle.get(), SFC_UPDATE_HEADER_NOW, nullptr, 0);
  file.samples_begin = file.length;
  file.samples_end = file.length + frames * frame_bytes;
  if (!write_silence(handle.get(), frames * frame_bytes, frame_bytes)) return std::nullopt;
  handle.reset();
  return std::move(file.around);
}

}  // namespace talkback::media
