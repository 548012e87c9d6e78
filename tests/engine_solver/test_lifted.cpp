// Quadratic costs beyond a diagonal for the methods that take no other: lifted, solved, led back, judged as given.

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "engine/problem/builder.hpp"
#include "engine/problem/lifted.hpp"
#include "engine/solver/solver.hpp"
#include "solver_options.hpp"
#include "tests/kernels_ipm/random_problem.hpp"

namespace wattstein::engine {
namespace {

using test::Made, test::make_problem, test::with;

// ½ xᵀPx of problem b.
double quadratic(const Batch& batch, std::int64_t b, const std::vector<double>& x) {
  std::vector<double> p(batch.P.pattern.indices.size());
  batch.P.values_of(b, p.data());
  double sum = 0.0;
  for (int i = 0; i < batch.P.pattern.rows; ++i)
    for (int e = batch.P.pattern.indptr[i]; e < batch.P.pattern.indptr[i + 1]; ++e) {
      const int j = batch.P.pattern.indices[e];
      sum += (i == j ? 0.5 : 1.0) * p[static_cast<std::size_t>(e)] * x[i] * x[j];
    }
  return sum;
}

TEST(Lifted, CostsAreTheSameAtEveryPoint) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal;
  for (const bool vary : {false, true}) {
    Batch batch = make_problem({.problems = 5,
                                .variables = 30,
                                .rows = 9,
                                .rotated = 1,
                                .quadratic = true,
                                .full_quadratic = true,
                                .matrices_vary = vary,
                                .seed = 41})
                      .batch;
    batch.start_x = kernels::Field::rows(batch.problems, batch.variables);
    for (double& x : batch.start_x.data) x = normal(random);
    ASSERT_GT(CoupledVariables(batch.P.pattern).size(), 0);
    const Lifted lifted(batch);
    EXPECT_EQ(CoupledVariables(lifted.batch().P.pattern).size(), 0);
    EXPECT_LT(lifted.batch().variables, 2 * batch.variables);  // those that P does not couple stay as they are
    for (std::int64_t b = 0; b < batch.problems; ++b) {
      // The start is led along: v = F x.
      const std::vector<double> x(batch.start_x.of(b), batch.start_x.of(b) + batch.variables);
      const std::vector<double> all(lifted.batch().start_x.of(b),
                                    lifted.batch().start_x.of(b) + lifted.batch().variables);
      const double given = quadratic(batch, b, x), other = quadratic(lifted.batch(), b, all);
      EXPECT_TRUE(std::fabs(given - other) <= 1e-10 * (1.0 + std::fabs(given))) << b;
    }
  }
}

class LiftedBy : public testing::TestWithParam<const char*> {};

TEST_P(LiftedBy, ReachesKnownOptimaOfFullCosts) {
  for (const bool vary : {false, true})
    for (const int cones : {0, 2}) {
      const Made made = make_problem({.problems = 12,
                                      .variables = 30,
                                      .rows = cones == 0 && vary ? 0 : 9,
                                      .second_order = cones,
                                      .quadratic = true,
                                      .full_quadratic = true,
                                      .matrices_vary = vary,
                                      .seed = 42});
      const BatchResult result = Solver(with(GetParam(), 1e-6)).solve(made.batch);
      for (std::int64_t b = 0; b < made.batch.problems; ++b) {
        const auto at = static_cast<std::size_t>(b);
        EXPECT_EQ(result.status[at], Status::solved) << b;
        EXPECT_STREQ(result.method_of(b), GetParam());
        const double known = made.objective[at];
        EXPECT_TRUE(std::fabs(result.objective[at] - known) <= 1e-5 * (1.0 + std::fabs(known))) << b;
        EXPECT_LE(result.relative_residual[at], 1e-6);
      }
    }
}

// ½ (x₀ + x₁ + x₂ − 6)² + 0.1 x₀ + 0.2 x₁ + 0.3 x₂ on [0, 4]³: P of rank one; x = (4, 1.8, 0), 0.02 + 0.4 + 0.36.
TEST_P(LiftedBy, TakesCostsOfLowRank) {
  ProblemBuilder builder;
  for (int j = 0; j < 3; ++j) builder.variable("x", 0.0, 4.0, -6.0 + 0.1 * (1 + j));
  for (int i = 0; i < 3; ++i)
    for (int j = i; j < 3; ++j) builder.add_product(i, j, i == j ? 0.5 : 1.0);
  builder.add_constant(18.0);
  const Batch batch = builder.build("low rank");
  const double expected = Solver(with("ipm", 1e-8)).solve(batch).objective[0];
  const BatchResult result = Solver(with(GetParam(), 1e-6)).solve(batch);
  EXPECT_EQ(result.status[0], Status::solved);
  EXPECT_NEAR(result.objective[0], expected, 1e-5);
  EXPECT_NEAR(expected, 0.78, 1e-5);
}

// What has no answer ends as by the interior point: a ray of the given problem, or none.
TEST_P(LiftedBy, InfeasibilityComesWithARayOfTheGivenProblem) {
  ProblemBuilder builder;
  for (int j = 0; j < 3; ++j) builder.variable("x", 0.0, 1.0, 0.0);
  for (int i = 0; i < 3; ++i)
    for (int j = i; j < 3; ++j) builder.add_product(i, j, i == j ? 1.0 : 0.3);
  const int row = builder.row("too much", 5.0, 6.0);
  for (int j = 0; j < 3; ++j) builder.entry(row, j, 1.0);
  const BatchResult result = Solver(with(GetParam(), 1e-6)).solve(builder.build("infeasible"));
  EXPECT_EQ(result.status[0], Status::primal_infeasible);
  EXPECT_GT(result.y_of(0)[0], 0.0);
}

TEST_P(LiftedBy, CostsThatAreNotConvexAreRefused) {
  ProblemBuilder builder;
  for (int j = 0; j < 2; ++j) builder.variable("x", -1.0, 1.0, 0.0);
  builder.add_square(0, 0.5), builder.add_square(1, 0.5), builder.add_product(0, 1, 2.0);
  EXPECT_EQ(Solver(with(GetParam(), 1e-6)).solve(builder.build("saddle")).status[0], Status::invalid_data);
  EXPECT_EQ(Solver(with("auto", 1e-6)).solve(builder.build("saddle")).status[0], Status::invalid_data);
}

INSTANTIATE_TEST_SUITE_P(Methods, LiftedBy, testing::Values("pdhg", "admm"));

}  // namespace
}  // namespace wattstein::engine
