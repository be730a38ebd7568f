#include "engine/graph/automation_curve.hpp"

#include <gtest/gtest.h>

namespace talkback::graph {
namespace {

TEST(AutomationCurveTest, HoldsBeforeTheFirstAndAfterTheLast) {
  const AutomationCurve curve({{{100}, 1.0}, {{200}, 3.0}});
  EXPECT_EQ(curve.value_at(-50), 1.0);
  EXPECT_EQ(curve.value_at(150), 2.0);
  EXPECT_EQ(curve.value_at(9'000), 3.0);
  EXPECT_EQ(curve.steady_until(0), 100);
  EXPECT_EQ(curve.steady_until(150), 150);
  EXPECT_EQ(curve.steady_until(200), AutomationCurve::kForever);
}

TEST(AutomationCurveTest, JumpsCrossOverFromTheirBreakpointOn) {
  const AutomationCurve curve({{{100}, 0.0, CurveShape::hold}, {{200}, 1.0, CurveShape::hold}});
  EXPECT_EQ(curve.value_at(199), 0.0);
  EXPECT_EQ(curve.value_at(200), 0.0);
  EXPECT_EQ(curve.value_at(216), 0.5);
  EXPECT_EQ(curve.value_at(232), 1.0);
}

TEST(AutomationCurveTest, StepsAreThereAtTheirBreakpoint) {
  const AutomationCurve curve({{{100}, 1.0, CurveShape::step}, {{205}, 5.0, CurveShape::step}});
  EXPECT_EQ(curve.value_at(0), 1.0);
  EXPECT_EQ(curve.value_at(204), 1.0);
  EXPECT_EQ(curve.value_at(205), 5.0);
  EXPECT_EQ(curve.steady_until(100), 205);
  EXPECT_EQ(curve.steady_until(205), AutomationCurve::kForever);
}

TEST(AutomationCurveTest, TensionMovesEarlyOrLate) {
  const auto middle = [](double tension) {
    return AutomationCurve({{{0}, 0.0, CurveShape::curve, tension}, {{100}, 1.0}}).value_at(50);
  };
  EXPECT_NEAR(middle(0.0), 0.5, 1e-9);
  EXPECT_GT(middle(0.5), 0.7);
  EXPECT_LT(middle(-0.5), 0.3);
  EXPECT_NEAR(middle(1.0), 1.0 - middle(-1.0), 1e-12);
}

}  // namespace
}  // namespace talkback::graph
