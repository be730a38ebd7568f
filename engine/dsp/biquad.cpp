#include "engine/dsp/biquad.hpp"

#include <algorithm>

namespace talkback::dsp {

namespace {

using Pair = double __attribute__((vector_size(16)));

// Sections that run in one loop.
constexpr int kGroupSections = 4;

std::size_t index(int value) noexcept { return static_cast<std::size_t>(value); }

Pair spread(double value) noexcept { return Pair{value, value}; }

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

void BiquadCascade::reset() noexcept {
  for (Section& section : sections_) {
    section.now = section.target;
    section.s1 = {};
    section.s2 = {};
  }
  gliding_frames_ = 0;
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
  block.channel_count() == 1 ? process_steady<1>(part) : process_steady<2>(part);
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

// Sections run in groups inside one loop: their recursions overlap in the processor, and the two
// channels share a vector.
template <int channels>
void BiquadCascade::process_steady(AudioBlock block) noexcept {
  int first = 0;
  while (section_count_ - first >= kGroupSections) {
    process_group<channels, kGroupSections>(block, first);
    first += kGroupSections;
  }
  switch (section_count_ - first) {
    case 3:
      return process_group<channels, 3>(block, first);
    case 2:
      return process_group<channels, 2>(block, first);
    case 1:
      return process_group<channels, 1>(block, first);
    default:
      return;
  }
}

template <int channels, int sections>
void BiquadCascade::process_group(AudioBlock block, int first) noexcept {
  std::array<Pair, static_cast<std::size_t>(sections)> b0, b1, b2, a1, a2, s1, s2;
  for (int i = 0; i < sections; ++i) {
    const Section& s = sections_[static_cast<std::size_t>(first + i)];
    b0[index(i)] = spread(s.now.b0);
    b1[index(i)] = spread(s.now.b1);
    b2[index(i)] = spread(s.now.b2);
    a1[index(i)] = spread(s.now.a1);
    a2[index(i)] = spread(s.now.a2);
    s1[index(i)] = Pair{s.s1[0], s.s1[1]};
    s2[index(i)] = Pair{s.s2[0], s.s2[1]};
  }
  float* left = block.channel(0).data();
  float* right = block.channel(channels - 1).data();
  const int frames = block.frame_count();
  for (int n = 0; n < frames; ++n) {
    Pair x{static_cast<double>(left[n]), channels == 2 ? static_cast<double>(right[n]) : 0.0};
#pragma GCC unroll 4
    for (int i = 0; i < sections; ++i) {
      const Pair y = b0[index(i)] * x + s1[index(i)];
      // What does not wait for y first: the way from sample to sample is the shorter.
      s1[index(i)] = (b1[index(i)] * x + s2[index(i)]) - a1[index(i)] * y;
      s2[index(i)] = b2[index(i)] * x - a2[index(i)] * y;
      x = y;
    }
    left[n] = static_cast<float>(x[0]);
    if (channels == 2) right[n] = static_cast<float>(x[1]);
  }
  for (int i = 0; i < sections; ++i) {
    Section& s = sections_[static_cast<std::size_t>(first + i)];
    s.s1 = {s1[index(i)][0], s1[index(i)][1]};
    s.s2 = {s2[index(i)][0], s2[index(i)][1]};
  }
}

}  // namespace talkback::dsp
