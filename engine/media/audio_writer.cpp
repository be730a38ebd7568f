#include "engine/media/audio_writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "engine/dsp/dither.hpp"
#include "engine/media/sound_file_handle.hpp"
#include "engine/media/unfinished_file.hpp"

namespace talkback::media {

namespace {

// A RIFF chunk counts its bytes in 32 bits; the rest is for headers.
constexpr std::int64_t kRiffBytesMax = 0xffff0000LL;

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

bool read_all(int descriptor, const std::function<void(std::span<const std::byte>)>& read) {
  std::vector<std::byte> chunk(1 << 18);
  for (off_t offset = 0;;) {
    const ssize_t got = ::pread(descriptor, chunk.data(), chunk.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    read(std::span(chunk).first(static_cast<std::size_t>(got)));
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
  WriterOptions options;
  UnfinishedFile file;
  SoundFileHandle handle;
  dsp::TpdfDither dither;
  std::int64_t written = 0;
  std::vector<float> floats;
  std::vector<std::int32_t> integers;
  std::vector<std::int32_t> quantised;  // of one channel

  Result<void> fail() const {
    return Error{ErrorCode::exhausted, fmt::format("The sound cannot be written: {}.", sf_strerror(handle.get()))};
  }

  Result<void> write_floats(ConstAudioBlock block);
  Result<void> write_integers(ConstAudioBlock block);
};

AudioWriter::AudioWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
AudioWriter::~AudioWriter() = default;
AudioWriter::AudioWriter(AudioWriter&&) noexcept = default;
AudioWriter& AudioWriter::operator=(AudioWriter&&) noexcept = default;

Frames AudioWriter::written() const noexcept { return {state_->written}; }

Result<AudioWriter> AudioWriter::create(const std::filesystem::path& place, WriterOptions options) {
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
  // The PEAK chunk of float files holds the time of day.
  sf_command(handle.get(), SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
  if (options.broadcast && !is_flac(options.format)) {
    SF_BROADCAST_INFO chunk = to_chunk(*options.broadcast);
    sf_command(handle.get(), SFC_SET_BROADCAST_INFO, &chunk, sizeof chunk);
  }
  const dsp::TpdfDither dither(options.dither_seed);
  return AudioWriter(
      std::unique_ptr<State>(new State{std::move(options), std::move(file), std::move(handle), dither, 0, {}, {}, {}}));
}

Result<void> AudioWriter::State::write_floats(ConstAudioBlock block) {
  const auto channels = static_cast<std::size_t>(options.channels);
  floats.resize(static_cast<std::size_t>(block.frame_count()) * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const std::span<const float> samples = block.channel(static_cast<int>(c));
    for (std::size_t n = 0; n < samples.size(); ++n) floats[n * channels + c] = samples[n];
  }
  if (sf_writef_float(handle.get(), floats.data(), block.frame_count()) != block.frame_count()) return fail();
  return {};
}

// libsndfile takes integers left-aligned in 32 bits.
Result<void> AudioWriter::State::write_integers(ConstAudioBlock block) {
  const auto channels = static_cast<std::size_t>(options.channels);
  const int bits = bits_of(options.format);
  const std::int32_t factor = 1 << (32 - bits);
  integers.resize(static_cast<std::size_t>(block.frame_count()) * channels);
  quantised.resize(static_cast<std::size_t>(block.frame_count()));
  for (std::size_t c = 0; c < channels; ++c) {
    const int channel = static_cast<int>(c);
    dither.quantise(block.channel(channel), bits, channel, FramePosition{written}, quantised.data());
    for (std::size_t n = 0; n < quantised.size(); ++n) integers[n * channels + c] = quantised[n] * factor;
  }
  if (sf_writef_int(handle.get(), integers.data(), block.frame_count()) != block.frame_count()) return fail();
  return {};
}

Result<void> AudioWriter::write(ConstAudioBlock block) {
  TALKBACK_CHECK(block.channel_count() == state_->options.channels);
  TALKBACK_TRY(state_->options.format == AudioFormat::wav_float ? state_->write_floats(block)
                                                                : state_->write_integers(block));
  state_->written += block.frame_count();
  return {};
}

Result<void> AudioWriter::finish() {
  state_->handle.reset();
  return state_->file.finish();
}

Result<void> AudioWriter::finish(const std::function<void(std::span<const std::byte>)>& read) {
  state_->handle.reset();
  bool is_read = false;
  std::thread reader([&] { is_read = read_all(state_->file.descriptor(), read); });
  auto synced = state_->file.sync();
  reader.join();
  TALKBACK_TRY(synced);
  if (!is_read) return Error{ErrorCode::unavailable, "The sound that was written cannot be read."};
  return state_->file.finish();
}

}  // namespace talkback::media
