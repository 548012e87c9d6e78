// Quadratic costs that are not convex have no certified bound: they are refused, with a reason.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "engine/problem/builder.hpp"
#include "engine/problem/convexity.hpp"
#include "engine/problem/screen.hpp"

namespace wattstein::engine {
namespace {

using testing::HasSubstr;

// Σ_ij c_ij x_i x_j over n variables in [−1, 1].
kernels::Batch with_products(int n, const std::vector<std::vector<double>>& products) {
  ProblemBuilder builder;
  for (int j = 0; j < n; ++j) builder.variable("x", -1.0, 1.0);
  for (const auto& entry : products)
    builder.add_product(static_cast<int>(entry[0]), static_cast<int>(entry[1]), entry[2]);
  return builder.build("products");
}

bool is_convex(const kernels::Batch& batch) {
  return convex(batch.P.pattern, batch.P.data.data());
}

TEST(Convexity, SaddlesAreTold) {
  EXPECT_TRUE(is_convex(with_products(2, {{0, 0, 1}, {0, 1, 1}, {1, 1, 1}})));
  EXPECT_TRUE(is_convex(with_products(2, {{0, 0, 1}, {0, 1, 2}, {1, 1, 1}})));       // (x₀ + x₁)²
  EXPECT_FALSE(is_convex(with_products(2, {{0, 0, 1}, {0, 1, 2.001}, {1, 1, 1}})));  // one curvature just below 0
  EXPECT_FALSE(is_convex(with_products(2, {{0, 1, 1}})));                            // x₀ x₁
  EXPECT_FALSE(is_convex(with_products(3, {{0, 0, 5}, {1, 1, 1}, {1, 2, 1}})));      // no x₂² beside x₁ x₂
  EXPECT_TRUE(is_convex(with_products(3, {{0, 0, 1}, {0, 1, -2}, {1, 1, 1}, {2, 2, 0}})));
  // Digits that were cut off: −1e-9 of the diagonal.
  EXPECT_TRUE(is_convex(with_products(2, {{0, 0, 1}, {0, 1, 2.000000002}, {1, 1, 1}})));
}

// Squares of random combinations, fewer than variables: singular, yet convex; minus a little of one more: not.
TEST(Convexity, LowRankIsConvexUntilSomethingIsTakenAway) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  for (int trial = 0; trial < 50; ++trial) {
    const int n = 12, rank = 1 + trial % 11;
    std::vector<std::vector<double>> p(n, std::vector<double>(n, 0.0));
    const auto add = [&](double sign) {
      std::vector<double> a(n);
      for (double& value : a) value = normal(random);
      for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) p[i][j] += sign * a[i] * a[j];
    };
    for (int k = 0; k < rank; ++k) add(1.0);
    const auto built = [&] {
      std::vector<std::vector<double>> products;
      for (int i = 0; i < n; ++i)
        for (int j = i; j < n; ++j) products.push_back({double(i), double(j), (i == j ? 0.5 : 1.0) * p[i][j]});
      return with_products(n, products);
    };
    EXPECT_TRUE(is_convex(built())) << trial;
    add(-0.01);
    EXPECT_FALSE(is_convex(built())) << trial;
  }
}

// x₀ x₁ is linear where x₀ is fixed.
TEST(Convexity, FixedVariablesDoNotCount) {
  kernels::Batch batch = with_products(2, {{0, 1, 3}, {1, 1, 1}});
  EXPECT_FALSE(is_convex(batch));
  batch.problems = 2;
  batch.lb = kernels::Field::rows(2, 2, -1.0);
  batch.ub = kernels::Field::rows(2, 2, 1.0);
  batch.lb.of(1)[0] = batch.ub.of(1)[0] = 0.5;
  EXPECT_EQ(screen(batch), (std::vector<char>{0, 1}));
  EXPECT_EQ(invalid_reason(batch, 1), "");
}

TEST(Convexity, OneProblemOfABatchIsRefusedWithItsReason) {
  kernels::Batch batch = with_products(2, {{0, 0, 1}, {0, 1, 0.5}, {1, 1, 1}});
  batch.problems = 3;
  batch.P.per_problem = true;
  const std::vector<double> one = batch.P.data;
  batch.P.data = one;
  for (int b = 1; b < 3; ++b) batch.P.data.insert(batch.P.data.end(), one.begin(), one.end());
  batch.P.data[4] = 9.0;  // problem 1, beside the diagonal
  EXPECT_EQ(screen(batch), (std::vector<char>{1, 0, 1}));
  EXPECT_EQ(invalid_reason(batch, 0), "");
  EXPECT_THAT(invalid_reason(batch, 1), HasSubstr("not convex"));
  batch.lb = kernels::Field::rows(3, 2, -1.0);
  batch.lb.of(2)[1] = 4.0;
  EXPECT_EQ(screen(batch), (std::vector<char>{1, 0, 0}));
  EXPECT_THAT(invalid_reason(batch, 2), HasSubstr("has the sides 4 and 1; expected lower <= upper"));
}

}  // namespace
}  // namespace wattstein::engine
