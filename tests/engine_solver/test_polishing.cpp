// First-order methods to 1e-8, their last digits by Newton's method: known optima, and neighbours that don't matter.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "engine/solver/solver.hpp"
#include "tests/kernels_pdhg/known_optimum.hpp"

namespace wattstein::engine {
namespace {

using test::KnownOptimum;
using test::make_known_optimum;
using test::Shape;

const Shape linear{.problems = 33, .variables = 20, .rows = 11};
const Shape quadratic{.problems = 33, .variables = 20, .rows = 11, .quadratic = true};
const Shape conic{.problems = 33, .variables = 17, .rows = 5, .cones = 3};
const Shape varying{.problems = 19, .variables = 12, .rows = 7, .cones = 2, .quadratic = true, .varying = true};

SolverOptions with(const char* method, double tolerance, bool polish = true) {
  SolverOptions options;
  options.method = method;
  options.tolerance = tolerance;
  options.polish = polish;
  options.device = "cpu";
  options.threads = 1;
  return options;
}

long long iterations(const BatchResult& result) {
  long long sum = 0;
  for (const int count : result.iterations) sum += count;
  return sum;
}

class FirstOrder : public testing::TestWithParam<const char*> {};

TEST_P(FirstOrder, MeetsKnownOptimaToEightDigits) {
  for (const Shape& shape : {linear, quadratic, conic, varying}) {
    const KnownOptimum known = make_known_optimum(shape);
    const auto result = Solver(with(GetParam(), 1e-8)).solve(known.batch);
    for (std::size_t b = 0; b < known.objective.size(); ++b) {
      ASSERT_EQ(result.status[b], Status::solved) << "problem " << b;
      EXPECT_TRUE(result.relative_residual[b] <= 1e-8) << result.relative_residual[b];
      EXPECT_TRUE(std::fabs(result.objective[b] - known.objective[b]) <= 1e-6 * (1.0 + std::fabs(known.objective[b])));
      EXPECT_TRUE(result.bound[b] <= known.objective[b] + 1e-7 * (1.0 + std::fabs(known.objective[b])));
      EXPECT_STREQ(result.method_of(static_cast<std::int64_t>(b)), GetParam());
    }
  }
}

TEST_P(FirstOrder, PolishingSavesIterations) {
  const KnownOptimum known = make_known_optimum(linear);
  const auto polished = Solver(with(GetParam(), 1e-8)).solve(known.batch);
  const auto plain = Solver(with(GetParam(), 1e-8, false)).solve(known.batch);
  EXPECT_LT(iterations(polished), iterations(plain));
}

TEST_P(FirstOrder, KeepsToItsLimitOfIterations) {
  const KnownOptimum known = make_known_optimum(conic);
  auto options = with(GetParam(), 1e-10);
  options.max_iterations = 200;  // a multiple of both check periods
  for (const int count : Solver(options).solve(known.batch).iterations) EXPECT_LE(count, 200);
}

TEST_P(FirstOrder, APolishedAnswerDoesNotDependOnItsBatchOrderOrThreads) {
  const KnownOptimum known = make_known_optimum(conic);
  const auto whole = Solver(with(GetParam(), 1e-8)).solve(known.batch);
  const auto expect_same = [&](std::int64_t b, const BatchResult& other, std::int64_t at) {
    const auto same = [](const double* x, const double* y, int count) {
      return std::memcmp(x, y, static_cast<std::size_t>(count) * sizeof(double)) == 0;
    };
    EXPECT_EQ(whole.iterations[static_cast<std::size_t>(b)], other.iterations[static_cast<std::size_t>(at)]);
    EXPECT_TRUE(same(whole.x_of(b), other.x_of(at), whole.variables)) << "problem " << b;
    EXPECT_TRUE(same(whole.y_of(b), other.y_of(at), whole.rows)) << "problem " << b;
    EXPECT_TRUE(same(whole.w_of(b), other.w_of(at), whole.cone_rows)) << "problem " << b;
  };
  for (const std::int64_t b : {0, 13, 32})
    expect_same(b, Solver(with(GetParam(), 1e-8)).solve(kernels::extract(known.batch, b)), 0);
  auto options = with(GetParam(), 1e-8);
  options.shuffle_seed = 3;
  options.threads = 2;
  options.memory_gb = 1e-6;  // a slice for every few problems
  const auto shuffled = Solver(options).solve(known.batch);
  for (std::int64_t b = 0; b < known.batch.problems; ++b) expect_same(b, shuffled, b);
}

INSTANTIATE_TEST_SUITE_P(Methods, FirstOrder, testing::Values("pdhg", "admm"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace wattstein::engine
