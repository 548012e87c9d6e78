// First iterations in single precision: answers are those of double, whatever single precision can hold.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/problem/judge.hpp"
#include "ipm_checks.hpp"
#include "random_problem.hpp"

namespace {

using namespace wattstein::kernels;
using namespace wattstein::test;
using wattstein::engine::Judge;

// Objectives judged from the answers, and how many iterations they took.
void expect_known(const Made& made, const RawSolution& out, double tolerance) {
  Judge judge(made.batch);
  std::vector<double> d(static_cast<std::size_t>(made.batch.variables));
  RawSolution answer = out;
  for (std::int64_t b = 0; b < made.batch.problems; ++b) {
    EXPECT_EQ(out.status[static_cast<std::size_t>(b)], Status::solved) << b;
    const auto truth = judge.judge(b, answer.x.data() + b * made.batch.variables, answer.y.data() + b * made.batch.rows,
                                   answer.w.data() + b * made.batch.cone_rows(), d.data(), tolerance);
    const double known = made.objective[static_cast<std::size_t>(b)];
    EXPECT_TRUE(std::fabs(truth.objective - known) <= tolerance * (1.0 + std::fabs(known))) << b;
  }
}

void expect_same_objectives(const Batch& batch, RawSolution a, RawSolution b) {
  Judge judge(batch);
  std::vector<double> d(static_cast<std::size_t>(batch.variables));
  int solved = 0;
  for (std::int64_t at = 0; at < batch.problems; ++at) {
    if (b.status[static_cast<std::size_t>(at)] != Status::solved) continue;
    const auto objective = [&](RawSolution& of) {
      return judge
          .judge(at, of.x.data() + at * batch.variables, of.y.data() + at * batch.rows,
                 of.w.data() + at * batch.cone_rows(), d.data(), 1e-6)
          .objective;
    };
    const double first = objective(a), second = objective(b);
    EXPECT_TRUE(std::fabs(first - second) <= 2e-6 * (1.0 + std::fabs(second))) << at;
    ++solved;
  }
  EXPECT_GE(solved, batch.problems / 2);
}

double mean(const std::vector<int>& counts) {
  double sum = 0.0;
  for (const int count : counts) sum += count;
  return sum / static_cast<double>(counts.size());
}

TEST(IpmRough, AnswersAreRightAtEveryWidthAndCostHardlyMoreIterations) {
  for (const bool cones : {false, true})
    for (const bool vary : {false, true})
      for (const int lanes : {1, 2, 4, 8}) {
        const Made made = make_problem({.problems = 53,
                                        .variables = 40,
                                        .rows = 13,
                                        .second_order = cones ? 2 : 0,
                                        .rotated = cones ? 2 : 0,
                                        .quadratic = true,
                                        .full_quadratic = true,
                                        .matrices_vary = vary,
                                        .seed = 31});
        MethodSettings settings = with_tolerance(1e-8, lanes);
        const RawSolution rough = solve(made.batch, settings);
        settings.rough = false;
        const RawSolution exact = solve(made.batch, settings);
        expect_known(made, rough, 1e-7);
        EXPECT_LE(mean(rough.iterations), 1.15 * mean(exact.iterations));
      }
}

// It must be used at all, and be what the setting switches.
TEST(IpmRough, SettingChangesTheLastDigits) {
  const Made made = make_problem({.problems = 20, .variables = 40, .rows = 13, .quadratic = true, .seed = 32});
  MethodSettings settings = with_tolerance(1e-6);
  const RawSolution rough = solve(made.batch, settings);
  settings.rough = false;
  EXPECT_NE(rough.x, solve(made.batch, settings).x);
}

// Bounds that single precision counts as infinite, costs and sides at the ends of its range.
TEST(IpmRough, NumbersOutOfItsRangeAreLeftToDouble) {
  Made made = make_problem({.problems = 24, .variables = 40, .rows = 13, .quadratic = true, .seed = 33});
  Batch& batch = made.batch;
  Field lb = Field::rows(batch.problems, batch.variables), ub = lb;
  for (std::int64_t b = 0; b < batch.problems; ++b)
    for (int j = 0; j < batch.variables; ++j) {
      const double lower = batch.lb.of(b)[j], upper = batch.ub.of(b)[j];
      lb.of(b)[j] = std::isinf(lower) ? (b % 3 == 0 ? -2e12 : b % 3 == 1 ? -1e60 : lower) : lower;
      ub.of(b)[j] = std::isinf(upper) ? (b % 3 == 0 ? 2e12 : b % 3 == 1 ? 1e60 : upper) : upper;
    }
  batch.lb = lb;
  batch.ub = ub;
  MethodSettings settings = with_tolerance(1e-6);
  const RawSolution rough = solve(batch, settings);
  settings.rough = false;
  const RawSolution exact = solve(batch, settings);
  for (std::size_t b = 0; b < rough.status.size(); ++b)  // such far bounds are a trial for double as well
    EXPECT_TRUE(rough.status[b] == Status::solved || exact.status[b] != Status::solved) << b;
  expect_same_objectives(batch, rough, exact);
}

// Problems without a feasible point, without a lower bound, without numbers: as in double, and their mates unharmed.
TEST(IpmRough, ProblemsWithoutAnAnswerEndAsInDouble) {
  Made made = make_problem({.problems = 40,
                            .variables = 40,
                            .rows = 13,
                            .rotated = 2,
                            .quadratic = true,
                            .infinite_sides = 0.0,
                            .seed = 34});
  Batch& batch = made.batch;
  const auto own = [&batch](Field& field, int width) {
    Field all = Field::rows(batch.problems, width);
    for (std::int64_t b = 0; b < batch.problems; ++b) std::copy_n(field.of(b), width, all.of(b));
    field = all;
  };
  own(batch.lb, batch.variables), own(batch.ub, batch.variables), own(batch.l, batch.rows), own(batch.u, batch.rows);
  own(batch.q, batch.variables);
  batch.l.of(3)[0] = batch.u.of(3)[0] = 1e6;
  batch.l.of(21)[1] = 2e6;
  batch.u.of(21)[1] = std::numeric_limits<double>::infinity();
  batch.q.of(11)[5] = std::nan("");
  batch.lb.of(12)[2] = 5.0, batch.ub.of(12)[2] = 4.0;
  MethodSettings settings = with_tolerance(1e-6);
  const RawSolution rough = solve(batch, settings);
  settings.rough = false;
  const RawSolution exact = solve(batch, settings);
  EXPECT_EQ(rough.status[3], Status::primal_infeasible);
  EXPECT_EQ(rough.status[21], Status::primal_infeasible);
  EXPECT_EQ(rough.status, exact.status);
  expect_same_objectives(batch, rough, exact);
}

// Loose enough for the first iterations alone: most lanes end as they are handed over, many in a row.
TEST(IpmRough, LooseTolerancesEndWithoutAnIterationInDouble) {
  for (const bool vary : {false, true})
    for (const int lanes : {1, 8}) {
      const Made made = make_problem({.problems = 20000,
                                      .variables = 12,
                                      .rows = 4,
                                      .rotated = 1,
                                      .quadratic = true,
                                      .matrices_vary = vary,
                                      .seed = 37});
      const RawSolution out = solve(made.batch, with_tolerance(1e-2, lanes));
      int solved = 0;
      for (const Status status : out.status) solved += status == Status::solved ? 1 : 0;
      EXPECT_GE(solved, 19900);
    }
}

TEST(IpmRough, LimitOfIterationsCountsAllOfThem) {
  const Made made = make_problem({.problems = 20, .variables = 40, .rows = 13, .quadratic = true, .seed = 36});
  MethodSettings settings = with_tolerance(1e-8);
  settings.max_iterations = 4;
  const RawSolution out = solve(made.batch, settings);
  for (std::size_t b = 0; b < out.status.size(); ++b) {
    EXPECT_EQ(out.status[b], Status::iteration_limit) << b;
    EXPECT_LE(out.iterations[b], 5) << b;  // one in double, to be judged
  }
}

// A start that is given is used, not a rough one.
TEST(IpmRough, GivenStartsComeFirst) {
  Made made = make_problem({.problems = 20, .variables = 40, .rows = 13, .quadratic = true, .seed = 35});
  Batch& batch = made.batch;
  MethodSettings settings = with_tolerance(1e-6);
  const RawSolution cold = solve(batch, settings);
  batch.start_x = Field::rows(batch.problems, batch.variables);
  batch.start_x.data = cold.x;
  const RawSolution warm = solve(batch, settings);
  settings.rough = false;
  EXPECT_EQ(warm.x, solve(batch, settings).x);
}

}  // namespace
