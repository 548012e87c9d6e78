// The interior point against constructed optima, on the threads of a device, from given starts, and on rays.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "engine/problem/judge.hpp"
#include "ipm_checks.hpp"
#include "random_problem.hpp"

namespace {

using namespace wattstein::kernels;
using wattstein::engine::Judge;
using namespace wattstein::test;

struct Case {
  const char* name;
  Shape shape;
};
void PrintTo(const Case& c, std::ostream* stream) {
  *stream << c.name;
}

class KnownOptimum : public testing::TestWithParam<Case> {};

TEST_P(KnownOptimum, ReachedAtEveryTolerance) {
  const Made made = make_problem(GetParam().shape);
  const Batch& batch = made.batch;
  for (const double tolerance : {1e-4, 1e-6, 1e-8}) {
    RawSolution out = solve(batch, with_tolerance(tolerance));
    Judge judge(batch);
    std::vector<double> d(static_cast<std::size_t>(batch.variables));
    for (std::int64_t b = 0; b < batch.problems; ++b) {
      const auto at = static_cast<std::size_t>(b);
      ASSERT_EQ(out.status[at], Status::solved) << "problem " << b << " at " << tolerance;
      const auto truth = judge.judge(b, out.x.data() + b * batch.variables, out.y.data() + b * batch.rows,
                                     out.w.data() + b * batch.cone_rows(), d.data(), tolerance);
      EXPECT_TRUE(truth.relative() <= tolerance) << "problem " << b << " at " << tolerance << ": " << truth.relative();
      const double error = std::fabs(truth.objective - made.objective[at]) / (1.0 + std::fabs(made.objective[at]));
      EXPECT_TRUE(error <= tolerance) << "problem " << b << " at " << tolerance << ": " << error;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Ipm, KnownOptimum,
    testing::Values(
        Case{"lp", {}}, Case{"lp_one_by_one", {.problems = 5, .variables = 1, .rows = 1, .seed = 2}},
        Case{"lp_without_rows", {.problems = 9, .variables = 7, .rows = 0, .seed = 3}},
        Case{"lp_values_vary", {.matrices_vary = true, .seed = 4}}, Case{"qp_diagonal", {.quadratic = true, .seed = 5}},
        Case{"qp_full_values_vary", {.quadratic = true, .full_quadratic = true, .matrices_vary = true, .seed = 6}},
        Case{"second_order", {.variables = 40, .rows = 13, .second_order = 5, .seed = 7}},
        Case{"rotated_quadratic", {.variables = 40, .rows = 13, .rotated = 5, .quadratic = true, .seed = 8}},
        Case{"large_cones",
             {.problems = 9, .variables = 90, .rows = 20, .second_order = 1, .rotated = 1, .cone_size = 33, .seed = 9}},
        Case{"cone_of_one",
             {.problems = 9, .variables = 20, .rows = 5, .second_order = 4, .cone_size = 1, .seed = 10}}),
    [](const auto& info) { return std::string(info.param.name); });

// Cones of more variables than a dense block may have stand expanded in the KKT matrix, which is less exact.
TEST(IpmCones, ExpandedConesReachModerateAccuracy) {
  const Made made =
      make_problem({.problems = 5, .variables = 700, .rows = 20, .second_order = 1, .cone_size = 300, .seed = 17});
  const Batch& batch = made.batch;
  RawSolution out = solve(batch, with_tolerance(1e-4));
  Judge judge(batch);
  std::vector<double> d(static_cast<std::size_t>(batch.variables));
  for (std::int64_t b = 0; b < batch.problems; ++b) {
    const auto at = static_cast<std::size_t>(b);
    ASSERT_EQ(out.status[at], Status::solved) << b;
    const auto truth = judge.judge(b, out.x.data() + b * batch.variables, out.y.data() + b * batch.rows,
                                   out.w.data() + b * batch.cone_rows(), d.data(), 1e-4);
    const double error = std::fabs(truth.objective - made.objective[at]) / (1.0 + std::fabs(made.objective[at]));
    EXPECT_TRUE(error <= 1e-4) << b << ": " << error;
  }
}

// x far from 1 in a direction that costs nothing and that no bound stops: a fixed regularisation would hold it back.
TEST(IpmCareful, VariablesOfVeryDifferentSizeArrive) {
  Batch batch = make_batch(1, 4, 2);
  batch.A.pattern = {2, 4, {0, 3, 5}, {0, 1, 2, 1, 3}};
  batch.A.data = {1.0, 1.0, -1e-6, 1e3, 1.0};
  batch.l = Field::shared({1e6, 5e5});
  batch.u = Field::shared({1e6, infinity});
  batch.lb = Field::shared({0.0, 0.0, 0.0, -infinity});
  batch.ub = Field::shared({infinity, infinity, infinity, 1e7});
  batch.q = Field::shared({1.0, 3.0, 1e-3, 2e-3});
  MethodSettings settings = with_tolerance(1e-8);
  settings.careful = true;
  RawSolution out = solve(batch, settings);
  ASSERT_EQ(out.status[0], Status::solved);

  std::vector<double> d(4);
  const auto truth = Judge(batch).judge(0, out.x.data(), out.y.data(), out.w.data(), d.data(), 1e-8);
  EXPECT_TRUE(truth.relative() <= 1e-8) << truth.relative();
}

// The thread body of the GPU, run by the CPU one thread after the other, must take the very steps of the lanes.
TEST(IpmThreads, EmulatedThreadsAgreeWithLanes) {
  for (const bool vary : {false, true}) {
    const Made made = make_problem({.problems = 40,
                                    .variables = 40,
                                    .rows = 13,
                                    .rotated = 2,
                                    .quadratic = true,
                                    .matrices_vary = vary,
                                    .seed = 19});
    MethodSettings settings = with_tolerance(1e-6);
    settings.rough = false;  // the lanes' alone
    const RawSolution lanes = solve(made.batch, settings);
    settings.device = Device::emulated_block;
    const RawSolution threads = solve(made.batch, settings);
    EXPECT_EQ(lanes.status, threads.status);
    EXPECT_EQ(lanes.iterations, threads.iterations);
    for (std::size_t i = 0; i < lanes.x.size(); ++i)
      EXPECT_TRUE(std::fabs(lanes.x[i] - threads.x[i]) <= 1e-5 * (1.0 + std::fabs(lanes.x[i]))) << i;
  }
}

// Numbers that all problems share travel once, the others with each chunk; a start may be missing for single problems.
TEST(IpmThreads, SharedNumbersAndStartsReachTheThreads) {
  Made made = make_problem({.problems = 40, .variables = 30, .rows = 9, .rotated = 2, .quadratic = true, .seed = 23});
  Batch& batch = made.batch;
  for (Field* field : {&batch.q, &batch.lb, &batch.ub}) {  // those of problem 0 serve all
    field->data.resize(static_cast<std::size_t>(field->width));
    field->per_problem = false;
  }
  MethodSettings settings = with_tolerance(1e-6);
  settings.rough = false;  // the lanes' alone
  const RawSolution cold = solve(batch, settings);
  batch.start_x = Field::rows(batch.problems, batch.variables);
  batch.start_x.data = cold.x;
  batch.start_y = Field::rows(batch.problems, batch.rows);
  batch.start_y.data = cold.y;
  batch.start_x.of(17)[3] = std::nan("");
  const RawSolution lanes = solve(batch, settings);
  settings.device = Device::emulated_block;
  settings.threads = 3;
  const RawSolution threads = solve(batch, settings, [&] {
    std::vector<std::int64_t> backwards = all_of(batch);
    std::reverse(backwards.begin(), backwards.end());
    return backwards;
  }());
  EXPECT_EQ(lanes.status, threads.status);
  EXPECT_EQ(lanes.iterations, threads.iterations);
  for (std::size_t i = 0; i < lanes.x.size(); ++i)
    EXPECT_TRUE(std::fabs(lanes.x[i] - threads.x[i]) <= 1e-5 * (1.0 + std::fabs(lanes.x[i]))) << i;
}

TEST(IpmThreads, StopFlagLeavesPointsOfTheBoxes) {
  const Made made = make_problem({.problems = 40, .seed = 24});
  const std::atomic<bool> stop{true};
  MethodSettings settings = with_tolerance(1e-6);
  settings.device = Device::emulated_block;
  settings.stop = &stop;
  const RawSolution out = solve(made.batch, settings);
  for (std::int64_t b = 0; b < made.batch.problems; ++b) {
    EXPECT_EQ(out.status[static_cast<std::size_t>(b)], Status::time_limit);
    for (int j = 0; j < made.batch.variables; ++j) {
      const double x = out.x[static_cast<std::size_t>(b * made.batch.variables + j)];
      EXPECT_TRUE(x >= made.batch.lb.of(b)[j] && x <= made.batch.ub.of(b)[j]);
    }
  }
}

TEST(IpmWarmStart, OwnAnswerSavesIterationsAndForeignOnesDoNoHarm) {
  Made made =
      make_problem({.variables = 40, .rows = 21, .rotated = 3, .quadratic = true, .infinite_sides = 0.0, .seed = 18});
  Batch& batch = made.batch;
  const std::int64_t n = batch.variables, m = batch.rows, k = batch.cone_rows();
  const RawSolution cold = solve(batch, with_tolerance(1e-6));
  const auto total = [](const RawSolution& out) {
    return std::accumulate(out.iterations.begin(), out.iterations.end(), 0);
  };
  for (const std::int64_t shift : {0, 1}) {
    batch.start_x = Field::rows(batch.problems, n);
    batch.start_y = Field::rows(batch.problems, m);
    batch.start_w = Field::rows(batch.problems, k);
    for (std::int64_t b = 0; b < batch.problems; ++b) {
      const std::int64_t from = (b + shift) % batch.problems;
      std::copy_n(cold.x.data() + from * n, n, batch.start_x.of(b));
      std::copy_n(cold.y.data() + from * m, m, batch.start_y.of(b));
      std::copy_n(cold.w.data() + from * k, k, batch.start_w.of(b));
    }
    batch.start_x.of(2)[1] = std::nan("");  // no start for this one
    const RawSolution warm = solve(batch, with_tolerance(1e-6));
    for (const Status status : warm.status) EXPECT_EQ(status, Status::solved);
    // A third saved when the start is the answer; never twice as many when it is another problem's.
    EXPECT_LT((shift == 0 ? 3 : 1) * total(warm), 2 * total(cold));
  }
}

TEST(IpmStatus, EmptyRowThatCannotHoldIsPrimalInfeasibleWithARay) {
  Made made = make_problem({.problems = 9, .seed = 13});
  Batch& batch = made.batch;
  // Problem 4: contradicting sides of a sum of boxed variables.
  const std::int64_t b = 4;
  for (int j = 0; j < batch.variables; ++j) batch.lb.of(b)[j] = -1.0, batch.ub.of(b)[j] = 1.0;
  double reach = 0.0;
  for (int e = 0; e < batch.A.pattern.indptr[1]; ++e) reach += std::fabs(batch.A.data[static_cast<std::size_t>(e)]);
  batch.l.of(b)[0] = 1.5 * reach;
  batch.u.of(b)[0] = infinity;
  RawSolution out = solve(batch, with_tolerance(1e-6));
  ASSERT_EQ(out.status[4], Status::primal_infeasible);
  std::vector<double> s(static_cast<std::size_t>(batch.variables));
  double residual = 1.0;
  EXPECT_TRUE(Judge(batch).primal_ray(b, out.y.data() + b * batch.rows, out.w.data(), s.data(), 1e-6, residual));
  for (const std::int64_t other : {3, 5}) EXPECT_EQ(out.status[static_cast<std::size_t>(other)], Status::solved);
}

TEST(IpmStatus, FreeDescentIsDualInfeasibleWithARay) {
  Made made = make_problem({.problems = 9, .rows = 0, .seed = 14});
  Batch& batch = made.batch;
  const std::int64_t b = 7;
  batch.q.of(b)[3] = -0.5;
  batch.ub.of(b)[3] = infinity;
  RawSolution out = solve(batch, with_tolerance(1e-6));
  ASSERT_EQ(out.status[7], Status::dual_infeasible);
  double residual = 1.0;
  EXPECT_TRUE(Judge(batch).dual_ray(b, out.x.data() + b * batch.variables, 1e-6, residual));
  for (const std::int64_t other : {6, 8}) EXPECT_EQ(out.status[static_cast<std::size_t>(other)], Status::solved);
}

TEST(IpmStatus, NanEndsAsNumericalErrorAndHarmsNobody) {
  Made made = make_problem({.problems = 17, .seed = 15});
  const RawSolution clean = solve(made.batch, with_tolerance(1e-6));
  made.batch.q.of(5)[2] = std::nan("");
  made.batch.l.of(9)[1] = std::nan("");
  const RawSolution out = solve(made.batch, with_tolerance(1e-6));
  EXPECT_EQ(out.status[5], Status::numerical_error);
  EXPECT_EQ(out.status[9], Status::numerical_error);
  for (const std::int64_t b : {4, 6, 8, 10}) expect_same_bits(made.batch, clean, b, out, b);
}

TEST(IpmStatus, StopFlagAndIterationLimitEndEarly) {
  const Made made = make_problem({.seed = 16});
  MethodSettings settings = with_tolerance(1e-6);
  const std::atomic<bool> stop{true};
  settings.stop = &stop;
  for (const Status status : solve(made.batch, settings).status) EXPECT_EQ(status, Status::time_limit);
  settings.stop = nullptr;
  settings.max_iterations = 2;
  const RawSolution out = solve(made.batch, settings);
  for (std::size_t b = 0; b < out.status.size(); ++b) {
    EXPECT_NE(out.status[b], Status::solved);
    EXPECT_LE(out.iterations[b], 2);
  }
}

}  // namespace
