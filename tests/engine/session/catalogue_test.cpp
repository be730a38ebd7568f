#include "engine/session/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace talkback::session {
namespace {

TEST(CatalogueTest, EffectsTellTheirParametersAsEditsNameThem) {
  const auto all = effects();
  const auto equaliser = std::ranges::find(all, "equaliser", &ProcessorDescription::name);
  ASSERT_NE(equaliser, all.end());
  const auto frequency = std::ranges::find(equaliser->parameters, "band_8.frequency_hz", &ParameterDescription::name);
  ASSERT_NE(frequency, equaliser->parameters.end());
  EXPECT_EQ(frequency->unit, "Hz");
  EXPECT_EQ(frequency->min, 10.0);
  EXPECT_EQ(frequency->max, 40'000.0);
  EXPECT_EQ(frequency->default_value, 1'000.0);
  EXPECT_TRUE(frequency->is_number && frequency->is_automatable && frequency->is_logarithmic);
  const auto shape = std::ranges::find(equaliser->parameters, "band_1.shape", &ParameterDescription::name);
  ASSERT_NE(shape, equaliser->parameters.end());
  EXPECT_FALSE(shape->is_number);
  EXPECT_EQ(shape->choices.front(), "bell");
}

// Whoever draws a control needs a range, and a default inside it.
TEST(CatalogueTest, EveryNumberHasARangeWithItsDefaultInside) {
  for (const auto& list : {effects(), instruments()}) {
    EXPECT_FALSE(list.empty());
    for (const ProcessorDescription& processor : list) {
      EXPECT_FALSE(processor.parameters.empty()) << processor.name;
      for (const ParameterDescription& parameter : processor.parameters) {
        if (!parameter.is_number) continue;
        EXPECT_LT(parameter.min, parameter.max) << processor.name << "." << parameter.name;
        EXPECT_LE(parameter.min, parameter.default_value) << processor.name << "." << parameter.name;
        EXPECT_LE(parameter.default_value, parameter.max) << processor.name << "." << parameter.name;
        EXPECT_FALSE(parameter.is_logarithmic && parameter.min <= 0.0) << processor.name << "." << parameter.name;
      }
    }
  }
}

}  // namespace
}  // namespace talkback::session
