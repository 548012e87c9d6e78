// Lone problems whose systems no refinement solves to the last digit.

#include <gtest/gtest.h>

#include <cmath>

#include "engine/problem/builder.hpp"
#include "engine/solver/model_solver.hpp"

namespace wattstein::engine {
namespace {

using kernels::infinity;

// The curve nearest to given points whose third differences are not negative: multipliers grow with the cube of the
// number of points, the condition of the rows with its sixth power.
kernels::Batch smooth_fit(int points) {
  ProblemBuilder builder;
  for (int j = 0; j < points; ++j) {
    const double y = std::sqrt(double(j) / (points - 1)) + 0.1 * std::sin(20.0 * j);
    builder.variable("x", -infinity, infinity, -y);
    builder.add_product(j, j, 0.5);
  }
  for (int j = 0; j + 3 < points; ++j) {
    const int row = builder.row("bend", 0.0, infinity);
    const double difference[] = {-1.0, 3.0, -3.0, 1.0};
    for (int t = 0; t < 4; ++t) builder.entry(row, j + t, difference[t]);
  }
  return builder.build("fit");
}

TEST(IllConditioned, AThousandThirdDifferencesAreFitted) {
  for (const auto& [points, expected] : {std::pair{200, -50.1007705}, {1000, -249.91177}}) {
    SolverOptions options;
    options.tolerance = 1e-6;
    options.threads = 1;
    Solver solver(options);
    const auto result = solve_model(solver, smooth_fit(points));
    ASSERT_EQ(result.status[0], Status::solved) << points;
    EXPECT_LE(result.iterations[0], 60) << points;
    const double error = std::fabs(result.objective[0] - expected) / (1.0 + std::fabs(expected));
    EXPECT_TRUE(error <= 2e-6) << points << ": " << result.objective[0];
  }
}

}  // namespace
}  // namespace wattstein::engine
