#include "engine/graph/clip_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/dsp/pan.hpp"
#include "engine/graph/content_key.hpp"

namespace talkback::graph {

ClipReader::ClipReader(std::string track, std::vector<PlacedClip> clips, int channels, SampleRate rate,
                       media::SourceLibrary& library)
    : track_(std::move(track)), clips_(std::move(clips)), channels_(channels), rate_(rate), library_(library) {
  std::ranges::stable_sort(clips_, {}, &PlacedClip::start);
  scratch_.resize(2, kChunkFrames);
  gains_.resize(kChunkFrames);
}

void ClipReader::reset() noexcept {
  first_ = 0;
  failure_.reset();
}

void ClipReader::describe(std::int64_t begin, std::int64_t end, std::string& text) const {
  for (const PlacedClip& clip : clips_) {
    const std::int64_t clip_end = (clip.start + clip.length).count;
    const std::int64_t from = std::max(begin, clip.start.count);
    const std::int64_t to = std::min(end, clip_end);
    if (from >= to) continue;
    text += clip.blob_sha256;
    if (!clip.stretch.changes_nothing()) text += clip.stretch.key();
    append_key(text, from, to, (clip.source_start + (FramePosition{from} - clip.start)).count, clip.gain);
    const std::int64_t fade_in_end = clip.start.count + clip.fade_in.frames;
    const std::int64_t fade_out_start = clip_end - clip.fade_out.frames;
    if (from < fade_in_end)
      append_key(text, 'i', clip.start.count, clip.fade_in.frames, static_cast<int>(clip.fade_in.shape));
    if (to > fade_out_start)
      append_key(text, 'o', fade_out_start, clip.fade_out.frames, static_cast<int>(clip.fade_out.shape));
    text += '|';
  }
}

std::int64_t ClipReader::not_finite() const noexcept {
  std::int64_t count = closed_not_finite_;
  for (const OpenReader& open : readers_) count += open.reader->not_finite() - open.known_not_finite;
  return count;
}

Result<media::SourceReader*> ClipReader::reader_of(const PlacedClip& clip) {
  const auto found = std::ranges::find_if(readers_, [&](const OpenReader& open) {
    return open.blob_sha256 == clip.blob_sha256 && open.stretch == clip.stretch;
  });
  if (found != readers_.end()) {
    found->used = ++uses_;
    return found->reader.get();
  }
  if (readers_.size() >= kReadersMax) {
    const auto oldest = std::ranges::min_element(readers_, {}, &OpenReader::used);
    closed_not_finite_ += oldest->reader->not_finite() - oldest->known_not_finite;
    readers_.erase(oldest);
  }
  TALKBACK_ASSIGN(auto reader, library_.open(clip.blob_sha256, rate_, clip.stretch));
  readers_.push_back({clip.blob_sha256, clip.stretch, std::move(reader), ++uses_, 0});
  readers_.back().known_not_finite = readers_.back().reader->not_finite();
  return readers_.back().reader.get();
}

// Files that are not mapped are read here, which allocates; the failure is kept, as process() cannot return it.
void ClipReader::process(std::span<const ConstAudioBlock>, AudioBlock output, FramePosition position) noexcept {
  clear(output);
  if (failure_) return;
  if (position < expected_) first_ = 0;
  expected_ = position + Frames{output.frame_count()};
  while (first_ < clips_.size() && clips_[first_].start + clips_[first_].length <= position) ++first_;
  for (std::size_t i = first_; i < clips_.size() && clips_[i].start < expected_; ++i) {
    if (clips_[i].start + clips_[i].length <= position) continue;
    if (auto done = add_clip(i, output, position); !done) {
      failure_ = named(done.error(), clips_[i]);
      return clear(output);
    }
  }
}

Error ClipReader::named(Error error, const PlacedClip& clip) const {
  error.message = fmt::format("{}: clip \"{}\": {}", track_, clip.name, error.message);
  return error;
}

Result<void> ClipReader::prepare_realtime() {
  mapped_.clear();
  for (const PlacedClip& clip : clips_) {
    auto sound = library_.map(clip.blob_sha256, rate_, clip.stretch);
    if (!sound) return named(sound.error(), clip);
    mapped_.push_back(std::move(*sound));
  }
  return {};
}

void ClipReader::list_sources(std::vector<SourceStretch>& list) const {
  for (std::size_t i = 0; i < mapped_.size(); ++i)
    list.push_back({mapped_[i], clips_[i].start, clips_[i].length, clips_[i].source_start});
}

Result<void> ClipReader::add_clip(std::size_t number, AudioBlock output, FramePosition position) {
  const PlacedClip& clip = clips_[number];
  const media::MappedSound* const mapped = mapped_.empty() ? nullptr : mapped_[number].get();
  media::SourceReader* reader = nullptr;
  if (mapped == nullptr) {
    TALKBACK_ASSIGN(reader, reader_of(clip));
  }
  const int channels = mapped != nullptr ? mapped->channels() : reader->channels();
  const std::int64_t begin = std::max(clip.start.count, position.count);
  const std::int64_t end = std::min((clip.start + clip.length).count, position.count + output.frame_count());
  for (std::int64_t frame = begin; frame < end; frame += kChunkFrames) {
    const auto frames = static_cast<int>(std::min<std::int64_t>(kChunkFrames, end - frame));
    const std::int64_t in_clip = frame - clip.start.count;
    const AudioBlock part = scratch_.block();
    const std::array<float*, 2> pointers = {part.channel(0).data(), part.channel(1).data()};
    const AudioBlock source(std::span<float* const>(pointers.data(), static_cast<std::size_t>(channels)), frames);
    if (mapped != nullptr) {
      closed_not_finite_ += mapped->read(clip.source_start + Frames{in_clip}, source);
    } else {
      TALKBACK_TRY(reader->read(clip.source_start + Frames{in_clip}, source));
    }
    add_chunk(clip, source, output.slice(static_cast<int>(frame - position.count), frames), in_clip);
  }
  return {};
}

void ClipReader::add_chunk(const PlacedClip& clip, ConstAudioBlock source, AudioBlock output,
                           std::int64_t in_clip) noexcept {
  const auto frames = static_cast<std::size_t>(source.frame_count());
  const double spread = source.channel_count() == 1 && output.channel_count() == 2 ? dsp::kMonoSpreadGain : 1.0;
  const auto level = static_cast<float>(clip.gain * spread);
  const std::int64_t fade_out_start = clip.length.count - clip.fade_out.frames;
  const bool fades = in_clip < clip.fade_in.frames || in_clip + source.frame_count() > fade_out_start;
  if (fades) {
    for (std::size_t n = 0; n < frames; ++n) {
      const std::int64_t at = in_clip + static_cast<std::int64_t>(n);
      double gain = 1.0;
      // Half a frame in: a fade and its mirror image then sum to 1 at every frame.
      const auto progress = [](std::int64_t done, std::int64_t all) {
        return (static_cast<double>(done) + 0.5) / static_cast<double>(all);
      };
      if (at < clip.fade_in.frames) gain *= dsp::fade_gain(clip.fade_in.shape, progress(at, clip.fade_in.frames));
      if (at >= fade_out_start)
        gain *= dsp::fade_gain(clip.fade_out.shape, 1.0 - progress(at - fade_out_start, clip.fade_out.frames));
      gains_[n] = static_cast<float>(gain) * level;
    }
  }
  for (int c = 0; c < output.channel_count(); ++c) {
    const float* in = source.channel(std::min(c, source.channel_count() - 1)).data();
    float* out = output.channel(c).data();
    if (fades) {
      for (std::size_t n = 0; n < frames; ++n) out[n] += in[n] * gains_[n];
    } else {
      for (std::size_t n = 0; n < frames; ++n) out[n] += in[n] * level;
    }
  }
}

}  // namespace talkback::graph
