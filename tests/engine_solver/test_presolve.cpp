// Presolve: random problems full of what it removes, solved with and without it.

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/problem/builder.hpp"
#include "engine/problem/elastic.hpp"
#include "engine/problem/judge.hpp"
#include "engine/problem/presolve.hpp"
#include "engine/solver/model_solver.hpp"

namespace wattstein::engine {
namespace {

Batch random_model(unsigned seed, bool quadratic) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> number(-2.0, 2.0);
  const auto one_in = [&](int of) { return std::uniform_int_distribution<int>(1, of)(random) == 1; };
  ProblemBuilder builder;
  const int n = 14;
  std::vector<double> inside;  // a feasible point
  for (int j = 0; j < n; ++j) {
    const double at = number(random);
    const bool fixed = one_in(5);
    builder.variable("x",
                     fixed       ? at
                     : one_in(4) ? -infinity
                                 : at - 1.0,
                     fixed       ? at
                     : one_in(4) ? infinity
                                 : at + 1.5,
                     number(random));
    inside.push_back(at);
    if (!fixed) builder.add_square(j, quadratic ? 0.3 : 0.0);
  }
  if (quadratic) builder.add_product(0, 1, 0.1);
  for (int i = 0; i < 12; ++i) {
    const int entries = i % 3 == 0 ? 1 : one_in(8) ? 0 : 2 + i % 4;
    std::vector<std::pair<int, double>> row;
    double value = 0.0;
    for (int e = 0; e < entries; ++e) {
      const int j = std::uniform_int_distribution<int>(0, n - 1)(random);
      const double a = number(random);
      row.push_back({j, a});
      value += a * inside[j];
    }
    const int kind = std::uniform_int_distribution<int>(0, 3)(random);
    const int at = builder.row("r",
                               kind == 0   ? value
                               : kind == 1 ? -infinity
                                           : value - 0.4,
                               kind == 0   ? value
                               : kind == 2 ? infinity
                                           : value + 0.7);
    for (const auto& [j, a] : row) builder.entry(at, j, a);
  }
  for (int j = 0; j < n; ++j) {  // keeps the problem bounded
    const int at = builder.row("box", inside[j] - 6.0, inside[j] + 6.0);
    builder.entry(at, j, 1.0);
  }
  if (quadratic) {
    const int first = builder.cone(ConeKind::second_order, 3);
    for (int i = 0; i < 3; ++i) {
      builder.cone_entry(first + i, 4 + i, 1.0);
      builder.cone_offset(first + i, i == 0 ? 8.0 - inside[4] : -inside[4 + i]);
    }
  }
  return builder.build("random");
}

SolverOptions accurate() {
  SolverOptions options;
  options.method = "ipm";
  options.tolerance = 1e-7;
  options.device = "cpu";
  options.threads = 1;
  return options;
}

TEST(Presolve, GivesTheSameAnswerWithMultipliersThatProveIt) {
  int smaller = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    const Batch problem = random_model(seed, seed % 2 == 0);
    const Presolve presolve(problem);
    smaller += presolve.removed_rows() > 5;
    auto options = accurate();
    options.aim = 1e-9;
    Solver solver(options);
    const auto plain = solver.solve(problem);
    ASSERT_EQ(plain.status[0], Status::solved) << seed;
    const auto presolved = solver.solve(presolve.reduced());
    ASSERT_EQ(presolved.status[0], Status::solved) << seed;
    EXPECT_NEAR(presolved.objective[0], plain.objective[0], 1e-5 * (1.0 + std::fabs(plain.objective[0]))) << seed;
    std::vector<double> x, y, w, d(static_cast<std::size_t>(problem.variables));
    presolve.restore(presolved.x.data(), presolved.y.data(), presolved.w.data(), false, x, y, w);
    const auto found = Judge(problem).judge(0, x.data(), y.data(), w.data(), d.data(), 1e-7);
    EXPECT_LE(found.relative(), 3e-7) << seed << ": primal " << found.primal_relative << " dual " << found.dual_relative
                                      << " gap " << found.gap_relative;
    EXPECT_NEAR(found.objective, plain.objective[0], 1e-5 * (1.0 + std::fabs(plain.objective[0]))) << seed;
  }
  EXPECT_GT(smaller, 30);
}

TEST(Presolve, RaysAreLedBack) {
  // x₀ ≥ 2 and x₁ ≥ 3 by rows of their own, x₀ + x₁ + x₂ ≤ 4 with x₂ fixed to 0.5.
  ProblemBuilder builder;
  for (int j = 0; j < 3; ++j) builder.variable("x", j == 2 ? 0.5 : -infinity, j == 2 ? 0.5 : infinity, 1.0);
  builder.entry(builder.row("a", 2.0, infinity), 0, 1.0);
  builder.entry(builder.row("b", -infinity, -6.0), 1, -2.0);
  const int sum = builder.row("sum", -infinity, 4.0);
  for (int j = 0; j < 3; ++j) builder.entry(sum, j, 1.0);
  Solver solver(accurate());
  const auto result = solve_model(solver, builder.build("infeasible"));
  ASSERT_EQ(result.status[0], Status::primal_infeasible);
  // y·(2, −6, 4) − 0.5 y₂ = 1 with s = 0: y ∝ (1, −½, −1), 2 + 3 − 4 + 0.5 = 1.5
  EXPECT_NEAR(result.y[0], 1.0 / 1.5, 1e-6);
  EXPECT_NEAR(result.y[1], -0.5 / 1.5, 1e-6);
  EXPECT_NEAR(result.y[2], -1.0 / 1.5, 1e-6);
}

TEST(Model, ABarelyInfeasibleProblemIsNotCalledSolved) {
  // x + y ≥ 1 + ε and 2x + 2y ≤ 2 in unit boxes, ε far below the tolerance.
  ProblemBuilder builder;
  builder.variable("x", 0.0, 1.0, 1.0);
  builder.variable("y", 0.0, 1.0, 2.0);
  const int low = builder.row("low", 1.0 + 2e-5, infinity), high = builder.row("high", -infinity, 2.0);
  for (int j = 0; j < 2; ++j) builder.entry(low, j, 1.0), builder.entry(high, j, 2.0);
  SolverOptions options;
  options.tolerance = 1e-4;
  Solver solver(options);
  const auto problem = builder.build("barely");
  const auto result = solve_model(solver, problem);
  ASSERT_EQ(result.status[0], Status::primal_infeasible);
  // y·(1 + ε) + 2 y₂ = 1 with y₂ = −y/2: y = 1/ε
  EXPECT_NEAR(result.y[0] * 2e-5, 1.0, 1e-2);
  EXPECT_EQ(solver.options().tolerance, 1e-4);
  EXPECT_FALSE(solver.options().careful);
}

TEST(Elastic, ItsValueIsTheDistanceFromFeasible) {
  // x ≥ 3 and x ≤ 1 by rows: 2 short.
  ProblemBuilder builder;
  builder.variable("x", -10.0, 10.0, 7.0);
  builder.variable("y", -10.0, 10.0, 0.0);
  builder.entry(builder.row("low", 3.0, infinity), 0, 1.0);
  builder.entry(builder.row("high", -infinity, 2.0), 0, 2.0);
  builder.entry(builder.row("other", 4.0, 4.0), 1, 0.5);
  const auto problem = builder.build("apart");
  const auto elastic = elastic_form(problem);
  EXPECT_EQ(elastic.variables, 2 + 4);
  Solver solver(accurate());
  const auto result = solver.solve(elastic);
  ASSERT_EQ(result.status[0], Status::solved);
  EXPECT_NEAR(result.objective[0], 2.0, 1e-6);
  auto y = result.y, w = result.w;
  std::vector<double> s(2);
  double residual = 0.0;
  EXPECT_TRUE(Judge(problem).primal_ray(0, y.data(), w.data(), s.data(), 1e-7, residual));
}

TEST(Presolve, NothingLeftIsStillAnswered) {
  ProblemBuilder builder;
  builder.variable("a", 1.0, 4.0, 2.0);
  builder.variable("b", -3.0, 4.0, -1.0);
  Solver solver(accurate());
  const auto result = solve_model(solver, builder.build("bounds alone"));
  ASSERT_EQ(result.status[0], Status::solved);
  EXPECT_NEAR(result.objective[0], 2.0 - 4.0, 1e-6);
}

}  // namespace
}  // namespace wattstein::engine
