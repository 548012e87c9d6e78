#include "kernels/admm/admm.hpp"

#include "tests/kernels_pdhg/first_order_checks.hpp"

namespace wattstein::test {
namespace {

using kernels::AdmmMethod;

// Without strong convexity operator splitting is slow at times; what matters here is where it arrives.
MethodSettings patient() {
  MethodSettings settings;
  settings.max_iterations = 500000;
  return settings;
}

const Shape lp{.problems = 33, .variables = 20, .rows = 11};
const Shape socp{.problems = 33, .variables = 17, .rows = 5, .cones = 3};

TEST(Admm, MeetsTheKnownOptimumOfLinearPrograms) {
  expect_known_optimum<AdmmMethod>(lp, 1e-6, patient());
  expect_known_optimum<AdmmMethod>({.problems = 1, .variables = 33, .rows = 33, .seed = 2}, 1e-6, patient());
  expect_known_optimum<AdmmMethod>({.problems = 3, .variables = 1, .rows = 1, .seed = 3}, 1e-6, {});
  expect_known_optimum<AdmmMethod>({.problems = 9, .variables = 5, .rows = 0, .seed = 4}, 1e-6, {});
}
TEST(Admm, ReachesTightTolerances) {
  expect_known_optimum<AdmmMethod>(lp, 1e-8, {});
}
TEST(Admm, MeetsTheKnownOptimumOfSeparableQuadraticPrograms) {
  expect_known_optimum<AdmmMethod>({.problems = 33, .variables = 20, .rows = 11, .quadratic = true}, 1e-6, {});
}
TEST(Admm, MeetsTheKnownOptimumOfConePrograms) {
  expect_known_optimum<AdmmMethod>(socp, 1e-6, patient());
  expect_known_optimum<AdmmMethod>({.problems = 9, .variables = 17, .rows = 5, .cones = 3, .quadratic = true}, 1e-6,
                                   {});
}
TEST(Admm, MeetsTheKnownOptimumWhenMatricesVary) {
  expect_known_optimum<AdmmMethod>(
      {.problems = 19, .variables = 12, .rows = 7, .cones = 2, .quadratic = true, .varying = true}, 1e-6, {});
}
TEST(Admm, GivesTheSameBitsInAnyBatch) {
  expect_independent_of_batch<AdmmMethod>(lp);
  expect_independent_of_batch<AdmmMethod>(socp);
  expect_independent_of_batch<AdmmMethod>({.problems = 17, .variables = 12, .rows = 7, .varying = true});
}
TEST(Admm, SolvesWithEveryLaneWidth) {
  for (const int lanes : {1, 2, 4, 8}) {
    MethodSettings settings;
    settings.lanes = lanes;
    expect_known_optimum<AdmmMethod>(lp, 1e-5, settings);
  }
}
TEST(Admm, GivesTheSameBitsWithSharedAndWithOwnFactors) {
  // 24 sets of equality rows are more than factors are shared for; each problem alone shares with itself.
  KnownOptimum known = make_known_optimum({.problems = 80, .variables = 14, .rows = 8});
  for (std::int64_t b = 0; b < 80; ++b)
    for (int i = 0; i < 8; ++i) {
      double& u = known.batch.u.of(b)[i];
      if (!std::isfinite(u)) u = 0.0;
      if ((b >> i) % 2) known.batch.l.of(b)[i] = u;
      known.batch.l.of(b)[i] = std::min(known.batch.l.of(b)[i], u);
    }
  MethodSettings settings = tight(1e-5);
  settings.max_iterations = 200;  // some of these may be infeasible: the bits are asked for, not the answer
  const RawSolution own = solve<AdmmMethod>(known.batch, settings);
  for (std::int64_t b = 0; b < 80; b += 7)
    expect_same_bits(known.batch, own, b, solve<AdmmMethod>(kernels::extract(known.batch, b), settings), 0);
}
TEST(Admm, StartsWarm) {
  expect_warm_start_counts<AdmmMethod>(lp);
}
TEST(Admm, DoesNotMindRowScaling) {
  expect_row_scaling_is_harmless<AdmmMethod>(lp);
}
TEST(Admm, ProvesInfeasibilityByRays) {
  expect_rays<AdmmMethod>();
}
TEST(Admm, KeepsBadProblemsFromTheirNeighbours) {
  expect_bad_problem_harms_nobody<AdmmMethod>(lp);
}
TEST(Admm, EndsSoonWhenAskedToStop) {
  expect_stop_flag_ends_the_run<AdmmMethod>(lp);
}
TEST(Admm, BlockAgreesWithLanes) {
  expect_block_agrees_with_lanes<AdmmMethod>({.problems = 5, .variables = 20, .rows = 11, .quadratic = true}, 4);
  expect_block_agrees_with_lanes<AdmmMethod>({.problems = 3, .variables = 17, .rows = 5, .cones = 3, .quadratic = true},
                                             3);
  expect_block_agrees_with_lanes<AdmmMethod>({.problems = 3, .variables = 9, .rows = 4, .varying = true}, 2);
}
TEST(Admm, RefusesAnOffDiagonalQuadraticTerm) {
  kernels::Batch batch = kernels::make_batch(1, 2, 0);
  batch.P.pattern.indptr = {0, 2, 3};
  batch.P.pattern.indices = {0, 1, 1};
  batch.P.data = {2.0, 1.0, 2.0};
  EXPECT_FALSE(AdmmMethod::supports(batch));
  EXPECT_EQ(solve<AdmmMethod>(batch, tight(1e-4)).status[0], Status::numerical_error);
}

}  // namespace
}  // namespace wattstein::test
