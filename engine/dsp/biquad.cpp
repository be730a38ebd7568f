#include "engine/dsp/biquad.hpp"

#include <algorithm>
#include <cstdint>

#include "engine/dsp/vectorise.hpp"

namespace talkback::dsp {

namespace {

using Quad = double __attribute__((vector_size(32)));
using QuadOrder = std::int64_t __attribute__((vector_size(32)));

// Sections that run in one vector.
constexpr int kGroupSections = 4;

std::size_t index(int value) noexcept { return static_cast<std::size_t>(value); }

Biquad step_between(const Biquad& from, const Biquad& to) noexcept {
  constexpr double kPart = 1.0 / kControlFrames;
  return {(to.b0 - from.b0) * kPart, (to.b1 - from.b1) * kPart, (to.b2 - from.b2) * kPart, (to.a1 - from.a1) * kPart,
          (to.a2 - from.a2) * kPart};
}

void advance(Biquad& filter, const Biquad& step) noexcept {
  filter.b0 += step.b0;
  filter.b1 += step.b1;
  filter.b2 += step.b2;
  filter.a1 += step.a1;
  filter.a2 += step.a2;
}

// [section] of the steady form in the header; a place without a section passes on what it is given.
struct Coefficients {
  Quad b0, c1, c2, a1, a2;
};

// A section takes what the one before gave so many frames ago: by then it is there, and no step waits for another.
constexpr int kLag = 4;
constexpr int kBehind = kLag * (kGroupSections - 1);

// One channel of a group.
struct Line {
  Quad s1{};
  Quad s2{};
  // What the sections gave at the last steps, by step modulo kLag.
  Quad y[kLag]{};

  // Takes a sample into the first section at step t, where slot is t modulo kLag. Gives what the last one makes of the
  // sample of kBehind steps ago.
  [[gnu::always_inline]] inline float step(const Coefficients& k, float sample, int slot) noexcept {
    const auto input = static_cast<double>(sample);
    const Quad spread{input, input, input, input};
    const Quad x = __builtin_shuffle(y[slot], spread, QuadOrder{4, 0, 1, 2});
    const Quad output = k.b0 * x + s1;
    const Quad next = (k.c1 * x + s2) - k.a1 * s1;
    s2 = k.c2 * x - k.a2 * s1;
    s1 = next;
    y[slot] = output;
    return static_cast<float>(output[kGroupSections - 1]);
  }

  // While the first frames of a block have not reached every section, or its last have left some: those keep their
  // state.
  [[gnu::always_inline]] inline float step_at(const Coefficients& k, float sample, int t, int frames) noexcept {
    const Quad s1_before = s1;
    const Quad s2_before = s2;
    const float output = step(k, sample, t % kLag);
    QuadOrder has_frame{};
    for (int section = 0; section < kGroupSections; ++section) {
      const int frame = t - kLag * section;
      has_frame[section] = frame >= 0 && frame < frames ? -1 : 0;
    }
    s1 = has_frame ? s1 : s1_before;
    s2 = has_frame ? s2 : s2_before;
    return output;
  }
};

template <std::size_t channels>
[[gnu::always_inline]] inline void run_lines(const Coefficients& coefficients, Line* lines,
                                             const std::array<float*, channels>& x, int frames) noexcept {
  const Coefficients k = coefficients;
  std::array<Line, channels> mine;
  for (std::size_t c = 0; c < channels; ++c) mine[c] = lines[c];
  // The steps at which every section has a frame, in whole turns of the slots.
  const int full = kBehind + std::max(0, frames - kBehind) / kLag * kLag;
  const auto step_at_border = [&](int t) __attribute__((always_inline)) {
    for (std::size_t c = 0; c < channels; ++c) {
      const float output = mine[c].step_at(k, t < frames ? x[c][t] : 0.0F, t, frames);
      if (t >= kBehind) x[c][t - kBehind] = output;
    }
  };
  for (int t = 0; t < kBehind; ++t) step_at_border(t);
  for (int t = kBehind; t < full; t += kLag) {
#pragma GCC unroll 4
    for (int slot = 0; slot < kLag; ++slot) {
      for (std::size_t c = 0; c < channels; ++c) x[c][t + slot - kBehind] = mine[c].step(k, x[c][t + slot], slot);
    }
  }
  for (int t = full; t < frames + kBehind; ++t) step_at_border(t);
  for (std::size_t c = 0; c < channels; ++c) lines[c] = mine[c];
}

TALKBACK_VECTORISE void run_one(const Coefficients& k, Line* lines, float* x, int frames) noexcept {
  run_lines<1>(k, lines, {x}, frames);
}

TALKBACK_VECTORISE void run_two(const Coefficients& k, Line* lines, float* left, float* right, int frames) noexcept {
  run_lines<2>(k, lines, {left, right}, frames);
}

}  // namespace

std::complex<double> response_at(const Biquad& filter, double radians) noexcept {
  const std::complex<double> z1 = std::polar(1.0, -radians);
  const std::complex<double> z2 = z1 * z1;
  return (filter.b0 + filter.b1 * z1 + filter.b2 * z2) / (1.0 + filter.a1 * z1 + filter.a2 * z2);
}

Biquad inverse_of(const Biquad& filter) noexcept {
  return {1.0 / filter.b0, filter.a1 / filter.b0, filter.a2 / filter.b0, filter.b1 / filter.b0, filter.b2 / filter.b0};
}

void BiquadCascade::set(std::span<const Biquad> sections) noexcept {
  const int count = static_cast<int>(std::min<std::size_t>(sections.size(), kSectionsMax));
  bool moved = false;
  for (int i = 0; i < count; ++i) {
    Section& section = sections_[static_cast<std::size_t>(i)];
    const Biquad& target = sections[static_cast<std::size_t>(i)];
    if (i >= section_count_) {
      section = {};
      section.now = section.target = target;
    }
    if (section.target == target && gliding_frames_ == 0) continue;
    section.target = target;
    section.step = step_between(section.now, target);
    moved = true;
  }
  section_count_ = count;
  if (moved) gliding_frames_ = kControlFrames;
}

void BiquadCascade::rearrange(std::span<const Biquad> sections, std::span<const int> from) noexcept {
  TALKBACK_CHECK(sections.size() == from.size() && sections.size() <= sections_.size());
  const std::array<Section, kSectionsMax> before = sections_;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    Section& section = sections_[i];
    if (from[i] >= 0 && from[i] < section_count_) {
      section = before[index(from[i])];
    } else {
      section = {};
      section.now = section.target = sections[i];
    }
  }
  section_count_ = static_cast<int>(sections.size());
  set(sections);
}

void BiquadCascade::reset() noexcept {
  for (Section& section : sections_) {
    section.now = section.target;
    section.s1 = {};
    section.s2 = {};
  }
  gliding_frames_ = 0;
}

bool BiquadCascade::rest_if_open() noexcept {
  constexpr std::array<double, 2> kSilence{};
  if (gliding_frames_ > 0) return false;
  const auto sections = std::span(sections_).first(index(section_count_));
  for (const Section& s : sections) {
    if (s.now != Biquad{} || s.s1 != kSilence || s.s2 != kSilence) return false;
  }
  for (Section& s : sections) s.s1 = s.s2 = kSilence;
  return true;
}

void BiquadCascade::archive(StateArchive& state) {
  state(section_count_, gliding_frames_);
  // A damaged archive must not reach beyond the sections.
  section_count_ = std::clamp(section_count_, 0, kSectionsMax);
  for (int i = 0; i < section_count_; ++i) {
    Section& s = sections_[index(i)];
    state(s.now, s.target);
    state.settled(s.s1);
    state.settled(s.s2);
    if (gliding_frames_ > 0) state(s.step);
  }
}

void BiquadCascade::process(AudioBlock block) noexcept {
  TALKBACK_CHECK(block.channel_count() >= 1 && block.channel_count() <= 2);
  const int gliding = std::min(gliding_frames_, block.frame_count());
  if (gliding > 0) {
    const AudioBlock part = block.slice(0, gliding);
    block.channel_count() == 1 ? process_gliding<1>(part) : process_gliding<2>(part);
  }
  if (gliding == block.frame_count()) return;
  const AudioBlock part = block.slice(gliding, block.frame_count() - gliding);
  process_steady(part);
}

template <int channels>
void BiquadCascade::process_gliding(AudioBlock block) noexcept {
  for (int n = 0; n < block.frame_count(); ++n) {
    const bool arrives = --gliding_frames_ == 0;
    std::array<double, 2> x{};
    for (int c = 0; c < channels; ++c) x[index(c)] = static_cast<double>(block.channel(c)[index(n)]);
    for (int i = 0; i < section_count_; ++i) {
      Section& s = sections_[index(i)];
      if (s.now != s.target) {
        advance(s.now, s.step);
        if (arrives) s.now = s.target;
      }
      for (std::size_t c = 0; c < channels; ++c) {
        const double y = s.now.b0 * x[c] + s.s1[c];
        s.s1[c] = (s.now.b1 * x[c] + s.s2[c]) - s.now.a1 * y;
        s.s2[c] = s.now.b2 * x[c] - s.now.a2 * y;
        // Rounded where process_steady hands on from group to group, so that both give the same samples.
        x[c] = i % kGroupSections == kGroupSections - 1 ? static_cast<double>(static_cast<float>(y)) : y;
      }
    }
    for (int c = 0; c < channels; ++c) block.channel(c)[index(n)] = static_cast<float>(x[index(c)]);
  }
}

void BiquadCascade::process_steady(AudioBlock block) noexcept {
  for (int first = 0; first < section_count_; first += kGroupSections) process_group(block, first);
}

void BiquadCascade::process_group(AudioBlock block, int first) noexcept {
  const int count = std::min(kGroupSections, section_count_ - first);
  Coefficients k{.b0 = Quad{1.0, 1.0, 1.0, 1.0}, .c1 = {}, .c2 = {}, .a1 = {}, .a2 = {}};
  std::array<Line, 2> lines;
  for (int i = 0; i < count; ++i) {
    const Section& s = sections_[index(first + i)];
    k.b0[i] = s.now.b0;
    k.c1[i] = s.now.b1 - s.now.a1 * s.now.b0;
    k.c2[i] = s.now.b2 - s.now.a2 * s.now.b0;
    k.a1[i] = s.now.a1;
    k.a2[i] = s.now.a2;
    for (std::size_t c = 0; c < 2; ++c) {
      lines[c].s1[i] = s.s1[c];
      lines[c].s2[i] = s.s2[c];
    }
  }
  const int frames = block.frame_count();
  if (block.channel_count() == 2) {
    run_two(k, lines.data(), block.channel(0).data(), block.channel(1).data(), frames);
  } else {
    run_one(k, lines.data(), block.channel(0).data(), frames);
  }
  for (int i = 0; i < count; ++i) {
    Section& s = sections_[index(first + i)];
    for (std::size_t c = 0; c < 2; ++c) {
      s.s1[c] = lines[c].s1[i];
      s.s2[c] = lines[c].s2[i];
    }
  }
}

}  // namespace talkback::dsp
