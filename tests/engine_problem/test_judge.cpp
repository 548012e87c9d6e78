// The judge against naive evaluations written from the definitions, and against answers known by hand.

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/problem/builder.hpp"
#include "engine/problem/judge.hpp"
#include "tests/kernels_pdhg/known_optimum.hpp"

namespace wattstein::engine {
namespace {

struct Point {
  std::vector<double> x, y, w, d;
};

// minimise −x₀ − 2 x₁,  x₀ + x₁ ≤ 4,  0 ≤ x ≤ 3:  x = (1, 3), value −7, y = −1, d = (0, −1).
Batch small_lp() {
  ProblemBuilder builder;
  builder.variable("a", 0.0, 3.0, -1.0);
  builder.variable("b", 0.0, 3.0, -2.0);
  const int row = builder.row("sum", -infinity, 4.0);
  builder.entry(row, 0, 1.0);
  builder.entry(row, 1, 1.0);
  builder.add_constant(10.0);
  return builder.build("small");
}

TEST(Judge, KnowsTheOptimumOfASmallLp) {
  const Batch batch = small_lp();
  Judge judge(batch);
  Point p{{1.0, 3.0}, {-1.0}, {}, {0.0, 0.0}};
  const auto found = judge.judge(0, p.x.data(), p.y.data(), p.w.data(), p.d.data(), 1e-9);
  EXPECT_NEAR(found.objective, 3.0, 1e-12);
  EXPECT_NEAR(found.dual_objective, 3.0, 1e-12);
  EXPECT_NEAR(found.bound, 3.0, 1e-12);
  EXPECT_NEAR(p.d[0], 0.0, 1e-12);
  EXPECT_NEAR(p.d[1], -1.0, 1e-12);
  EXPECT_LE(found.relative(), 1e-12);
}

TEST(Judge, CountsEveryKindOfViolation) {
  const Batch batch = small_lp();
  Judge judge(batch);
  Point p{{3.5, 2.0}, {-1.0}, {}, {0.0, 0.0}};
  EXPECT_NEAR(judge.judge(0, p.x.data(), p.y.data(), p.w.data(), p.d.data(), 1e-9).primal_residual, 1.5,
              1e-12);  // row 5.5 > 4
  p.x = {-0.75, 1.0};
  EXPECT_NEAR(judge.judge(0, p.x.data(), p.y.data(), p.w.data(), p.d.data(), 1e-9).primal_residual, 0.75, 1e-12);
  // y > 0 at a missing lower side is no multiplier: cut, and d is that of y = 0.
  p = {{1.0, 3.0}, {5.0}, {}, {0.0, 0.0}};
  const auto found = judge.judge(0, p.x.data(), p.y.data(), p.w.data(), p.d.data(), 1e-9);
  EXPECT_EQ(p.y[0], 0.0);
  EXPECT_NEAR(found.bound, 10.0 - 3.0 - 6.0, 1e-12);
  // Overflow in a row is never a small residual.
  Batch huge = batch;
  huge.A.data = {1e300, -1e300};
  p = {{1e200, 1e200}, {-1.0}, {}, {0.0, 0.0}};
  EXPECT_FALSE(Judge(huge).judge(0, p.x.data(), p.y.data(), p.w.data(), p.d.data(), 1e-9).primal_relative <= 1e300);
  p = {{1.0, 3.0}, {-1.0}, {}, {0.0, 0.0}};
  // A NaN is never a small residual.
  p.x[0] = std::nan("");
  EXPECT_FALSE(judge.judge(0, p.x.data(), p.y.data(), p.w.data(), p.d.data(), 1e-9).relative() <= 1e300);
  // Not even where it would be cut.
  p = {{1.0, 3.0}, {std::nan("")}, {}, {0.0, 0.0}};
  EXPECT_FALSE(judge.judge(0, p.x.data(), p.y.data(), p.w.data(), p.d.data(), 1e-9).relative() <= 1e300);
}

// A random problem with every kind of part.
Batch random_problem(std::mt19937& random, bool diagonal) {
  std::uniform_real_distribution<double> number(-2.0, 2.0);
  ProblemBuilder builder;
  const int n = 9;
  for (int j = 0; j < n; ++j)
    builder.variable("x", -1.0 - std::fabs(number(random)), 1.0 + std::fabs(number(random)), number(random));
  for (int i = 0; i < 5; ++i) {
    const double side = number(random);
    const int row = builder.row("r", i == 0 ? -infinity : side, i == 1 ? infinity : i == 2 ? side : side + 1.0);
    for (int j = 0; j < n; ++j)
      if ((i + j) % 2 == 0) builder.entry(row, j, number(random));
  }
  if (diagonal) {
    for (int j = 0; j < n; j += 2) builder.add_square(j, std::fabs(number(random)));
  } else {
    for (int i = 0; i < 4; ++i)  // (a·x)², a with three entries
      for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b) {
          const double va = 1.0 + a + i, vb = 1.0 + b + i;
          builder.add_product((2 * i + a) % n, (2 * i + b) % n, va * vb);
        }
  }
  for (const auto kind : {ConeKind::second_order, ConeKind::rotated}) {
    const int first = builder.cone(kind, 4);
    for (int i = 0; i < 4; ++i) {
      builder.cone_entry(first + i, (3 * i) % n, number(random));
      builder.cone_offset(first + i, number(random) + (i < 2 ? 4.0 : 0.0));
    }
  }
  builder.add_constant(number(random));
  return builder.build("random");
}

std::vector<double> dense(const kernels::Matrix& matrix) {
  std::vector<double> values(matrix.pattern.indices.size()),
      full(static_cast<std::size_t>(matrix.pattern.rows) * matrix.pattern.columns, 0.0);
  matrix.values_of(0, values.data());
  for (int i = 0; i < matrix.pattern.rows; ++i)
    for (int k = matrix.pattern.indptr[i]; k < matrix.pattern.indptr[i + 1]; ++k)
      full[i * matrix.pattern.columns + matrix.pattern.indices[k]] = values[k];
  return full;
}

double naive_objective(const Batch& batch, const std::vector<double>& x) {
  const auto p = dense(batch.P);
  const int n = batch.variables;
  double value = batch.r.data[0];
  for (int i = 0; i < n; ++i) {
    value += batch.q.data[i] * x[i];
    for (int j = i; j < n; ++j) value += (i == j ? 0.5 : 1.0) * p[i * n + j] * x[i] * x[j];
  }
  return value;
}

bool in_cone(ConeKind kind, const double* s, int size, double slack) {
  double squares = 0.0;
  for (int i = kind == ConeKind::rotated ? 2 : 1; i < size; ++i) squares += s[i] * s[i];
  if (kind == ConeKind::rotated) return s[0] >= -slack && s[1] >= -slack && squares <= 2.0 * s[0] * s[1] + slack;
  return std::sqrt(squares) <= s[0] + slack;
}

TEST(Judge, BoundLiesBelowEveryFeasiblePointWhateverTheMultipliers) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> number(-1.0, 1.0);
  int feasible = 0;
  for (int trial = 0; trial < 40; ++trial) {
    const Batch batch = random_problem(random, trial % 2 == 0);
    const int n = batch.variables;
    const auto a = dense(batch.A), g = dense(batch.G);
    Judge judge(batch);
    Point p;
    p.x.resize(n), p.d.resize(n), p.y.resize(batch.rows), p.w.resize(batch.cone_rows());
    for (auto* part : {&p.x, &p.y, &p.w})
      for (double& value : *part) value = number(random);
    const auto found = judge.judge(0, p.x.data(), p.y.data(), p.w.data(), p.d.data(), 1e-9);
    EXPECT_NEAR(found.objective, naive_objective(batch, p.x), 1e-10);
    EXPECT_TRUE(in_cone(ConeKind::second_order, p.w.data(), 4, 1e-12));
    EXPECT_TRUE(in_cone(ConeKind::rotated, p.w.data() + 4, 4, 1e-12));
    for (int sample = 0; sample < 3000; ++sample) {
      std::vector<double> x(n);
      for (int j = 0; j < n; ++j)
        x[j] = batch.lb.data[j] + 0.5 * (1.0 + number(random)) * (batch.ub.data[j] - batch.lb.data[j]);
      // Sides are moved so that the drawn point fits its rows: every x of the box is feasible for some sides, and the
      // bound of those sides must lie below it.
      Batch moved = batch;
      for (int i = 0; i < batch.rows; ++i) {
        double ax = 0.0;
        for (int j = 0; j < n; ++j) ax += a[i * n + j] * x[j];
        if (std::isfinite(moved.l.data[i])) moved.l.data[i] = ax;
        if (std::isfinite(moved.u.data[i])) moved.u.data[i] = ax + (batch.l.data[i] == batch.u.data[i] ? 0.0 : 0.3);
      }
      std::vector<double> s(batch.cone_rows());
      for (int i = 0; i < batch.cone_rows(); ++i) {
        s[i] = batch.g.data[i];
        for (int j = 0; j < n; ++j) s[i] += g[i * n + j] * x[j];
      }
      if (!in_cone(ConeKind::second_order, s.data(), 4, 0.0) || !in_cone(ConeKind::rotated, s.data() + 4, 4, 0.0))
        continue;
      ++feasible;
      Judge again(moved);
      Point copy = p;
      const double bound = again.judge(0, copy.x.data(), copy.y.data(), copy.w.data(), copy.d.data(), 1e-9).bound;
      ASSERT_LE(bound, naive_objective(batch, x) + 1e-9);
      if (sample > 200 && feasible > 2000) break;
    }
  }
  EXPECT_GT(feasible, 500);
}

// What a judge keeps from one judgement to the next must not show in any.
TEST(Judge, ForgetsTheProblemsBefore) {
  test::Shape shape{.problems = 6, .variables = 21, .rows = 10, .quadratic = true};
  for (const bool varying : {false, true}) {
    shape.varying = varying;
    const test::KnownOptimum known = test::make_known_optimum(shape);
    const Batch& batch = known.batch;
    const auto n = static_cast<std::size_t>(batch.variables), m = static_cast<std::size_t>(batch.rows);
    std::mt19937 random(3);
    std::uniform_real_distribution<double> number(-1.0, 1.0);
    std::vector<std::vector<double>> multipliers(2, std::vector<double>(m));
    for (auto& y : multipliers)
      for (double& value : y) value = number(random);
    Judge kept(batch);
    int different = 0;
    double last = 0.0;
    for (const auto& [b, which] : {std::pair{0, 0}, {1, 0}, {1, 1}, {5, 1}, {0, 0}, {3, 0}}) {
      Point ours{std::vector<double>(n), multipliers[static_cast<std::size_t>(which)], {}, std::vector<double>(n)};
      for (double& value : ours.x) value = number(random);
      Point fresh = ours;
      const auto a = kept.judge(b, ours.x.data(), ours.y.data(), nullptr, ours.d.data(), 1e-6);
      const auto f = Judge(batch).judge(b, fresh.x.data(), fresh.y.data(), nullptr, fresh.d.data(), 1e-6);
      EXPECT_EQ(ours.d, fresh.d);
      EXPECT_EQ(a.objective, f.objective);
      EXPECT_EQ(a.bound, f.bound);
      EXPECT_EQ(a.dual_residual, f.dual_residual);
      different += ours.d[0] != last ? 1 : 0;
      last = ours.d[0];
    }
    EXPECT_GT(different, 3);
  }
}

TEST(Judge, ConeDistanceIsThatOfTheProjection) {
  std::mt19937 random(3);
  std::normal_distribution<double> number;
  for (const auto kind : {ConeKind::second_order, ConeKind::rotated}) {
    ProblemBuilder builder;
    for (int j = 0; j < 4; ++j) builder.variable("x", -100.0, 100.0);
    const int first = builder.cone(kind, 4);
    for (int i = 0; i < 4; ++i) builder.cone_entry(first + i, i, 1.0);
    const Batch batch = builder.build("cone");
    Judge judge(batch);
    for (int trial = 0; trial < 200; ++trial) {
      Point p{{number(random), number(random), number(random), number(random)}, {}, {0, 0, 0, 0}, {0, 0, 0, 0}};
      auto nearest = p.x;
      project_cones(batch.cones, nearest.data());
      EXPECT_TRUE(in_cone(kind, nearest.data(), 4, 1e-9));
      double distance = 0.0, product = 0.0;
      for (int i = 0; i < 4; ++i) {
        distance += (p.x[i] - nearest[i]) * (p.x[i] - nearest[i]);
        product += (p.x[i] - nearest[i]) * nearest[i];
      }
      EXPECT_NEAR(product, 0.0, 1e-9) << "the rest of a projection onto a cone is orthogonal to it";
      EXPECT_NEAR(judge.judge(0, p.x.data(), p.y.data(), p.w.data(), p.d.data(), 1e-9).primal_residual,
                  std::sqrt(distance), 1e-9);
    }
  }
}

// What lies inside keeps its bits; what lies outside, by however little and whatever its size, is moved.
TEST(Judge, ProjectionTouchesOnlyWhatIsOutside) {
  for (const double size : {1.0, 1e-3, 1e100, 1e-100, 1e140, 1e-140, 1e160, 1e-160})
    for (const double room : {0.5, 1e-6, 1e-12, -1e-12, -1e-6, -0.5}) {
      const std::vector<kernels::Cone> cones = {{ConeKind::second_order, 3}, {ConeKind::rotated, 4}};
      std::vector<double> w = {5.0 + room, 3.0, 4.0, 2.0 + room, 2.25, 1.5, -2.5980762113533160};
      for (double& value : w) value *= size;
      w[6] = -std::sqrt(2.0 * 2.0 * 2.25 - 1.5 * 1.5) * size;
      const std::vector<double> before = w;
      project_cones(cones, w.data());
      const auto moved = [&](std::size_t from, std::size_t count) {
        double most = 0.0;
        for (std::size_t i = from; i < from + count; ++i) most = std::max(most, std::fabs(w[i] - before[i]) / size);
        return most;
      };
      for (const auto& [first, count] : {std::pair<std::size_t, std::size_t>{0, 3}, {3, 4}}) {
        if (room >= 0.0) EXPECT_TRUE(moved(first, count) <= 1e-15) << size << ' ' << room;
        else
          EXPECT_TRUE(moved(first, count) >= -0.1 * room && moved(first, count) <= -2.0 * room) << size << ' ' << room;
      }
    }
}

TEST(Judge, RaysAreVerifiedAndScaled) {
  ProblemBuilder builder;  // x₀ + x₁ ≥ 7 with x ≤ 3: infeasible by 1
  builder.variable("a", 0.0, 3.0, 1.0);
  builder.variable("b", 0.0, 3.0, 1.0);
  const int row = builder.row("sum", 7.0, infinity);
  builder.entry(row, 0, 1.0);
  builder.entry(row, 1, 1.0);
  const Batch batch = builder.build("infeasible");
  Judge judge(batch);
  std::vector<double> y = {20.0}, w, s(2);
  double residual = 1.0;
  ASSERT_TRUE(judge.primal_ray(0, y.data(), w.data(), s.data(), 1e-7, residual));
  EXPECT_NEAR(y[0], 1.0, 1e-12);  // y l − 3 y − 3 y = 1
  EXPECT_EQ(residual, 0.0);
  y = {-1.0};
  EXPECT_FALSE(judge.primal_ray(0, y.data(), w.data(), s.data(), 1e-7, residual));
  Batch feasible = batch;
  feasible.l.data[0] = 5.0;
  y = {1.0};
  EXPECT_FALSE(Judge(feasible).primal_ray(0, y.data(), w.data(), s.data(), 1e-7, residual));

  ProblemBuilder open;  // minimise −x₀, x₀ − x₁ ≤ 2, both unbounded above
  open.variable("a", 0.0, infinity, -1.0);
  open.variable("b", 0.0, infinity, 0.0);
  const int difference = open.row("difference", -infinity, 2.0);
  open.entry(difference, 0, 1.0);
  open.entry(difference, 1, -1.0);
  const Batch unbounded = open.build("unbounded");
  std::vector<double> x = {4.0, 4.0};
  ASSERT_TRUE(Judge(unbounded).dual_ray(0, x.data(), 1e-7, residual));
  EXPECT_NEAR(x[0], 1.0, 1e-12);
  x = {4.0, 1.0};
  EXPECT_FALSE(Judge(unbounded).dual_ray(0, x.data(), 1e-7, residual));
}

}  // namespace
}  // namespace wattstein::engine
