// A problem's answer is the same bits whatever its lane mates, order, threads, width.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/problem/judge.hpp"
#include "ipm_checks.hpp"
#include "random_problem.hpp"

namespace {

using namespace wattstein::kernels;
using namespace wattstein::test;
using wattstein::engine::Judge;

TEST(IpmInvariance, OrderThreadsAndCompanyChangeNoBit) {
  for (const bool vary : {false, true}) {
    const Made made = make_problem({.variables = 40,
                                    .rows = 13,
                                    .second_order = 2,
                                    .rotated = 2,
                                    .quadratic = true,
                                    .matrices_vary = vary,
                                    .seed = 11});
    const Batch& batch = made.batch;
    MethodSettings settings = with_tolerance(1e-7);
    const RawSolution base = solve(batch, settings);
    auto reversed = all_of(batch);
    std::reverse(reversed.begin(), reversed.end());
    settings.threads = 3;
    const RawSolution other = solve(batch, settings, reversed);
    for (std::int64_t b = 0; b < batch.problems; ++b) expect_same_bits(batch, base, b, other, b);
    // Alone, in a batch of one: the width that a batch of one gets must not matter either.
    settings.threads = 1;
    for (const std::int64_t b : {std::int64_t{0}, std::int64_t{17}, batch.problems - 1}) {
      const Batch one = extract(batch, b);
      expect_same_bits(batch, base, b, solve(one, settings), 0);
    }
  }
}

// Two sides, one, none or a single value: what a variable or row is in one lane must not matter to the others, nor may
// a neighbour without a feasible point or with a NaN.
TEST(IpmInvariance, NeighboursWithOtherSidesChangeNoBit) {
  for (const bool quadratic : {false, true}) {
    const Made made = make_problem({.variables = 40, .rows = 13, .rotated = 2, .quadratic = quadratic, .seed = 13});
    Batch batch = made.batch;
    const auto own = [&batch](Field& field, int width) {
      Field all = Field::rows(batch.problems, width);
      for (std::int64_t b = 0; b < batch.problems; ++b) std::copy_n(field.of(b), width, all.of(b));
      field = all;
    };
    own(batch.lb, batch.variables), own(batch.ub, batch.variables), own(batch.l, batch.rows), own(batch.u, batch.rows);
    for (std::int64_t b = 0; b < batch.problems; ++b) {
      for (int j = 0; j < batch.variables; ++j) {
        double &lower = batch.lb.of(b)[j], &upper = batch.ub.of(b)[j];
        if ((b + j) % 5 == 1) upper = lower = std::isfinite(lower) ? lower : 0.0;
        if ((b + j) % 7 == 2) upper = infinity;
        if ((b + 2 * j) % 11 == 3) lower = -infinity;
      }
      for (int i = 0; i < batch.rows; ++i) {
        if ((b + i) % 6 == 1) batch.u.of(b)[i] = infinity;
        if ((b + i) % 6 == 4) batch.l.of(b)[i] = -infinity;
      }
    }
    batch.l.of(9)[0] = batch.u.of(9)[0] = 1e6;  // out of reach of bounded variables
    batch.lb.of(10)[3] = std::nan("");
    for (const bool careful : {false, true}) {
      MethodSettings settings = with_tolerance(1e-7);
      settings.careful = careful;
      const RawSolution base = solve(batch, settings);
      for (std::int64_t b = 0; b < std::min<std::int64_t>(batch.problems, 24); ++b) {
        if (b == 10) continue;
        expect_same_bits(batch, base, b, solve(extract(batch, b), settings), 0);
      }
    }
  }
}

// The careful start runs for all lanes at once and its solves repeat for those that need it: still no bit may change.
TEST(IpmInvariance, CarefulAnswersAreRightAndChangeNoBitInCompany) {
  const Made made = make_problem({.variables = 40,
                                  .rows = 13,
                                  .second_order = 2,
                                  .rotated = 2,
                                  .quadratic = true,
                                  .matrices_vary = true,
                                  .seed = 21});
  const Batch& batch = made.batch;
  MethodSettings settings = with_tolerance(1e-7);
  settings.careful = true;
  const RawSolution base = solve(batch, settings);
  auto reversed = all_of(batch);
  std::reverse(reversed.begin(), reversed.end());
  settings.threads = 3;
  const RawSolution other = solve(batch, settings, reversed);
  Judge judge(batch);
  std::vector<double> d(static_cast<std::size_t>(batch.variables));
  for (std::int64_t b = 0; b < batch.problems; ++b) {
    expect_same_bits(batch, base, b, other, b);
    RawSolution answer = base;
    const auto truth = judge.judge(b, answer.x.data() + b * batch.variables, answer.y.data() + b * batch.rows,
                                   answer.w.data() + b * batch.cone_rows(), d.data(), 1e-7);
    const double known = made.objective[static_cast<std::size_t>(b)];
    EXPECT_TRUE(std::fabs(truth.objective - known) <= 1e-7 * (1.0 + std::fabs(known))) << b;
  }
  settings.threads = 1;
  expect_same_bits(batch, base, 17, solve(extract(batch, 17), settings), 0);
}

TEST(IpmInvariance, EveryWidthAgrees) {
  const Made made = make_problem({.variables = 40, .rows = 13, .rotated = 3, .seed = 12});
  const Batch& batch = made.batch;
  Judge judge(batch);
  std::vector<double> d(static_cast<std::size_t>(batch.variables));
  for (const int lanes : {1, 2, 4, 8}) {
    RawSolution out = solve(batch, with_tolerance(1e-8, lanes));
    for (std::int64_t b = 0; b < batch.problems; ++b) {
      const auto at = static_cast<std::size_t>(b);
      EXPECT_EQ(out.status[at], Status::solved) << lanes << " lanes, problem " << b;
      const auto truth = judge.judge(b, out.x.data() + b * batch.variables, out.y.data() + b * batch.rows,
                                     out.w.data() + b * batch.cone_rows(), d.data(), 1e-8);
      const double error = std::fabs(truth.objective - made.objective[at]) / (1.0 + std::fabs(made.objective[at]));
      EXPECT_TRUE(error <= 1e-8) << lanes << " lanes, problem " << b << ": " << error;
    }
  }
}

// A lone problem is factored by supernodes, lanes are not: not a bit may differ, however wide the supernodes are. The
// densest one without cones tries centrality correctors.
TEST(IpmInvariance, SupernodesGiveTheBitsOfTheLanes) {
  for (const double per_row : {3.0, 12.0, 120.0})
    for (const int cones : {0, 6}) {
      const Made made = make_problem({.problems = 5,
                                      .variables = 170,
                                      .rows = 140,
                                      .second_order = cones,
                                      .cone_size = 9,
                                      .quadratic = per_row < 100.0,
                                      .per_row = per_row});
      const RawSolution lanes = solve(made.batch, with_tolerance(1e-8)),
                        alone = solve(made.batch, with_tolerance(1e-8, 1));
      EXPECT_EQ(lanes.status, std::vector<Status>(5, Status::solved));
      EXPECT_EQ(lanes.status, alone.status);
      EXPECT_EQ(lanes.iterations, alone.iterations);
      EXPECT_EQ(lanes.x, alone.x);
      EXPECT_EQ(lanes.y, alone.y);
      EXPECT_EQ(lanes.w, alone.w);
    }
}

// Supernodes of several panels, rows of several tiles and some beside them.
TEST(IpmInvariance, PanelsGiveTheBitsOfTheLanes) {
  const Made made = make_problem({.problems = 4, .variables = 333, .rows = 300, .quadratic = false, .per_row = 200.0});
  const RawSolution lanes = solve(made.batch, with_tolerance(1e-6)), alone = solve(made.batch, with_tolerance(1e-6, 1));
  EXPECT_EQ(lanes.status, std::vector<Status>(4, Status::solved));
  EXPECT_EQ(lanes.iterations, alone.iterations);
  EXPECT_EQ(lanes.x, alone.x);
  EXPECT_EQ(lanes.y, alone.y);
}

}  // namespace
