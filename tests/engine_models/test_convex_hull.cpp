#include <gtest/gtest.h>

#include <random>

#include "engine/models/hub/heat.hpp"

namespace wattstein::engine {
namespace {

bool inside(const std::vector<HalfPlane>& sides, double p, double h) {
  for (const auto& side : sides)
    if (!(side.p_factor * p + side.h_factor * h <= side.limit + 1e-9)) return false;
  return true;
}

TEST(ConvexHull, HoldsEveryMixtureOfCornersAndNothingBeyondASide) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<PowerHeat> corners;
    for (int k = 0; k < 7; ++k) corners.push_back({uniform(random), uniform(random)});
    const auto sides = convex_hull(corners);
    ASSERT_GE(sides.size(), 3U);
    double p = 0.0, h = 0.0, sum = 0.0;
    for (const auto& corner : corners) {
      EXPECT_TRUE(inside(sides, corner.p_mw, corner.h_mw));
      const double weight = uniform(random);
      p += weight * corner.p_mw, h += weight * corner.h_mw, sum += weight;
    }
    EXPECT_TRUE(inside(sides, p / sum, h / sum));
    for (const auto& side : sides) {  // every side touches two corners: a step beyond one is outside
      int touched = 0;
      for (const auto& corner : corners) {
        if (!(std::abs(side.p_factor * corner.p_mw + side.h_factor * corner.h_mw - side.limit) <= 1e-9)) continue;
        ++touched;
        EXPECT_FALSE(inside(sides, corner.p_mw + 1e-6 * side.p_factor, corner.h_mw + 1e-6 * side.h_factor));
      }
      EXPECT_GE(touched, 2);
    }
  }
}

TEST(ConvexHull, DropsInnerAndRepeatedCorners) {
  const auto sides = convex_hull({{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0.5, 0.5}, {0.5, 0.0}, {1, 1}});
  EXPECT_EQ(sides.size(), 4U);
}

TEST(ConvexHull, OfASegmentIsItsLineFromBothSides) {
  const auto sides = convex_hull({{0.2, 0.1}, {1.0, 0.5}, {0.6, 0.3}});
  ASSERT_EQ(sides.size(), 2U);
  EXPECT_TRUE(inside(sides, 0.4, 0.2));
  EXPECT_FALSE(inside(sides, 0.4, 0.21));
  EXPECT_FALSE(inside(sides, 0.4, 0.19));
}

}  // namespace
}  // namespace wattstein::engine
