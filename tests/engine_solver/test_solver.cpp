// The solver as its users see it: right answers with certificates, statuses, neighbours that don't matter.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/error/error.hpp"
#include "engine/problem/builder.hpp"
#include "engine/solver/solver.hpp"
#include "solver_options.hpp"

namespace wattstein::engine {
namespace {

using test::with;
using testing::HasSubstr;

// Dispatch of three units to a load that differs per problem, with a quadratic cost and a spinning cone:
// minimise Σ c_i p_i + ½ a_i p_i²,  Σ p_i = load,  0 ≤ p ≤ 10,  ‖(p₀, p₁)‖ ≤ limit
Batch dispatch(const std::vector<double>& loads, bool quadratic, bool cone) {
  ProblemBuilder builder;
  for (int i = 0; i < 3; ++i) builder.variable("p", 0.0, 10.0, 1.0 + i);
  if (quadratic)
    for (int i = 0; i < 3; ++i) builder.add_square(i, 0.5 / (1 + i));
  const int balance = builder.row("balance", 0.0, 0.0);
  for (int i = 0; i < 3; ++i) builder.entry(balance, i, 1.0);
  if (cone) {
    const int first = builder.cone(ConeKind::second_order, 3);
    builder.cone_offset(first, 6.0);
    builder.cone_entry(first + 1, 0, 1.0);
    builder.cone_entry(first + 2, 1, 1.0);
  }
  Batch batch = builder.build("dispatch");
  batch.problems = static_cast<std::int64_t>(loads.size());
  batch.l = kernels::Field::rows(batch.problems, 1);
  batch.l.data = loads;
  batch.u = batch.l;
  return batch;
}

// Cheapest first: units 0, 1, 2 at 1, 2, 3 per unit of power.
double cheapest(double load) {
  const double a = std::min(load, 10.0), b = std::min(load - a, 10.0);
  return a + 2.0 * b + 3.0 * (load - a - b);
}

class EveryMethod : public testing::TestWithParam<const char*> {};

TEST_P(EveryMethod, FindsTheMeritOrder) {
  const std::vector<double> loads = {0.5, 7.0, 12.0, 25.0, 29.5};
  const Batch batch = dispatch(loads, false, false);
  const auto result = Solver(with(GetParam(), 1e-6)).solve(batch);
  for (std::size_t b = 0; b < loads.size(); ++b) {
    const auto at = static_cast<std::int64_t>(b);
    EXPECT_EQ(result.status[b], Status::solved) << loads[b];
    EXPECT_NEAR(result.objective[b], cheapest(loads[b]), 2e-5 * (1.0 + cheapest(loads[b])));
    EXPECT_LE(result.bound[b], cheapest(loads[b]) + 1e-9);
    EXPECT_NEAR(result.bound[b], cheapest(loads[b]), 1e-3);
    EXPECT_LE(result.relative_residual[b], 1e-6);
    // The price is that of the unit at the margin, positive at the lower side as the sign rule says.
    EXPECT_NEAR(result.y_of(at)[0], loads[b] < 10.0 ? 1.0 : loads[b] < 20.0 ? 2.0 : 3.0, 1e-3);
    EXPECT_STREQ(result.method_of(at), std::string(GetParam()) == "auto" ? "ipm" : GetParam());
  }
}

TEST_P(EveryMethod, SolvesQuadraticCostsAndCones) {
  const std::vector<double> loads = {3.0, 9.0, 14.0};
  for (const bool cone : {false, true}) {
    const Batch batch = dispatch(loads, true, cone);
    const auto reference = Solver(with("ipm", 1e-9)).solve(batch);
    const auto result = Solver(with(GetParam(), 1e-6)).solve(batch);
    for (std::size_t b = 0; b < loads.size(); ++b) {
      EXPECT_EQ(result.status[b], Status::solved);
      EXPECT_NEAR(result.objective[b], reference.objective[b], 1e-5 * (1.0 + std::fabs(reference.objective[b])));
      EXPECT_LE(result.bound[b], reference.objective[b] + 1e-7);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, EveryMethod, testing::Values("auto", "ipm", "pdhg", "admm"));

TEST(Solver, SinglePrecisionIsSwitchedByItsSettingAndChangesLastDigitsOnly) {
  std::vector<double> loads;
  for (int b = 0; b < 70; ++b) loads.push_back(0.5 + 0.2 * b);
  for (const bool cone : {false, true}) {
    const Batch batch = dispatch(loads, true, cone);
    SolverOptions options = with("ipm", 1e-6);
    const BatchResult begun = Solver(options).solve(batch);
    options.single_precision = false;
    const BatchResult exact = Solver(options).solve(batch);
    EXPECT_NE(begun.x, exact.x);
    for (std::size_t b = 0; b < loads.size(); ++b) {
      EXPECT_EQ(begun.status[b], Status::solved) << b;
      EXPECT_TRUE(std::fabs(begun.objective[b] - exact.objective[b]) <= 2e-6 * (1.0 + exact.objective[b])) << b;
      EXPECT_LE(begun.bound[b], exact.objective[b] + 1e-6 * (1.0 + exact.objective[b])) << b;
    }
  }
}

TEST(Solver, LockstepIsAnotherWayToTheSameAnswers) {
  std::vector<double> loads;
  for (int b = 0; b < 70; ++b) loads.push_back(0.5 + 0.4 * b);
  for (const bool polish : {false, true})
    for (const bool cone : {false, true}) {
      const Batch batch = dispatch(loads, cone, cone);
      SolverOptions options = with("pdhg", 1e-6);
      options.polish = polish;
      const BatchResult lanes = Solver(options).solve(batch);
      options.layout = "wide";
      const BatchResult wide = Solver(options).solve(batch);
      for (std::int64_t b = 0; b < batch.problems; ++b) {
        const auto at = static_cast<std::size_t>(b);
        EXPECT_EQ(wide.status[at], lanes.status[at]) << b;
        if (lanes.status[at] != Status::solved) continue;
        EXPECT_STREQ(wide.method_of(b), "pdhg");
        EXPECT_TRUE(std::abs(wide.objective[at] - lanes.objective[at]) <= 1e-4 * (1.0 + lanes.objective[at])) << b;
      }
    }
}

TEST(Solver, StatusesOfTheirOwnInOneBatch) {
  Batch batch = dispatch({5.0, 40.0, std::nan(""), 12.0}, false, false);  // 40 > 30: infeasible
  const auto result = Solver(with("auto", 1e-6)).solve(batch);
  EXPECT_EQ(result.status[0], Status::solved);
  EXPECT_EQ(result.status[1], Status::primal_infeasible);
  EXPECT_EQ(result.status[2], Status::invalid_data);
  EXPECT_EQ(result.status[3], Status::solved);
  EXPECT_EQ(result.objective[1], kernels::infinity);
  EXPECT_EQ(result.bound[1], kernels::infinity);
  // The ray is scaled to 1: y·40 − 30·y = 1 (y > 0 at the lower side).
  EXPECT_NEAR(result.y_of(1)[0], 0.1, 1e-6);
  EXPECT_TRUE(std::isnan(result.objective[2]) && std::isnan(result.x_of(2)[0]));
  EXPECT_EQ(result.iterations[2], 0);
}

TEST(Solver, AnUnboundedProblemGivesItsRay) {
  Batch batch = dispatch({5.0}, false, false);
  batch.lb.data = {-kernels::infinity, 0.0, 0.0};
  batch.ub.data = {10.0, 10.0, kernels::infinity};
  batch.q.data = {2.0, 1.0, 1.0};  // p₀ → −∞ pays 2, p₂ → ∞ costs 1
  const auto result = Solver(with("auto", 1e-6)).solve(batch);
  ASSERT_EQ(result.status[0], Status::dual_infeasible);
  EXPECT_NEAR(2.0 * result.x_of(0)[0] + result.x_of(0)[2], -1.0, 1e-9);
  EXPECT_EQ(result.objective[0], -kernels::infinity);
}

// Problems of every status in random order beside one another.
Batch mixed(std::mt19937& random, int problems) {
  std::vector<double> loads;
  std::uniform_real_distribution<double> load(0.1, 33.0);
  for (int b = 0; b < problems; ++b) loads.push_back(b % 11 == 5 ? std::nan("") : load(random));
  return dispatch(loads, true, true);
}

void expect_same_bits(const BatchResult& a, std::int64_t at, const BatchResult& b, std::int64_t bt) {
  ASSERT_EQ(a.status[at], b.status[bt]);
  EXPECT_EQ(a.iterations[at], b.iterations[bt]);
  const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  for (int j = 0; j < a.variables; ++j)
    EXPECT_TRUE(same(a.x_of(at)[j], b.x_of(bt)[j]) && same(a.d_of(at)[j], b.d_of(bt)[j]));
  for (int i = 0; i < a.rows; ++i) EXPECT_TRUE(same(a.y_of(at)[i], b.y_of(bt)[i]));
  for (int i = 0; i < a.cone_rows; ++i) EXPECT_TRUE(same(a.w_of(at)[i], b.w_of(bt)[i]));
  EXPECT_TRUE(same(a.objective[at], b.objective[bt]) && same(a.bound[at], b.bound[bt]));
}

TEST(Solver, AnAnswerDoesNotDependOnItsBatchOrderOrThreads) {
  std::mt19937 random(5);
  const Batch batch = mixed(random, 37);
  const auto whole = Solver(with("auto", 1e-6)).solve(batch);
  for (const std::int64_t b : {0, 5, 17, 36}) {
    const auto alone = Solver(with("auto", 1e-6)).solve(kernels::extract(batch, b));
    expect_same_bits(whole, b, alone, 0);
  }
  auto options = with("auto", 1e-6);
  options.shuffle_seed = 3;
  options.threads = 2;
  const auto shuffled = Solver(options).solve(batch);
  for (std::int64_t b = 0; b < batch.problems; ++b) expect_same_bits(whole, b, shuffled, b);
  options.memory_gb = 1e-6;  // a slice for every few problems
  const auto sliced = Solver(options).solve(batch);
  for (std::int64_t b = 0; b < batch.problems; ++b) expect_same_bits(whole, b, sliced, b);
}

TEST(Solver, AStopLeavesTheRestAtTheTimeLimit) {
  std::mt19937 random(5);
  const Batch batch = mixed(random, 20);
  std::atomic<bool> stop{true};
  auto options = with("auto", 1e-6);
  options.stop = &stop;
  const auto result = Solver(options).solve(batch);
  for (std::int64_t b = 0; b < batch.problems; ++b)
    EXPECT_TRUE(result.status[b] == Status::time_limit || result.status[b] == Status::invalid_data);
}

TEST(Solver, WrongSettingsAreRefused) {
  const Batch batch = dispatch({5.0}, false, false);
  const auto message = [&](const SolverOptions& options) -> std::string {
    try {
      Solver(options).solve(batch);
    } catch (const Error& error) {
      return error.what();
    }
    return "(accepted)";
  };
  EXPECT_THAT(message(with("simplex", 1e-6)), HasSubstr("expected auto, pdhg, admm or ipm"));
  EXPECT_THAT(message(with("auto", -1.0)), HasSubstr("tolerance"));
  auto options = with("auto", 1e-6);
  options.device = "tpu";
  EXPECT_THAT(message(options), HasSubstr("expected auto, cpu or cuda"));
  options = with("pdhg", 1e-6);
  options.layout = "tall";
  EXPECT_THAT(message(options), HasSubstr("expected auto, lanes or wide"));
  Batch torn = batch;
  torn.q.data.pop_back();
  EXPECT_THROW(Solver(with("auto", 1e-6)).solve(torn), Error);
}

// Loads that differ: few bases answer them all.
TEST(SolverPool, AnswersAreVerifiedAndNeighboursDoNotMatter) {
  std::vector<double> loads;
  for (int i = 0; i < 60; ++i) loads.push_back(0.1 + 0.49 * i);
  loads[17] = 31.0;  // more than all units have
  loads[23] = std::nan("");
  const Batch batch = dispatch(loads, false, false);
  auto options = with("auto", 1e-6);
  options.pool = 100;
  Solver solver(options);
  for (int round = 0; round < 2; ++round) {
    const auto result = solver.solve(batch);
    for (std::size_t b = 0; b < loads.size(); ++b) {
      if (b == 17 || b == 23) continue;
      ASSERT_EQ(result.status[b], Status::solved) << loads[b];
      EXPECT_STREQ(result.method_of(static_cast<std::int64_t>(b)), "pool");
      EXPECT_NEAR(result.objective[b], cheapest(loads[b]), 1e-6 * (1.0 + cheapest(loads[b])));
      EXPECT_NEAR(result.bound[b], cheapest(loads[b]), 1e-6 * (1.0 + cheapest(loads[b])));
      EXPECT_LE(result.iterations[b], round == 1 ? 0 : 100) << loads[b];
    }
    EXPECT_EQ(result.status[17], Status::primal_infeasible);
    EXPECT_STREQ(result.method_of(17), "ipm");
    EXPECT_EQ(result.status[23], Status::invalid_data);
  }
}

TEST(SolverPool, WhatItIsNotForGoesToTheMethods) {
  auto options = with("auto", 1e-6);
  options.pool = 100;
  const auto result = Solver(options).solve(dispatch({3.0, 12.0}, true, true));
  EXPECT_EQ(result.status[0], Status::solved);
  EXPECT_STREQ(result.method_of(0), "ipm");
}

}  // namespace
}  // namespace wattstein::engine
