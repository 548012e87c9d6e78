#include "kernels/pdhg/pdhg.hpp"

#include "tests/kernels_pdhg/first_order_checks.hpp"

namespace wattstein::test {
namespace {

using kernels::PdhgMethod;

const Shape lp{.problems = 33, .variables = 20, .rows = 11};
const Shape socp{.problems = 33, .variables = 17, .rows = 5, .cones = 3};

TEST(Pdhg, MeetsTheKnownOptimumOfLinearPrograms) {
  expect_known_optimum<PdhgMethod>(lp, 1e-6, {});
  expect_known_optimum<PdhgMethod>({.problems = 1, .variables = 33, .rows = 33, .seed = 2}, 1e-6, {});
  expect_known_optimum<PdhgMethod>({.problems = 3, .variables = 1, .rows = 1, .seed = 3}, 1e-6, {});
  expect_known_optimum<PdhgMethod>({.problems = 9, .variables = 5, .rows = 0, .seed = 4}, 1e-6, {});
}
TEST(Pdhg, ReachesTightTolerances) {
  expect_known_optimum<PdhgMethod>(lp, 1e-8, {});
}
TEST(Pdhg, MeetsTheKnownOptimumOfSeparableQuadraticPrograms) {
  expect_known_optimum<PdhgMethod>({.problems = 33, .variables = 20, .rows = 11, .quadratic = true}, 1e-6, {});
}
TEST(Pdhg, MeetsTheKnownOptimumOfConePrograms) {
  expect_known_optimum<PdhgMethod>(socp, 1e-6, {});
  expect_known_optimum<PdhgMethod>({.problems = 9, .variables = 17, .rows = 5, .cones = 3, .quadratic = true}, 1e-6,
                                   {});
}
TEST(Pdhg, MeetsTheKnownOptimumWhenMatricesVary) {
  expect_known_optimum<PdhgMethod>(
      {.problems = 19, .variables = 12, .rows = 7, .cones = 2, .quadratic = true, .varying = true}, 1e-6, {});
}
TEST(Pdhg, GivesTheSameBitsInAnyBatch) {
  expect_independent_of_batch<PdhgMethod>(lp);
  expect_independent_of_batch<PdhgMethod>(socp);
  expect_independent_of_batch<PdhgMethod>({.problems = 17, .variables = 12, .rows = 7, .varying = true});
}
TEST(Pdhg, SolvesWithEveryLaneWidth) {
  for (const int lanes : {1, 2, 4, 8}) {
    MethodSettings settings;
    settings.lanes = lanes;
    expect_known_optimum<PdhgMethod>(lp, 1e-5, settings);
  }
}
TEST(Pdhg, StartsWarm) {
  expect_warm_start_counts<PdhgMethod>(lp);
}
TEST(Pdhg, DoesNotMindRowScaling) {
  expect_row_scaling_is_harmless<PdhgMethod>(lp);
}
TEST(Pdhg, ProvesInfeasibilityByRays) {
  expect_rays<PdhgMethod>();
}
TEST(Pdhg, KeepsBadProblemsFromTheirNeighbours) {
  expect_bad_problem_harms_nobody<PdhgMethod>(lp);
}
TEST(Pdhg, EndsSoonWhenAskedToStop) {
  expect_stop_flag_ends_the_run<PdhgMethod>(lp);
}
TEST(Pdhg, BlockAgreesWithLanes) {
  expect_block_agrees_with_lanes<PdhgMethod>({.problems = 5, .variables = 20, .rows = 11}, 4);
  expect_block_agrees_with_lanes<PdhgMethod>({.problems = 3, .variables = 17, .rows = 5, .cones = 3, .quadratic = true},
                                             3);
  expect_block_agrees_with_lanes<PdhgMethod>({.problems = 3, .variables = 9, .rows = 4, .varying = true}, 2);
}
TEST(Pdhg, RefusesAnOffDiagonalQuadraticTerm) {
  kernels::Batch batch = kernels::make_batch(1, 2, 0);
  batch.P.pattern.indptr = {0, 2, 3};
  batch.P.pattern.indices = {0, 1, 1};
  batch.P.data = {2.0, 1.0, 2.0};
  EXPECT_FALSE(PdhgMethod::supports(batch));
  EXPECT_EQ(solve<PdhgMethod>(batch, tight(1e-4)).status[0], Status::numerical_error);
}

}  // namespace
}  // namespace wattstein::test
