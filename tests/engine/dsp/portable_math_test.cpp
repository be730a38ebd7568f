#include "engine/dsp/portable_math.hpp"

#include <gtest/gtest.h>

#include <numbers>

namespace talkback::dsp {
namespace {

TEST(PortableMathTest, AgreesWithTheSystemsFunctions) {
  for (double x = -40.0; x <= 40.0; x += 0.0371) {
    EXPECT_NEAR(portable::exp2(x) / std::exp2(x), 1.0, 1e-14) << x;
    EXPECT_NEAR(portable::sine_of_turns(x), std::sin(2.0 * std::numbers::pi * (x - std::floor(x))), 1e-14) << x;
    EXPECT_NEAR(portable::cosine_of_turns(x), std::cos(2.0 * std::numbers::pi * (x - std::floor(x))), 1e-14) << x;
  }
  for (double turns = 0.0; turns < 0.24; turns += 0.003)
    EXPECT_NEAR(portable::tangent_of_turns(turns), std::tan(2.0 * std::numbers::pi * turns), 1e-12) << turns;
  EXPECT_NEAR(portable::gain_from_db(-6.0), std::pow(10.0, -0.3), 1e-14);
  EXPECT_NEAR(std::pow(portable::pole_of(4'800.0), 4'800.0), 1e-3, 1e-12);
}

TEST(PortableMathTest, WholePowersAndQuarterTurnsAreExact) {
  for (int power = -20; power <= 20; ++power) EXPECT_EQ(portable::exp2(power), std::ldexp(1.0, power));
  EXPECT_EQ(portable::sine_of_turns(0.0), 0.0);
  EXPECT_EQ(portable::sine_of_turns(1.0), 0.0);
  EXPECT_EQ(portable::gain_from_db(0.0), 1.0);
  EXPECT_EQ(portable::gain_from_db(-144.0), 0.0);
}

}  // namespace
}  // namespace talkback::dsp
