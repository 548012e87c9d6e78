// Proofs of infeasibility and unboundedness for single problems, and what must not be taken for one.

#include <gtest/gtest.h>

#include <cmath>

#include "engine/problem/builder.hpp"
#include "engine/problem/judge.hpp"
#include "engine/problem/recession.hpp"
#include "engine/solver/model_solver.hpp"

namespace wattstein::engine {
namespace {

using kernels::infinity;

SolverOptions accurate() {
  SolverOptions options;
  options.tolerance = 1e-6;
  options.threads = 1;
  return options;
}

TEST(Recession, ItsPointIsARayWhereTheCostFallsForEver) {
  // min (x − y)² − x − y with x + y + z ≥ 1: along (1, 1, 0) for ever.
  ProblemBuilder builder;
  for (const char* name : {"x", "y", "z"}) builder.variable(name, -infinity, infinity, name[0] == 'z' ? 0.0 : -1.0);
  const int sum = builder.row("sum", 1.0, infinity);
  for (int j = 0; j < 3; ++j) builder.entry(sum, j, 1.0);
  kernels::Batch problem = builder.build("valley");
  problem.P.pattern = {3, 3, {0, 2, 3, 3}, {0, 1, 1}};
  problem.P.data = {2.0, -2.0, 2.0};
  const kernels::Batch form = recession_form(problem);
  EXPECT_EQ(form.rows, 3);  // the row, and two of P that are not empty
  Solver solver(accurate());
  auto result = solver.solve(form);
  ASSERT_EQ(result.status[0], Status::solved);
  EXPECT_LT(result.objective[0], -0.1);
  clean_direction(form, result.x.data());
  double residual = 0.0;
  EXPECT_TRUE(Judge(problem).dual_ray(0, result.x.data(), 1e-5, residual));
  const auto whole = solve_model(solver, problem);
  ASSERT_EQ(whole.status[0], Status::dual_infeasible);
  EXPECT_NEAR(whole.x[0], 0.5, 1e-6);  // scaled to qᵀx = −1
  EXPECT_NEAR(whole.x[1], 0.5, 1e-6);
}

TEST(Recession, ABoundedProblemHasNoneButZero) {
  ProblemBuilder builder;
  builder.variable("x", -infinity, infinity, 1.0);
  builder.variable("y", 0.0, infinity, 1.0);
  builder.entry(builder.row("low", -3.0, infinity), 0, 1.0);
  Solver solver(accurate());
  const auto result = solver.solve(recession_form(builder.build("bounded")));
  ASSERT_EQ(result.status[0], Status::solved);
  EXPECT_NEAR(result.objective[0], 0.0, 1e-6);
}

// Feasible only far out: 1e-11 x = 1. The multiplier 1 leaves no more than 1e-11 of the column, and proves nothing.
TEST(Proofs, ASmallColumnIsNoProofOfInfeasibility) {
  ProblemBuilder builder;
  builder.variable("x", -infinity, infinity, 1.0);
  builder.variable("y", 0.0, infinity, 1e-3);
  const int row = builder.row("far", 1.0, 1.0);
  builder.entry(row, 0, 1e-11), builder.entry(row, 1, 1e-12);
  const auto problem = builder.build("far");
  std::vector<double> y{1.0}, w, s(2);
  double residual = 0.0;
  EXPECT_FALSE(Judge(problem).primal_ray(0, y.data(), w.data(), s.data(), 1e-7, residual));
  Solver solver(accurate());
  EXPECT_NE(solve_model(solver, problem).status[0], Status::primal_infeasible);
}

// A dear variable held by a row: the direction that lowers the cost by 1 is so short that it leaves the row by 1e-10
// only.
TEST(Proofs, AShortDirectionIsNoProofOfUnboundedness) {
  ProblemBuilder builder;
  builder.variable("x", -infinity, infinity, 1e10);
  builder.entry(builder.row("low", -1.0, infinity), 0, 1.0);
  const auto problem = builder.build("dear");
  double x = -1.0, residual = 0.0;
  EXPECT_FALSE(Judge(problem).dual_ray(0, &x, 1e-7, residual));
  Solver solver(accurate());
  const auto result = solve_model(solver, problem);
  ASSERT_EQ(result.status[0], Status::solved);
  EXPECT_NEAR(result.objective[0], -1e10, 1e5);
}

}  // namespace
}  // namespace wattstein::engine
