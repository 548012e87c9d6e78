#include "kernels/math/projections.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace wattstein::test {
namespace {

using kernels::Pack;

/// Naive oracle: the projection onto ‖z‖ ≤ t by one-dimensional search over the radius t of the result, where z* is z
/// clipped to length t.
std::vector<double> oracle_second_order(const std::vector<double>& v) {
  double norm = 0.0;
  for (std::size_t i = 1; i < v.size(); ++i) norm = std::hypot(norm, v[i]);
  const auto distance = [&](double t) { return std::hypot(t - v[0], std::max(0.0, norm - t)); };
  double lo = 0.0, hi = std::abs(v[0]) + norm + 1.0;
  for (int step = 0; step < 300; ++step) {
    const double a = lo + (hi - lo) / 3.0, b = hi - (hi - lo) / 3.0;
    if (distance(a) < distance(b)) hi = b;
    else lo = a;
  }
  const double t = 0.5 * (lo + hi);
  std::vector<double> out(v);
  out[0] = t;
  for (std::size_t i = 1; i < v.size(); ++i) out[i] = norm > t && norm > 0.0 ? v[i] * t / norm : v[i];
  return out;
}

std::vector<double> random_vector(std::mt19937& random, std::size_t size) {
  std::normal_distribution<double> normal;
  std::vector<double> v(size);
  for (double& value : v) value = normal(random);
  return v;
}

TEST(Projections, SecondOrderConeMatchesASearch) {
  std::mt19937 random(1);
  for (const int size : {1, 2, 3, 4, 33})
    for (int trial = 0; trial < 50; ++trial) {
      std::vector<double> v = random_vector(random, static_cast<std::size_t>(size));
      v[0] *= 2.0;
      const std::vector<double> expected = oracle_second_order(v);
      kernels::project_second_order(v.data(), size);
      for (int i = 0; i < size; ++i) EXPECT_TRUE(std::abs(v[i] - expected[i]) <= 1e-6) << size << " " << i;
    }
}

/// Moreau: v = Π_K(v) - Π_K(-v) with both parts in K and orthogonal; it characterises the projection onto a self-dual
/// cone.
TEST(Projections, RotatedConeSplitsAsMoreauSays) {
  std::mt19937 random(2);
  for (const int size : {2, 3, 4, 33})
    for (int trial = 0; trial < 50; ++trial) {
      const std::vector<double> v = random_vector(random, static_cast<std::size_t>(size));
      std::vector<double> plus(v), minus(v);
      for (double& value : minus) value = -value;
      kernels::project_rotated(plus.data(), size);
      kernels::project_rotated(minus.data(), size);
      double product = 0.0, tail_plus = 0.0, tail_minus = 0.0;
      for (int i = 0; i < size; ++i) {
        EXPECT_TRUE(std::abs(plus[i] - minus[i] - v[i]) <= 1e-12);
        product += plus[i] * minus[i];
        if (i >= 2) tail_plus += plus[i] * plus[i], tail_minus += minus[i] * minus[i];
      }
      EXPECT_TRUE(std::abs(product) <= 1e-10);
      EXPECT_TRUE(tail_plus <= 2.0 * plus[0] * plus[1] + 1e-10 && plus[0] >= -1e-12 && plus[1] >= -1e-12);
      EXPECT_TRUE(tail_minus <= 2.0 * minus[0] * minus[1] + 1e-10 && minus[0] >= -1e-12 && minus[1] >= -1e-12);
    }
}

TEST(Projections, PacksProjectEveryLaneLikeAScalar) {
  std::mt19937 random(3);
  constexpr int width = 2;
  for (int kind = 0; kind < 2; ++kind) {
    std::vector<Pack<double, width>> packed(4);
    std::vector<std::vector<double>> scalars;
    for (int lane = 0; lane < width; ++lane) {
      scalars.push_back(lane == 1 ? std::vector<double>(4, 0.0) : random_vector(random, 4));
      for (int i = 0; i < 4; ++i) kernels::set_lane(packed[i], lane, scalars.back()[i]);
    }
    kernels::project_cone(kind, packed.data(), 4);
    for (int lane = 0; lane < width; ++lane) {
      kernels::project_cone(kind, scalars[lane].data(), 4);
      for (int i = 0; i < 4; ++i) EXPECT_EQ(kernels::get_lane(packed[i], lane), scalars[lane][i]);
    }
  }
}

TEST(Projections, ViolationIsZeroInsideAndPositiveOutside) {
  const double inside[4] = {2.0, 1.0, 0.5, 0.5}, outside[4] = {1.0, 1.0, 1.0, 0.0};
  EXPECT_EQ(kernels::cone_violation(0, inside, 4), 0.0);
  EXPECT_TRUE(std::abs(kernels::cone_violation(0, outside, 4) - (std::sqrt(2.0) - 1.0)) <= 1e-15);
  const double rotated_inside[3] = {2.0, 1.0, 1.9}, rotated_outside[3] = {1.0, -0.5, 0.0};
  EXPECT_EQ(kernels::cone_violation(1, rotated_inside, 3), 0.0);
  EXPECT_TRUE(kernels::cone_violation(1, rotated_outside, 3) > 0.4);
}

TEST(Projections, IntervalsMayBeOpen) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(kernels::project_interval(-7.0, -infinity, 3.0), -7.0);
  EXPECT_EQ(kernels::project_interval(7.0, -infinity, 3.0), 3.0);
  EXPECT_EQ(kernels::project_interval(7.0, -infinity, infinity), 7.0);
}

}  // namespace
}  // namespace wattstein::test
