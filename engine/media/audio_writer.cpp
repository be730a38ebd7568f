#include "engine/media/audio_writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "engine/dsp/dither.hpp"
#include "engine/media/dry_file.hpp"
#include "engine/media/sound_file_handle.hpp"
#include "engine/media/unfinished_file.hpp"

namespace talkback::media {

namespace {

// A RIFF chunk counts its bytes in 32 bits; the rest is for headers.
constexpr std::int64_t kRiffBytesMax = 0xffff0000LL;

// Of a WAV as many bytes at least go to the system in one call: libsndfile by itself sends it 8 kB at a time.
constexpr std::size_t kWriteBytes = 1 << 20;

bool is_flac(AudioFormat format) noexcept { return format == AudioFormat::flac_24 || format == AudioFormat::flac_16; }

int sound_file_format(const WriterOptions& options) noexcept {
  const int bits = bits_of(options.format);
  const int subtype = bits == 32 ? SF_FORMAT_FLOAT : bits == 24 ? SF_FORMAT_PCM_24 : SF_FORMAT_PCM_16;
  if (is_flac(options.format)) return SF_FORMAT_FLAC | subtype;
  const std::int64_t bytes = options.length_expected.count * options.channels * (bits / 8);
  return (bytes > kRiffBytesMax ? SF_FORMAT_RF64 : SF_FORMAT_WAV) | subtype;
}

template <std::size_t size>
void copy_text(char (&target)[size], const std::string& text) noexcept {
  std::memcpy(target, text.data(), std::min(size, text.size()));
}

SF_BROADCAST_INFO to_chunk(const BroadcastInfo& info) noexcept {
  SF_BROADCAST_INFO chunk{};
  copy_text(chunk.description, info.description);
  copy_text(chunk.originator, info.originator);
  copy_text(chunk.origination_date, info.origination_date);
  copy_text(chunk.origination_time, info.origination_time);
  const auto reference = static_cast<std::uint64_t>(info.time_reference.count);
  chunk.time_reference_low = static_cast<std::uint32_t>(reference & 0xffffffffU);
  chunk.time_reference_high = static_cast<std::uint32_t>(reference >> 32);
  chunk.version = 1;
  return chunk;
}

bool is_there(std::span<const std::byte> expected, int descriptor, off_t offset) {
  std::vector<std::byte> found(expected.size());
  return ::pread(descriptor, found.data(), found.size(), offset) == static_cast<ssize_t>(found.size()) &&
         std::ranges::equal(found, expected);
}

void prepare_header(SNDFILE* handle, const WriterOptions& options) {
  // The PEAK chunk of float files holds the time of day.
  sf_command(handle, SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
  if (!options.broadcast || is_flac(options.format)) return;
  SF_BROADCAST_INFO chunk = to_chunk(*options.broadcast);
  sf_command(handle, SFC_SET_BROADCAST_INFO, &chunk, sizeof chunk);
}

bool read_all(int descriptor, FileListener& listener) {
  listener.begin();
  std::vector<std::byte> chunk(1 << 18);
  for (off_t offset = 0;;) {
    const ssize_t got = ::pread(descriptor, chunk.data(), chunk.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    listener.add(std::span(chunk).first(static_cast<std::size_t>(got)));
    offset += got;
  }
}

}  // namespace

std::string_view extension_of(AudioFormat format) noexcept { return is_flac(format) ? ".flac" : ".wav"; }

int bits_of(AudioFormat format) noexcept {
  switch (format) {
    case AudioFormat::wav_float:
      return 32;
    case AudioFormat::wav_24:
    case AudioFormat::flac_24:
      return 24;
    case AudioFormat::wav_16:
    case AudioFormat::flac_16:
      return 16;
  }
  return 32;
}

struct AudioWriter::State {
  State(WriterOptions given, UnfinishedFile beside, SoundFileHandle opened, FileListener* told)
      : options(std::move(given)),
        file(std::move(beside)),
        handle(std::move(opened)),
        listener(told),
        dither(options.dither_seed) {}

  WriterOptions options;
  UnfinishedFile file;
  SoundFileHandle handle;
  FileListener* listener;
  std::optional<AroundSamples> around;  // where the listener is told of samples as they are written
  std::int64_t packed_written = 0;      // bytes
  dsp::TpdfDither dither;
  std::int64_t written = 0;             // frames
  std::vector<std::byte> packed;        // samples of the file that wait to be written, as they will stand there
  std::vector<std::int32_t> integers;   // for FLAC, left-aligned in 32 bits
  std::vector<std::int32_t> quantised;  // of one channel

  Result<void> fail() const {
    return Error{ErrorCode::exhausted, fmt::format("The sound cannot be written: {}.", sf_strerror(handle.get()))};
  }

  Result<void> write_flac(ConstAudioBlock block);
  template <int bytes>
  void pack_integers(ConstAudioBlock block);
  void pack_floats(ConstAudioBlock block);
  Result<void> write_packed();
  void begin_telling(const SF_INFO& info);
  // Whether the file came out as the listener was told.
  bool is_told() const;
};

AudioWriter::AudioWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
AudioWriter::~AudioWriter() = default;
AudioWriter::AudioWriter(AudioWriter&&) noexcept = default;
AudioWriter& AudioWriter::operator=(AudioWriter&&) noexcept = default;

Frames AudioWriter::written() const noexcept { return {state_->written}; }

Result<AudioWriter> AudioWriter::create(const std::filesystem::path& place, WriterOptions options,
                                        FileListener* listener) {
  SF_INFO info{};
  info.samplerate = options.rate.hz;
  info.channels = options.channels;
  info.format = sound_file_format(options);
  if (sf_format_check(&info) == SF_FALSE) {
    return Error{ErrorCode::invalid, fmt::format("{} channels at {} Hz do not fit into this file format.",
                                                 options.channels, options.rate.hz)};
  }
  TALKBACK_ASSIGN(UnfinishedFile file, UnfinishedFile::create(place));
  SoundFileHandle handle(sf_open_fd(file.descriptor(), SFM_WRITE, &info, SF_FALSE));
  if (!handle)
    return Error{ErrorCode::unavailable, fmt::format("The sound cannot be written: {}.", sf_strerror(nullptr))};
  prepare_header(handle.get(), options);
  auto state = std::make_unique<State>(std::move(options), std::move(file), std::move(handle), listener);
  if (listener != nullptr) state->begin_telling(info);
  return AudioWriter(std::move(state));
}

void AudioWriter::State::begin_telling(const SF_INFO& info) {
  const int frame_bytes = options.channels * (bits_of(options.format) / 8);
  around = around_samples(info, options.length_expected.count, frame_bytes,
                          [this](SNDFILE* dry) { prepare_header(dry, options); });
  if (!around) return;
  listener->begin();
  listener->add(around->head);
}

// libsndfile takes integers left-aligned in 32 bits.
Result<void> AudioWriter::State::write_flac(ConstAudioBlock block) {
  const auto channels = static_cast<std::size_t>(options.channels);
  const int bits = bits_of(options.format);
  const std::int32_t factor = 1 << (32 - bits);
  integers.resize(static_cast<std::size_t>(block.frame_count()) * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const int channel = static_cast<int>(c);
    dither.quantise(block.channel(channel), bits, channel, FramePosition{written}, quantised.data());
    for (std::size_t n = 0; n < quantised.size(); ++n) integers[n * channels + c] = quantised[n] * factor;
  }
  if (sf_writef_int(handle.get(), integers.data(), block.frame_count()) != block.frame_count()) return fail();
  return {};
}

// [frame][channel], little-endian.
template <int bytes>
void AudioWriter::State::pack_integers(ConstAudioBlock block) {
  const auto channels = static_cast<std::size_t>(options.channels);
  const std::size_t begin = packed.size();
  packed.resize(begin + quantised.size() * channels * bytes);
  for (std::size_t c = 0; c < channels; ++c) {
    const int channel = static_cast<int>(c);
    dither.quantise(block.channel(channel), 8 * bytes, channel, FramePosition{written}, quantised.data());
    std::byte* at = packed.data() + begin + c * bytes;
    for (const std::int32_t sample : quantised) {
      for (int i = 0; i < bytes; ++i) at[i] = static_cast<std::byte>(sample >> (8 * i));
      at += channels * bytes;
    }
  }
}

void AudioWriter::State::pack_floats(ConstAudioBlock block) {
  static_assert(std::endian::native == std::endian::little);
  const auto channels = static_cast<std::size_t>(options.channels);
  const std::size_t begin = packed.size();
  packed.resize(begin + quantised.size() * channels * sizeof(float));
  for (std::size_t c = 0; c < channels; ++c) {
    std::byte* at = packed.data() + begin + c * sizeof(float);
    for (const float sample : block.channel(static_cast<int>(c))) {
      std::memcpy(at, &sample, sizeof sample);
      at += channels * sizeof(float);
    }
  }
}

Result<void> AudioWriter::State::write_packed() {
  const auto size = static_cast<sf_count_t>(packed.size());
  if (size == 0) return {};
  if (sf_write_raw(handle.get(), packed.data(), size) != size) return fail();
  if (around) listener->add(packed);
  packed_written += size;
  packed.clear();
  return {};
}

bool AudioWriter::State::is_told() const {
  if (!around) return false;
  const auto tail_begin = static_cast<off_t>(around->head.size()) + packed_written;
  const auto end = tail_begin + static_cast<off_t>(around->tail.size());
  return ::lseek(file.descriptor(), 0, SEEK_END) == end && is_there(around->head, file.descriptor(), 0) &&
         is_there(around->tail, file.descriptor(), tail_begin);
}

Result<void> AudioWriter::write(ConstAudioBlock block) {
  State& state = *state_;
  TALKBACK_CHECK(block.channel_count() == state.options.channels);
  state.quantised.resize(static_cast<std::size_t>(block.frame_count()));
  switch (state.options.format) {
    case AudioFormat::wav_float:
      state.pack_floats(block);
      break;
    case AudioFormat::wav_24:
      state.pack_integers<3>(block);
      break;
    case AudioFormat::wav_16:
      state.pack_integers<2>(block);
      break;
    case AudioFormat::flac_24:
    case AudioFormat::flac_16:
      TALKBACK_TRY(state.write_flac(block));
      break;
  }
  state.written += block.frame_count();
  return state.packed.size() < kWriteBytes ? Result<void>{} : state.write_packed();
}

Result<void> AudioWriter::finish() {
  State& state = *state_;
  TALKBACK_TRY(state.write_packed());
  state.handle.reset();
  if (state.listener == nullptr) return state.file.finish();
  if (state.is_told()) {
    state.listener->add(state.around->tail);
    return state.file.finish();
  }
  // Another length than expected, or FLAC.
  bool is_read = false;
  std::thread reading([&] { is_read = read_all(state.file.descriptor(), *state.listener); });
  auto synced = state.file.sync();
  reading.join();
  TALKBACK_TRY(synced);
  if (!is_read) return Error{ErrorCode::unavailable, "The sound that was written cannot be read."};
  return state.file.finish();
}

}  // namespace talkback::media
