#include "engine/dsp/convolver.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "engine/dsp/dither.hpp"

namespace talkback::dsp {
namespace {

std::vector<float> noise(int frames, int seed) {
  std::vector<float> result;
  const TpdfDither source(static_cast<std::uint64_t>(seed));
  for (int n = 0; n < frames; ++n) result.push_back(static_cast<float>(source.noise(0, {n})));
  return result;
}

TEST(FftTest, IsTheSumThatDefinesIt) {
  for (const int size : {1, 2, 4, 8, 16, 32, 64, 128, 512, 1'024}) {
    const std::vector<float> re = noise(size, 1);
    const std::vector<float> im = noise(size, 2);
    std::vector<float> out_re = re;
    std::vector<float> out_im = im;
    std::vector<float> scratch(2 * static_cast<std::size_t>(size));
    const Fft fft(size);
    fft.forward(out_re.data(), out_im.data(), scratch.data(), scratch.data() + size);
    for (int k = 0; k < size; ++k) {
      std::complex<double> sum;
      for (int n = 0; n < size; ++n) {
        const auto i = static_cast<std::size_t>(n);
        sum += std::complex(static_cast<double>(re[i]), static_cast<double>(im[i])) *
               std::polar(1.0, -2.0 * std::numbers::pi * (k * n % size) / size);
      }
      const auto i = static_cast<std::size_t>(k);
      EXPECT_LT(std::abs(sum - std::complex(static_cast<double>(out_re[i]), static_cast<double>(out_im[i]))),
                2e-6 * std::sqrt(size))
          << size;
    }
    fft.inverse(out_re.data(), out_im.data(), scratch.data(), scratch.data() + size);
    for (std::size_t n = 0; n < re.size(); ++n) {
      EXPECT_NEAR(out_re[n] / static_cast<float>(size), re[n], 2e-6F);
      EXPECT_NEAR(out_im[n] / static_cast<float>(size), im[n], 2e-6F);
    }
  }
}

struct Stereo {
  std::vector<float> left;
  std::vector<float> right;
};

AudioBuffer buffer_of(const Stereo& sound) {
  AudioBuffer result(2, static_cast<int>(sound.left.size()));
  std::ranges::copy(sound.left, result.block().channel(0).begin());
  std::ranges::copy(sound.right, result.block().channel(1).begin());
  return result;
}

Convolver crossed(const std::vector<std::vector<float>>& responses) {
  Convolver result;
  std::vector<std::span<const float>> views(responses.begin(), responses.end());
  const std::vector<Convolver::Path> paths = {{0, 0, 0}, {0, 1, 1}, {1, 0, 1}, {1, 1, 2}};
  result.prepare(2, 2, views, paths);
  return result;
}

double direct(const std::vector<float>& response, const std::vector<float>& input, std::size_t n) {
  double sum = 0.0;
  for (std::size_t k = 0; k < response.size() && k <= n; ++k)
    sum += static_cast<double>(response[k]) * static_cast<double>(input[n - k]);
  return sum;
}

// Responses that end inside the head, at its end, and inside and at the end of each level.
TEST(ConvolverTest, IsTheSumThatDefinesIt) {
  const Stereo input{noise(40'000, 1), noise(40'000, 2)};
  for (const int frames : {0, 1, 100, 128, 129, 1'024, 1'025, 8'192, 8'300, 30'000}) {
    const std::vector<std::vector<float>> responses = {noise(frames, 3), noise(frames / 2, 4), noise(frames, 5)};
    Convolver convolver = crossed(responses);
    AudioBuffer sound = buffer_of(input);
    convolver.process(sound.block(), sound.block());
    // Noise of a power of 1/6 through as many taps.
    const double level = std::sqrt(std::max(frames, 1)) / 6.0;
    for (std::size_t n = 0; n < 40'000; n += n < 1'200 ? 1 : 487) {
      const double left = direct(responses[0], input.left, n) + direct(responses[1], input.right, n);
      const double right = direct(responses[1], input.left, n) + direct(responses[2], input.right, n);
      ASSERT_NEAR(static_cast<double>(sound.block().channel(0)[n]), left, 3e-6 * level) << frames << " at " << n;
      ASSERT_NEAR(static_cast<double>(sound.block().channel(1)[n]), right, 3e-6 * level) << frames << " at " << n;
    }
  }
}

std::vector<std::byte> saved(Convolver& convolver) {
  std::vector<std::byte> bytes;
  StateArchive archive = StateArchive::saving(bytes);
  convolver.archive(archive);
  return bytes;
}

TEST(ConvolverTest, AnyBlockSizeAndAnyPlaceToGoOnGiveTheSameSamples) {
  const std::vector<std::vector<float>> responses = {noise(20'000, 3), noise(9'000, 4), noise(20'000, 5)};
  const Stereo input{noise(50'000, 1), noise(50'000, 2)};
  Convolver reference = crossed(responses);
  AudioBuffer expected = buffer_of(input);
  reference.process(expected.block(), expected.block());
  for (const int block : {1, 441, 512, 8'192}) {
    Convolver convolver = crossed(responses);
    AudioBuffer sound = buffer_of(input);
    for (int n = 0; n < 50'000; n += block) {
      const AudioBlock part = sound.block().slice(n, std::min(block, 50'000 - n));
      convolver.process(part, part);
    }
    for (int c = 0; c < 2; ++c)
      EXPECT_TRUE(std::ranges::equal(sound.block().channel(c), expected.block().channel(c))) << block;
  }
  for (const int cut : {0, 77, 8'192, 33'333}) {
    Convolver first = crossed(responses);
    AudioBuffer sound = buffer_of(input);
    first.process(sound.block().slice(0, cut), sound.block().slice(0, cut));
    const std::vector<std::byte> state = saved(first);
    Convolver second = crossed(responses);
    StateArchive loading = StateArchive::loading(state);
    second.archive(loading);
    EXPECT_TRUE(loading.is_complete());
    EXPECT_EQ(saved(second), state);
    const AudioBlock rest = sound.block().slice(cut, 50'000 - cut);
    second.process(rest, rest);
    for (int c = 0; c < 2; ++c)
      EXPECT_TRUE(std::ranges::equal(sound.block().channel(c), expected.block().channel(c))) << cut;
  }
}

TEST(ConvolverTest, ResetForgetsThePast) {
  Convolver convolver = crossed({noise(3'000, 3), noise(3'000, 4), noise(3'000, 5)});
  const Stereo input{noise(5'000, 1), noise(5'000, 2)};
  AudioBuffer first = buffer_of(input);
  convolver.process(first.block(), first.block());
  convolver.reset();
  AudioBuffer second = buffer_of(input);
  convolver.process(second.block(), second.block());
  for (int c = 0; c < 2; ++c) EXPECT_TRUE(std::ranges::equal(first.block().channel(c), second.block().channel(c)));
}

}  // namespace
}  // namespace talkback::dsp
