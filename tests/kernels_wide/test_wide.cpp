#include <gtest/gtest.h>

#include "kernels/pdhg/pdhg.hpp"
#include "kernels/wide/wide.hpp"
#include "tests/kernels_pdhg/first_order_checks.hpp"

namespace wattstein::test {
namespace {

using kernels::Device;
using kernels::Layout;
using kernels::PdhgMethod;
using kernels::WideMethod;

/// Few columns: problems come and go, and what is left at the end moves together.
struct Narrow : WideMethod {
  explicit Narrow(const Batch& batch, const MethodSettings& settings = {}) : WideMethod(batch, settings) {
    columns = 16;
  }
};

const Shape lp{.problems = 53, .variables = 20, .rows = 11};
const Shape socp{.problems = 33, .variables = 17, .rows = 5, .cones = 3};

TEST(Wide, MeetsTheKnownOptimumOfLinearPrograms) {
  for (const double tolerance : {1e-4, 1e-6}) {
    expect_known_optimum<WideMethod>(lp, tolerance, {});
    expect_known_optimum<Narrow>(lp, tolerance, {});
  }
  expect_known_optimum<WideMethod>({.problems = 1, .variables = 33, .rows = 33, .seed = 2}, 1e-6, {});
  expect_known_optimum<WideMethod>({.problems = 3, .variables = 1, .rows = 1, .seed = 3}, 1e-6, {});
  expect_known_optimum<WideMethod>({.problems = 9, .variables = 5, .rows = 0, .seed = 4}, 1e-6, {});
}
TEST(Wide, MeetsTheKnownOptimumOfSeparableQuadraticPrograms) {
  expect_known_optimum<Narrow>({.problems = 33, .variables = 20, .rows = 11, .quadratic = true}, 1e-6, {});
}
TEST(Wide, MeetsTheKnownOptimumOfConePrograms) {
  for (const double tolerance : {1e-4, 1e-6}) expect_known_optimum<Narrow>(socp, tolerance, {});
  expect_known_optimum<WideMethod>({.problems = 9, .variables = 17, .rows = 5, .cones = 3, .quadratic = true}, 1e-6,
                                   {});
}

/// The same problems by the lanes: the same mathematics, so nearly the same iterations, and the same objective.
TEST(Wide, AgreesWithTheLanes) {
  for (const Shape& shape :
       {lp, socp, Shape{.problems = 7, .variables = 120, .rows = 80, .quadratic = true, .seed = 5}})
    for (const double tolerance : {1e-4, 1e-6}) {
      const KnownOptimum known = make_known_optimum(shape);
      const RawSolution lanes = solve<PdhgMethod>(known.batch, tight(tolerance));
      const RawSolution wide = solve<WideMethod>(known.batch, tight(tolerance));
      const std::int64_t n = shape.variables, m = shape.rows, k = 4 * shape.cones;
      for (std::int64_t b = 0; b < shape.problems; ++b) {
        EXPECT_EQ(lanes.status[b], wide.status[b]);
        EXPECT_NEAR(lanes.iterations[b], wide.iterations[b], 0.2 * lanes.iterations[b] + 80) << "problem " << b;
        const auto judged =
            bench::judge(known.batch, b, wide.x.data() + b * n, wide.y.data() + b * m, wide.w.data() + b * k);
        const auto other =
            bench::judge(known.batch, b, lanes.x.data() + b * n, lanes.y.data() + b * m, lanes.w.data() + b * k);
        EXPECT_TRUE(judged.excess(tolerance) <= 1.0) << "problem " << b << ": " << judged.excess(tolerance);
        EXPECT_TRUE(std::abs(judged.objective - other.objective) <=
                    50.0 * tolerance * (1.0 + std::abs(other.objective)));
      }
    }
}

TEST(Wide, GivesTheSameBitsInAnyBatch) {
  expect_independent_of_batch<WideMethod>(lp);
  expect_independent_of_batch<Narrow>(lp);
  expect_independent_of_batch<Narrow>(socp);
}

/// 16 columns that are refilled and moved together against all problems side by side.
TEST(Wide, GivesTheSameBitsInAnyColumn) {
  const KnownOptimum known = make_known_optimum(lp);
  const RawSolution narrow = solve<Narrow>(known.batch, tight(1e-6));
  const std::vector<std::int64_t> problems = [] {
    std::vector<std::int64_t> all(static_cast<std::size_t>(lp.problems));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }();
  for (const int columns : {8, 24, 56}) {
    RawSolution out;
    out.resize(known.batch);
    WideMethod method(known.batch);
    method.columns = columns;
    method.solve(known.batch, problems, tight(1e-6), out);
    for (std::int64_t b = 0; b < lp.problems; ++b) expect_same_bits(known.batch, narrow, b, out, b);
  }
}

TEST(Wide, StartsWarm) {
  expect_warm_start_counts<Narrow>(lp);
}
TEST(Wide, DoesNotMindRowScaling) {
  expect_row_scaling_is_harmless<WideMethod>(lp);
}
TEST(Wide, ProvesInfeasibilityByRays) {
  expect_rays<WideMethod>();
}
TEST(Wide, KeepsBadProblemsFromTheirNeighbours) {
  expect_bad_problem_harms_nobody<WideMethod>(lp);
  expect_bad_problem_harms_nobody<Narrow>(lp);
}
/// A problem without a solution among others: it ends with a ray, the others are bitwise what they were.
TEST(Wide, KeepsInfeasibleProblemsFromTheirNeighbours) {
  KnownOptimum known = make_known_optimum(lp);
  const RawSolution before = solve<Narrow>(known.batch, tight(1e-5));
  for (const std::int64_t b : {2, 20, 21}) {
    // Row 0 beyond what the boxes allow.
    double most = 1.0;
    for (int e = known.batch.A.pattern.indptr[0]; e < known.batch.A.pattern.indptr[1]; ++e) {
      const int j = known.batch.A.pattern.indices[e];
      most += std::abs(known.batch.A.data[e]) *
              std::max(std::abs(known.batch.lb.of(b)[j]), std::abs(known.batch.ub.of(b)[j]));
    }
    known.batch.l.of(b)[0] = known.batch.u.of(b)[0] = 2.0 * most;
  }
  const RawSolution after = solve<Narrow>(known.batch, tight(1e-5));
  for (std::int64_t b = 0; b < lp.problems; ++b) {
    if (b == 2 || b == 20 || b == 21) {
      EXPECT_EQ(after.status[b], Status::primal_infeasible) << b;
    } else {
      expect_same_bits(known.batch, before, b, after, b);
    }
  }
}
TEST(Wide, EndsSoonWhenAskedToStop) {
  expect_stop_flag_ends_the_run<Narrow>(lp);
}

/// What ended at a rough tolerance goes on to a fine one: fewer iterations than from nothing.
TEST(Wide, GoesOnWhereItEnded) {
  const KnownOptimum known = make_known_optimum(lp);
  std::vector<std::int64_t> problems(static_cast<std::size_t>(lp.problems));
  std::iota(problems.begin(), problems.end(), 0);
  const WideMethod method(known.batch);
  RawSolution out;
  out.resize(known.batch);
  kernels::Resume resume;
  resume.weight.assign(problems.size(), 0.0);
  method.solve(known.batch, problems, tight(1e-3), out, &resume);
  const std::vector<int> rough = out.iterations;
  for (const double weight : resume.weight) EXPECT_GT(weight, 0.0);
  resume.going = true;
  method.solve(known.batch, problems, tight(1e-6), out, &resume);
  for (std::int64_t b = 0; b < lp.problems; ++b) {
    EXPECT_EQ(out.status[b], Status::solved);
    EXPECT_GE(out.iterations[b], rough[b]);
  }
}

TEST(Wide, IsChosenBySizesOrByName) {
  using kernels::wide_suits;
  for (const bool shared : {false, true}) {
    EXPECT_FALSE(wide_suits(Layout::lanes, Device::cuda, shared, 300000, 200000));
    EXPECT_EQ(wide_suits(Layout::wide, Device::cpu, shared, 100, 200000), shared);
    EXPECT_EQ(wide_suits(Layout::automatic, Device::cuda, shared, 300000, 200000), shared);
    EXPECT_FALSE(wide_suits(Layout::automatic, Device::cuda, shared, 100000, 200000));
    EXPECT_FALSE(wide_suits(Layout::automatic, Device::cpu, shared, 300000, 200000));
  }
  EXPECT_EQ(kernels::wide_columns(1, 4), 8);
  EXPECT_EQ(kernels::wide_columns(50, 4), 16);
  EXPECT_EQ(kernels::wide_columns(100000, 4), 32);
}

TEST(Wide, LeavesVaryingMatricesToOthers) {
  const KnownOptimum known = make_known_optimum({.problems = 3, .variables = 9, .rows = 4, .varying = true});
  EXPECT_FALSE(WideMethod::supports(known.batch));
  MethodSettings settings;
  settings.layout = Layout::wide;
  EXPECT_FALSE(WideMethod(known.batch).chosen(known.batch, settings));
  EXPECT_EQ(solve<WideMethod>(known.batch, tight(1e-4)).status[0], Status::numerical_error);
}

}  // namespace
}  // namespace wattstein::test
