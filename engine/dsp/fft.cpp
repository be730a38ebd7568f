#include "engine/dsp/fft.hpp"

#include <bit>
#include <cmath>
#include <numbers>

#include "engine/base/check.hpp"

namespace talkback::dsp {

Fft::Fft(int size) : size_(size) {
  TALKBACK_CHECK(size >= 1 && std::has_single_bit(static_cast<unsigned>(size)));
  int stride = 1;
  for (int length = size; length > 1;) {
    FftPass pass{length, stride, {}, {}};
    if (length == 2) {
      passes_.push_back(std::move(pass));
      break;
    }
    for (int power = 1; power <= 3; ++power) {
      for (int p = 0; p < length / 4; ++p) {
        const double angle = -2.0 * std::numbers::pi * power * p / length;
        pass.re.push_back(static_cast<float>(std::cos(angle)));
        pass.im.push_back(static_cast<float>(std::sin(angle)));
      }
    }
    pass.re.resize(pass.re.size() + kLanesMax);
    pass.im.resize(pass.im.size() + kLanesMax);
    passes_.push_back(std::move(pass));
    length /= 4;
    stride *= 4;
  }
}

}  // namespace talkback::dsp
