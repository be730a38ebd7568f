#include "engine/dsp/convolver.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace talkback::dsp {

namespace {

// How a level's parts relate to those of the level before, and the longest part. Measured: fewer levels cost less in
// transforms and more in products.
constexpr int kGrowth = 8;
constexpr int kPartFramesMax = 16'384;

// From the real parts of a spectrum to its imaginary ones, and from these to the next spectrum: some lines more than
// their length, as neighbours at powers of two are in each other's way in the cache.
int apart(int frames) noexcept { return frames + 80; }

std::size_t index(std::int64_t value) noexcept { return static_cast<std::size_t>(value); }

}  // namespace

void Convolver::prepare(int inputs, int outputs, std::span<const std::span<const float>> responses,
                        std::span<const Path> paths) {
  paths_.assign(paths.begin(), paths.end());
  heads_.clear();
  levels_.clear();
  std::int64_t end = 0;
  for (const auto& response : responses) {
    end = std::max(end, static_cast<std::int64_t>(response.size()));
    const auto head = response.first(std::min<std::size_t>(response.size(), kHeadFrames));
    heads_.emplace_back(head.begin(), head.end());
  }
  for (std::int64_t offset = kHeadFrames; offset < end;) {
    const std::int64_t next = offset * kGrowth;
    const bool is_last = next > kPartFramesMax || next >= end;
    add_level(static_cast<int>(offset), is_last ? end : next, responses);
    offset = is_last ? end : next;
  }
  for (Level& level : levels_) {
    level.spectra.assign(index(inputs), AlignedFloats(index(level.parts) * 2 * index(apart(level.frames))));
    level.due.assign(index(outputs), std::vector<float>(index(level.frames)));
  }
  const int longest = levels_.empty() ? kHeadFrames : levels_.back().frames;
  lines_.resize(index(inputs));
  for (DelayLine& line : lines_) line.prepare(history_frames(), 2 * longest);
  past_.assign(index(2 * std::max(longest, kHeadFrames)), 0.0F);
  sum_.assign(index(2 * apart(longest)), 0.0F);
  scratch_.assign(index(2 * apart(longest)), 0.0F);
  reset();
}

// Parts of `frames` frames for the taps from `frames` to `end`.
void Convolver::add_level(int frames, std::int64_t end, std::span<const std::span<const float>> responses) {
  Level& level = levels_.emplace_back(frames);
  level.parts = static_cast<int>((end - 1) / frames);
  for (int n = 0; n < frames; ++n) {
    const double angle = std::numbers::pi * n / (2.0 * frames);
    level.cosine.push_back(static_cast<float>(std::cos(angle)));
    level.sine.push_back(static_cast<float>(std::sin(angle)));
  }
  const std::vector<float> silence(index(frames));
  std::vector<float> part(index(frames));
  AlignedFloats scratch(index(2 * apart(frames)));
  for (const auto& response : responses) {
    auto& spectra = level.responses.emplace_back(index(level.parts) * 2 * index(apart(frames)));
    for (int p = 0; p < level.parts; ++p) {
      for (int n = 0; n < frames; ++n) {
        const std::int64_t tap = (std::int64_t{p} + 1) * frames + n;
        part[index(n)] =
            tap < end && index(tap) < response.size() ? response[index(tap)] / static_cast<float>(frames) : 0.0F;
      }
      float* re = spectra.data() + index(p) * 2 * index(apart(frames));
      float* im = re + apart(frames);
      twist(re, im, part.data(), silence.data(), level.cosine.data(), level.sine.data(), frames);
      level.fft.forward(re, im, scratch.data(), scratch.data() + apart(frames));
    }
  }
}

// `count` frames of input, the last of them `age` before the newest: where they lie, or copied where the line begins
// anew among them.
const float* Convolver::past_of(int input, std::int64_t age, std::size_t count) noexcept {
  const DelayLine& line = lines_[index(input)];
  if (const float* found = line.find(age, count)) return found;
  line.read(age, std::span(past_).first(count));
  return past_.data();
}

// The spectrum of the two parts of input that end `age` frames before the newest.
void Convolver::transform(Level& level, int input, std::int64_t age, float* spectrum) noexcept {
  const int frames = level.frames;
  const float* past = past_of(input, age, 2 * index(frames));
  float* im = spectrum + apart(frames);
  twist(spectrum, im, past, past + frames, level.cosine.data(), level.sine.data(), frames);
  level.fft.forward(spectrum, im, scratch_.data(), scratch_.data() + apart(frames));
}

void Convolver::advance(Level& level) noexcept {
  const int frames = level.frames;
  const std::size_t spectrum = 2 * index(apart(frames));
  level.newest = (level.newest + level.parts - 1) % level.parts;
  for (std::size_t input = 0; input < lines_.size(); ++input)
    transform(level, static_cast<int>(input), 0, level.spectra[input].data() + index(level.newest) * spectrum);
  for (std::size_t output = 0; output < level.due.size(); ++output) {
    float* re = sum_.data();
    float* im = re + apart(frames);
    bool is_new = true;
    for (const Path& path : paths_) {
      if (index(path.output) != output) continue;
      for (int p = 0; p < level.parts; p += kProductsMax) {
        const int count = std::min(kProductsMax, level.parts - p);
        std::array<Spectrum, kProductsMax> sound;
        std::array<Spectrum, kProductsMax> response;
        for (int i = 0; i < count; ++i) {
          const int slot = (level.newest + p + i) % level.parts;
          const float* a = level.spectra[index(path.input)].data() + index(slot) * spectrum;
          const float* b = level.responses[index(path.response)].data() + index(p + i) * spectrum;
          sound[index(i)] = {a, a + apart(frames)};
          response[index(i)] = {b, b + apart(frames)};
        }
        multiply_add(re, im, sound.data(), response.data(), count, frames, is_new);
        is_new = false;
      }
    }
    if (is_new) std::fill_n(re, 2 * apart(frames), 0.0F);
    level.fft.inverse(re, im, scratch_.data(), scratch_.data() + apart(frames));
    untwist(level.due[output].data(), re, im, level.cosine.data(), level.sine.data(), frames);
  }
}

void Convolver::process_chunk(ConstAudioBlock input, AudioBlock output) noexcept {
  const int frames = input.frame_count();
  for (std::size_t i = 0; i < lines_.size(); ++i) lines_[i].write(input.channel(static_cast<int>(i)));
  for (int c = 0; c < output.channel_count(); ++c) std::ranges::fill(output.channel(c), 0.0F);
  for (const Path& path : paths_) {
    const std::vector<float>& taps = heads_[index(path.response)];
    if (taps.empty()) continue;
    const std::size_t before = taps.size();
    const float* past = past_of(path.input, 0, before + index(frames));
    direct_convolution(sum_.data(), past + before, taps.data(), static_cast<int>(taps.size()), frames);
    add(output.channel(path.output).data(), sum_.data(), frames);
  }
  for (Level& level : levels_) {
    const std::int64_t at = count_ & (level.frames - 1);
    for (std::size_t c = 0; c < level.due.size(); ++c)
      add(output.channel(static_cast<int>(c)).data(), level.due[c].data() + at, frames);
  }
  count_ += frames;
  for (Level& level : levels_) {
    if ((count_ & (level.frames - 1)) == 0) advance(level);
  }
}

void Convolver::process(ConstAudioBlock input, AudioBlock output) noexcept {
  for (int first = 0; first < input.frame_count();) {
    const int to_line = kHeadFrames - static_cast<int>(count_ & (kHeadFrames - 1));
    const int frames = std::min(to_line, input.frame_count() - first);
    process_chunk(input.slice(first, frames), output.slice(first, frames));
    first += frames;
  }
}

void Convolver::reset() noexcept {
  count_ = 0;
  for (DelayLine& line : lines_) line.reset();
  for (Level& level : levels_) {
    for (auto& spectra : level.spectra) std::ranges::fill(spectra, 0.0F);
    for (auto& due : level.due) std::ranges::fill(due, 0.0F);
    level.newest = 0;
  }
}

// Two parts of the oldest spectrum, and what has come since the last full part.
std::int64_t Convolver::history_frames() const noexcept {
  std::int64_t frames = kHeadFrames;
  for (const Level& level : levels_) frames = std::max(frames, std::int64_t{level.frames} * (level.parts + 2));
  return frames;
}

void Convolver::archive(StateArchive& state) {
  state(count_);
  for (DelayLine& line : lines_) line.archive(state, history_frames());
  for (Level& level : levels_) state(level.due);
  if (!state.is_loading()) return;
  for (Level& level : levels_) {
    level.newest = 0;
    const std::int64_t since = count_ & (level.frames - 1);
    for (std::size_t input = 0; input < lines_.size(); ++input) {
      for (int p = 0; p < level.parts; ++p)
        transform(level, static_cast<int>(input), since + std::int64_t{p} * level.frames,
                  level.spectra[input].data() + index(p) * 2 * index(apart(level.frames)));
    }
  }
}

}  // namespace talkback::dsp
