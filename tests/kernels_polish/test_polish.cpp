// Newton's method for the last digits: from a rough point to the known optimum, never to a worse point.

#include "kernels/polish/polish.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "bench/gpu/judge.hpp"
#include "kernels/math/projections.hpp"
#include "kernels/pdhg/pdhg.hpp"
#include "kernels/polish/cone_frame.hpp"
#include "tests/kernels_pdhg/first_order_checks.hpp"

namespace wattstein::test {
namespace {

using kernels::ConeFrame;
using kernels::ConeKind;
using kernels::Polish;
using kernels::RowKind;

constexpr int most_steps = 15;

struct Point {
  double *x, *y, *w;
};

Point point_of(const Batch& batch, RawSolution& raw, std::int64_t b) {
  return {raw.x.data() + b * batch.variables, raw.y.data() + b * batch.rows, raw.w.data() + b * batch.cone_rows()};
}

double excess(const Batch& batch, const RawSolution& raw, std::int64_t b, double tolerance) {
  auto copy = raw;
  const Point at = point_of(batch, copy, b);
  return bench::judge(batch, b, at.x, at.y, at.w).excess(tolerance);
}

// Rough answers of PDHG at 1e-4, polished: all but `left_over` problems to 1e-8.
void expect_last_digits(const Shape& shape, int left_over) {
  const KnownOptimum known = make_known_optimum(shape);
  RawSolution raw = solve<kernels::PdhgMethod>(known.batch, tight(1e-4));
  const Polish polish(known.batch);
  ASSERT_TRUE(polish.supports());
  Polish::Work work(polish, known.batch);
  int rough = 0, missed = 0, steps = 0;
  for (std::int64_t b = 0; b < shape.problems; ++b) {
    rough += excess(known.batch, raw, b, 1e-8) <= 1.0 ? 0 : 1;
    const Point at = point_of(known.batch, raw, b);
    steps += work.improve(b, most_steps, at.x, at.y, at.w);
    missed += excess(known.batch, raw, b, 1e-8) <= 1.0 ? 0 : 1;
  }
  EXPECT_GT(rough, shape.problems / 2) << "hardly anything to polish";
  EXPECT_LE(missed, left_over);
  EXPECT_GT(steps, 0);
}

TEST(Polish, FindsTheLastDigitsOfLinearPrograms) {
  expect_last_digits({.problems = 33, .variables = 20, .rows = 11}, 1);
  expect_last_digits({.problems = 9, .variables = 33, .rows = 33, .seed = 2}, 0);
}
TEST(Polish, FindsTheLastDigitsOfQuadraticPrograms) {
  expect_last_digits({.problems = 33, .variables = 20, .rows = 11, .quadratic = true}, 0);
}
TEST(Polish, FindsTheLastDigitsOfConePrograms) {
  expect_last_digits({.problems = 33, .variables = 17, .rows = 5, .cones = 3}, 1);
  expect_last_digits({.problems = 19, .variables = 12, .rows = 7, .cones = 2, .quadratic = true, .varying = true}, 0);
}

TEST(Polish, DependsOnTheProblemAndThePointAlone) {
  const KnownOptimum known = make_known_optimum({.problems = 9, .variables = 17, .rows = 5, .cones = 3});
  const RawSolution rough = solve<kernels::PdhgMethod>(known.batch, tight(1e-3));
  const Polish polish(known.batch);
  RawSolution together = rough, alone = rough;
  Polish::Work work(polish, known.batch);
  for (std::int64_t b = 8; b >= 0; --b) {
    const Point one = point_of(known.batch, together, b), other = point_of(known.batch, alone, b);
    const int steps = work.improve(b, most_steps, one.x, one.y, one.w);
    Polish::Work fresh(polish, known.batch);
    EXPECT_EQ(fresh.improve(b, most_steps, other.x, other.y, other.w), steps);
    EXPECT_TRUE(same_bits(one.x, other.x, 17) && same_bits(one.y, other.y, 5) && same_bits(one.w, other.w, 12));
  }
}

TEST(Polish, LeavesPointsWithoutMeaningAlone) {
  const KnownOptimum known = make_known_optimum({.problems = 1});
  RawSolution raw;
  raw.resize(known.batch);
  const Polish polish(known.batch);
  Polish::Work work(polish, known.batch);
  for (const double value : {std::nan(""), kernels::infinity}) {
    std::fill(raw.x.begin(), raw.x.end(), value);
    const auto before = raw.x;
    EXPECT_EQ(work.improve(0, most_steps, raw.x.data(), raw.y.data(), raw.w.data()), 0);
    EXPECT_EQ(std::memcmp(before.data(), raw.x.data(), before.size() * sizeof(double)), 0);
  }
}

TEST(Polish, IsNotForQuadraticTermsOffTheDiagonal) {
  kernels::Batch batch = kernels::make_batch(1, 2, 0);
  batch.P.pattern.indptr = {0, 2, 3};
  batch.P.pattern.indices = {0, 1, 1};
  batch.P.data = {2.0, 1.0, 2.0};
  EXPECT_FALSE(Polish(batch).supports());
}

// Around any v the projection onto the cone moves as the frame says: held directions stay, free ones follow v, soft
// ones by μ = κ/(1 + κ).
TEST(Polish, AFrameIsTheDerivativeOfTheProjection) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  ConeFrame frame;
  int boundaries = 0;
  for (int trial = 0; trial < 200; ++trial) {
    const ConeKind kind = trial % 2 ? ConeKind::rotated : ConeKind::second_order;
    const int size = 2 + trial % 5;
    std::vector<double> v(size), direction(size);
    for (double& value : v) value = normal(random);
    for (double& value : direction) value = normal(random);
    frame.take(kind, v.data(), size);
    boundaries += frame.boundary() ? 1 : 0;
    // An orthogonal turn and its way back.
    auto turned = direction;
    frame.into(turned.data(), 1);
    double before = 0.0, after = 0.0;
    for (int i = 0; i < size; ++i) before += direction[i] * direction[i], after += turned[i] * turned[i];
    EXPECT_NEAR(before, after, 1e-12 * before);
    auto expected = turned;
    for (int i = 0; i < size; ++i) {
      const double mu = frame.kappa() / (1.0 + frame.kappa());
      expected[i] *= frame.kind(i) == RowKind::free ? 1.0 : frame.kind(i) == RowKind::held ? 0.0 : mu;
    }
    frame.back(turned.data(), 1);
    for (int i = 0; i < size; ++i) EXPECT_NEAR(turned[i], direction[i], 1e-12);
    frame.back(expected.data(), 1);
    constexpr double step = 1e-6;
    auto up = v, down = v;
    for (int i = 0; i < size; ++i) up[i] += step * direction[i], down[i] -= step * direction[i];
    kernels::project_cone(kind == ConeKind::rotated ? 1 : 0, up.data(), size);
    kernels::project_cone(kind == ConeKind::rotated ? 1 : 0, down.data(), size);
    for (int i = 0; i < size; ++i)
      EXPECT_NEAR((up[i] - down[i]) / (2.0 * step), expected[i], 1e-4) << "trial " << trial;
  }
  EXPECT_GT(boundaries, 50);
}

}  // namespace
}  // namespace wattstein::test
